//! GetLiveChannelInfo: how a live channel is configured.
//! <https://help.aliyun.com/zh/oss/developer-reference/getlivechannelinfo>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use crate::live::check_name;
use crate::route::{Route, Scope};
use crate::text::Text;
use crate::{Oss, Reply};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetLiveChannelInfo",
    route: Route::get(Scope::Object).sub("live"),
    action: Action::One("oss:GetLiveChannel"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let at = call.target.object()?;
    check_name(&at.key)?;
    let channel = call.service.channel(&at.bucket, &at.key).await?;
    let mut xml = Xml::new();
    xml.group("LiveChannelConfiguration", |config| {
        config
            .value("Description", Text(&channel.description))
            .value("Status", status(channel.enabled))
            .group("Target", |target| {
                target
                    .value("Type", "HLS")
                    .value("FragDuration", channel.frag_duration)
                    .value("FragCount", channel.frag_count)
                    .value("PlaylistName", Text(&channel.playlist));
            });
    });
    Ok(Reply::xml(xml))
}

/// As configurations say it.
pub(super) fn status(enabled: bool) -> &'static str {
    match enabled {
        true => "enabled",
        false => "disabled",
    }
}
