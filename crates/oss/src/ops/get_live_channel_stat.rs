//! GetLiveChannelStat: whether a live channel is used. Nothing can be pushed here, so it is never `Live`.
//! <https://help.aliyun.com/zh/oss/developer-reference/getlivechannelstat>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use crate::live::check_name;
use crate::route::{Need, Route, Scope};
use crate::{Oss, Reply};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetLiveChannelStat",
    route: Route::get(Scope::Object)
        .sub("live")
        .needs(&[Need::Is("comp", "stat")]),
    action: Action::One("oss:GetLiveChannelStat"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let at = call.target.object()?;
    check_name(&at.key)?;
    let channel = call.service.channel(&at.bucket, &at.key).await?;
    let status = match channel.enabled {
        true => "Idle",
        false => "Disabled",
    };
    let mut xml = Xml::new();
    xml.group("LiveChannelStat", |stat| {
        stat.value("Status", status);
    });
    Ok(Reply::xml(xml))
}
