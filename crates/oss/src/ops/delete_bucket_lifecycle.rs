//! DeleteBucketLifecycle: takes the lifecycle rules from a bucket. That it has none is no error.
//! <https://help.aliyun.com/zh/oss/developer-reference/deletebucketlifecycle>

use gateway::{Action, Call, Fault, Op};

use crate::settings::Lifecycle;
use crate::{Oss, Reply, Route, Scope};

pub(crate) const OP: Op<Oss> = Op {
    name: "DeleteBucketLifecycle",
    route: Route::delete(Scope::Bucket).sub("lifecycle"),
    action: Action::One("oss:DeleteBucketLifecycle"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    call.service.delete_setting::<Lifecycle>(&bucket).await?;
    Ok(Reply::no_content())
}
