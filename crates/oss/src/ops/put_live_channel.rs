//! PutLiveChannel: makes a live channel, or configures it anew. Nothing can be pushed to it here.
//! <https://help.aliyun.com/zh/oss/developer-reference/putlivechannel>

use gateway::xml::Xml;
use gateway::{Action, Body, Call, Fault, Head, Op};

use crate::live::{Channel, check_name};
use crate::route::{Route, Scope};
use crate::text::Text;
use crate::{Oss, Reply, Target, document, xml_in};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutLiveChannel",
    route: Route::put(Scope::Object).sub("live"),
    action: Action::One("oss:PutLiveChannel"),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Oss>) -> Result<Reply, Fault> {
    let body = std::mem::replace(&mut call.body, Body::from_bytes(""));
    let at = std::mem::replace(&mut call.target, Target::Service).object()?;
    check_name(&at.key)?;
    let root = document::config(&call.head, body, "LiveChannelConfiguration").await?;
    let channel = xml_in::live_channel(&root, call.now.virtual_.timestamp_millis())?;
    let put = call.service.put_channel(&at.bucket, &at.key, &channel);
    put.await?;
    let mut xml = Xml::new();
    xml.group("CreateLiveChannelResult", |result| {
        urls(result, &call.head, &at.bucket.name, &at.key, &channel);
    });
    Ok(Reply::xml(xml))
}

/// Where a channel would be pushed to and played from. The host is the one of the request, never a real one that
/// the client did not ask for.
pub(super) fn urls(xml: &mut Xml, head: &Head, bucket: &str, name: &str, channel: &Channel) {
    let host = match head.endpoint.bucket {
        Some(_) => head.host.clone(),
        None => format!("{bucket}.{}", head.host),
    };
    let publish = format!("rtmp://{host}/live/{name}");
    let play = format!("http://{host}/{name}/{}", channel.playlist);
    for (group, url) in [("PublishUrls", publish), ("PlayUrls", play)] {
        xml.group(group, |urls| {
            urls.value("Url", Text(&url));
        });
    }
}
