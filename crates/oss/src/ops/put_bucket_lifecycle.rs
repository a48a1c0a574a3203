//! PutBucketLifecycle: when objects of a bucket expire or move to another class.
//! <https://help.aliyun.com/zh/oss/developer-reference/putbucketlifecycle>

use gateway::{Action, Call, Fault, Op};

use crate::settings::{LIFECYCLE, Lifecycle};
use crate::{Oss, Reply, Route, Scope, document};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutBucketLifecycle",
    route: Route::put(Scope::Bucket).sub("lifecycle"),
    action: Action::One("oss:PutBucketLifecycle"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let name = "LifecycleConfiguration";
    let root = document::shaped(&call.head, call.body, name, LIFECYCLE).await?;
    let overlap = call.head.header("x-oss-allow-same-action-overlap") == Some("true");
    let lifecycle = Lifecycle::read(root, overlap)?;
    let bucket = call.target.bucket()?;
    call.service.put_setting(&bucket, &lifecycle).await?;
    Ok(Reply::ok())
}
