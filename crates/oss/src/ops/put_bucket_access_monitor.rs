//! PutBucketAccessMonitor: whether the bucket notes when its objects are read.
//! <https://help.aliyun.com/zh/oss/developer-reference/putbucketaccessmonitor>

use gateway::{Action, Call, Fault, Op};
use serde::{Deserialize, Serialize};

use crate::fault::malformed_xml;
use crate::rows::Kind;
use crate::settings::Setting;
use crate::xml_in::shape::one;
use crate::{Oss, Reply, Route, Scope, document};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutBucketAccessMonitor",
    route: Route::put(Scope::Bucket).sub("accessmonitor"),
    action: Action::One("oss:PutBucketAccessMonitor"),
    run: |call| Box::pin(run(call)),
};

/// A bucket without this setting does not note it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct AccessMonitor {
    pub(crate) enabled: bool,
}

impl Setting for AccessMonitor {
    const KIND: Kind = Kind::AccessMonitor;
}

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let shape = &[one("Status")];
    let root = document::shaped(&call.head, call.body, "AccessMonitorConfiguration", shape).await?;
    let enabled = match root.child_text("Status") {
        Some("Enabled") => true,
        Some("Disabled") => false,
        _ => return Err(malformed_xml("Status must be Enabled or Disabled.")),
    };
    let bucket = call.target.bucket()?;
    let monitor = AccessMonitor { enabled };
    call.service.put_setting(&bucket, &monitor).await?;
    Ok(Reply::ok())
}
