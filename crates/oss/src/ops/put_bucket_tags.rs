//! PutBucketTags: gives a bucket tags in place of those that it has.
//! <https://help.aliyun.com/zh/oss/developer-reference/putbuckettags>

use gateway::{Action, Call, Fault, Op};

use crate::settings::{BucketTags, TAGGING};
use crate::{Oss, Reply, Route, Scope, document};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutBucketTags",
    route: Route::put(Scope::Bucket).sub("tagging"),
    action: Action::One("oss:PutBucketTagging"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let root = document::shaped(&call.head, call.body, "Tagging", TAGGING).await?;
    let tags = BucketTags::read(&root)?;
    let bucket = call.target.bucket()?;
    call.service.put_setting(&bucket, &tags).await?;
    Ok(Reply::ok())
}
