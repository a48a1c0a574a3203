//! ListLiveChannel: the live channels of a bucket, page by page.
//! <https://help.aliyun.com/zh/oss/developer-reference/listlivechannel>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Head, Op};

use super::get_live_channel_info::status;
use super::put_live_channel::urls;
use crate::listing::DEFAULT_KEYS;
use crate::listing::params::max_keys;
use crate::live::{Channel, Wanted};
use crate::text::Text;
use crate::{Oss, Reply, Route, Scope, time};

pub(crate) const OP: Op<Oss> = Op {
    name: "ListLiveChannel",
    route: Route::get(Scope::Bucket).sub("live"),
    action: Action::One("oss:ListLiveChannel"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let (head, bucket) = (call.head, call.target.bucket()?);
    let param = |name| head.query.first(name).unwrap_or_default();
    let wanted = Wanted {
        prefix: param("prefix"),
        marker: param("marker"),
        limit: max_keys(&head.query, "0017-00000289")?.unwrap_or(DEFAULT_KEYS),
    };
    let (channels, more) = call.service.channels(&bucket, &wanted).await?;
    let next = channels.last().filter(|_| more).map(|(name, _)| name);
    let mut xml = Xml::new();
    xml.group("ListLiveChannelResult", |result| {
        result
            .value("Prefix", Text(wanted.prefix))
            .value("Marker", Text(wanted.marker))
            .value("MaxKeys", wanted.limit)
            .value("IsTruncated", more)
            .value("NextMarker", Text(next.map_or("", String::as_str)));
        for (name, channel) in &channels {
            result.group("LiveChannel", |element| {
                write(element, &head, &bucket.name, name, channel);
            });
        }
    });
    Ok(Reply::xml(xml))
}

fn write(xml: &mut Xml, head: &Head, bucket: &str, name: &str, channel: &Channel) {
    let modified = time::iso(time::from_millis(channel.modified));
    xml.value("Name", Text(name))
        .value("Description", Text(&channel.description))
        .value("Status", status(channel.enabled))
        .value("LastModified", modified);
    urls(xml, head, bucket, name, channel);
}
