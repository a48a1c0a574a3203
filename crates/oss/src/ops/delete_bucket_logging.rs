//! DeleteBucketLogging: takes the target of its logs from a bucket. That it has none is no error.
//! <https://help.aliyun.com/zh/oss/developer-reference/deletebucketlogging>

use gateway::{Action, Call, Fault, Op};

use crate::settings::Logging;
use crate::{Oss, Reply, Route, Scope};

pub(crate) const OP: Op<Oss> = Op {
    name: "DeleteBucketLogging",
    route: Route::delete(Scope::Bucket).sub("logging"),
    action: Action::One("oss:DeleteBucketLogging"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    call.service.delete_setting::<Logging>(&bucket).await?;
    Ok(Reply::no_content())
}
