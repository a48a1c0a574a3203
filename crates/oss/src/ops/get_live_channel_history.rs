//! GetLiveChannelHistory: the last streams of a live channel. Nothing can be pushed here, so there are none.
//! <https://help.aliyun.com/zh/oss/developer-reference/getlivechannelhistory>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use crate::live::check_name;
use crate::route::{Need, Route, Scope};
use crate::{Oss, Reply};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetLiveChannelHistory",
    route: Route::get(Scope::Object)
        .sub("live")
        .needs(&[Need::Is("comp", "history")]),
    action: Action::One("oss:GetLiveChannelHistory"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let at = call.target.object()?;
    check_name(&at.key)?;
    call.service.channel(&at.bucket, &at.key).await?;
    let mut xml = Xml::new();
    xml.group("LiveChannelHistory", |_| {});
    Ok(Reply::xml(xml))
}
