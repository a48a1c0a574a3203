//! GetBucketAccessMonitor: whether the bucket notes when its objects are read.
//! <https://help.aliyun.com/zh/oss/developer-reference/getbucketaccessmonitor>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use super::get_bucket_info::switch;
use super::put_bucket_access_monitor::AccessMonitor;
use crate::{Oss, Reply, Route, Scope};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetBucketAccessMonitor",
    route: Route::get(Scope::Bucket).sub("accessmonitor"),
    action: Action::One("oss:GetBucketAccessMonitor"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    let monitor = call.service.setting::<AccessMonitor>(&bucket).await?;
    let mut xml = Xml::new();
    xml.group("AccessMonitorConfiguration", |config| {
        let enabled = monitor.is_some_and(|monitor| monitor.enabled);
        config.value("Status", switch(enabled));
    });
    Ok(Reply::xml(xml))
}
