//! PutBucketLogging: where the records of requests to a bucket would be stored.
//! <https://help.aliyun.com/zh/oss/developer-reference/putbucketlogging>

use gateway::{Action, Call, Fault, Op};

use crate::fault::settings::bad_log_target;
use crate::settings::{LOGGING, Logging};
use crate::{Bucket, Oss, Reply, Route, Scope, document};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutBucketLogging",
    route: Route::put(Scope::Bucket).sub("logging"),
    action: Action::One("oss:PutBucketLogging"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let root = document::shaped(&call.head, call.body, "BucketLoggingStatus", LOGGING).await?;
    let bucket = call.target.bucket()?;
    let Some(logging) = Logging::read(&root) else {
        call.service.delete_setting::<Logging>(&bucket).await?;
        return Ok(Reply::ok());
    };
    let target = call.service.bucket(&logging.bucket).await?;
    let fits = |target: &Bucket| target.owner == bucket.owner && target.region == bucket.region;
    if !target.is_some_and(|target| fits(&target)) {
        return Err(bad_log_target());
    }
    call.service.put_setting(&bucket, &logging).await?;
    Ok(Reply::ok())
}
