//! ListBuckets: the buckets of the caller's account, of all regions.
//! <https://help.aliyun.com/zh/oss/developer-reference/listbuckets>

use std::sync::Arc;

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};
use signature::Query;

use super::put_bucket_resource_group::default_group;
use crate::buckets::Wanted;
use crate::listing::render::owner;
use crate::listing::{DEFAULT_KEYS, params::max_keys};
use crate::text::Text;
use crate::{Bucket, Oss, Reply, Route, Scope, fault, time};

/// Only buckets of this resource group.
const GROUP: &str = "x-oss-resource-group-id";

pub(crate) const OP: Op<Oss> = Op {
    name: "ListBuckets",
    route: Route::get(Scope::Service).takes(&["tag-key", "tag-value", GROUP]),
    action: Action::One("oss:ListBuckets"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let account = call
        .caller
        .account()
        .ok_or_else(fault::anonymous_forbidden)?;
    let query = &call.head.query;
    let wanted = Wanted {
        owner: account,
        prefix: query.first("prefix").unwrap_or_default(),
        marker: query.first("marker").unwrap_or_default(),
        limit: max_keys(query, "0017-00000289")?.unwrap_or(DEFAULT_KEYS),
        tag: query
            .first("tag-key")
            .map(|key| (key, query.first("tag-value"))),
    };
    let (buckets, truncated) = match call.head.header(GROUP) {
        Some(group) if group != default_group(account) => (Vec::new(), false),
        _ => call.service.owned(&wanted).await?,
    };
    let mut xml = Xml::new();
    xml.group("ListAllMyBucketsResult", |result| {
        if truncated || is_paged(query) {
            page(result, &wanted, truncated.then_some(&buckets));
        }
        owner(result, account);
        result.group("Buckets", |list| {
            for bucket in &buckets {
                list.group("Bucket", |element| describe(element, bucket));
            }
        });
    });
    Ok(Reply::xml(xml))
}

/// Whether the request asks for a page; otherwise the answer has no word about pages (§8).
fn is_paged(query: &Query) -> bool {
    ["prefix", "marker", "max-keys"]
        .iter()
        .any(|name| query.has(name))
}

/// `truncated` are the buckets of a page that is not the last one.
fn page(xml: &mut Xml, wanted: &Wanted<'_>, truncated: Option<&Vec<Arc<Bucket>>>) {
    xml.value("Prefix", Text(wanted.prefix))
        .value("Marker", Text(wanted.marker))
        .value("MaxKeys", wanted.limit)
        .value("IsTruncated", truncated.is_some());
    if let Some(last) = truncated.and_then(|buckets| buckets.last()) {
        xml.value("NextMarker", &last.name);
    }
}

fn describe(xml: &mut Xml, bucket: &Bucket) {
    let region = &bucket.region;
    xml.value("CreationDate", time::iso(time::from_millis(bucket.created)))
        .value(
            "ExtranetEndpoint",
            format_args!("oss-{region}.aliyuncs.com"),
        )
        .value(
            "IntranetEndpoint",
            format_args!("oss-{region}-internal.aliyuncs.com"),
        )
        .value("Location", format_args!("oss-{region}"))
        .value("Name", &bucket.name)
        .value("Region", region)
        .value("ResourceGroupId", default_group(&bucket.owner))
        .value("StorageClass", bucket.storage_class.name());
}
