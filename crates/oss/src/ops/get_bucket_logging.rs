//! GetBucketLogging: where the records of requests to a bucket would be stored.
//! <https://help.aliyun.com/zh/oss/developer-reference/getbucketlogging>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use crate::settings::Logging;
use crate::text::Text;
use crate::{Oss, Reply, Route, Scope};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetBucketLogging",
    route: Route::get(Scope::Bucket).sub("logging"),
    action: Action::One("oss:GetBucketLogging"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    let logging = call.service.setting::<Logging>(&bucket).await?;
    let mut xml = Xml::new();
    xml.group("BucketLoggingStatus", |status| {
        if let Some(logging) = logging {
            status.group("LoggingEnabled", |enabled| {
                enabled
                    .value("TargetBucket", &logging.bucket)
                    .value("TargetPrefix", Text(&logging.prefix));
            });
        }
    });
    Ok(Reply::xml(xml))
}
