//! PutLiveChannelStatus: lets streams into a live channel, or keeps them out.
//! <https://help.aliyun.com/zh/oss/developer-reference/putlivechannelstatus>

use gateway::{Action, Call, Fault, Op};

use crate::live::check_name;
use crate::route::{Need, Route, Scope};
use crate::{Oss, Reply, xml_in};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutLiveChannelStatus",
    route: Route::put(Scope::Object)
        .sub("live")
        .needs(&[Need::Has("status")]),
    action: Action::One("oss:PutLiveChannelStatus"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let at = call.target.object()?;
    check_name(&at.key)?;
    let enabled = xml_in::live_status(call.head.query.first("status"))?;
    let service = call.service;
    service.enable_channel(&at.bucket, &at.key, enabled).await?;
    Ok(Reply::ok())
}
