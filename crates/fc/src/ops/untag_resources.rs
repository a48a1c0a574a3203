//! UntagResources: takes tags from functions.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-untagresources>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use super::list_layers::switch;
use super::tag_resources::{check_type, owners, require};
use crate::reply::Reply;
use crate::route::Route;
use crate::settings::Fields;
use crate::tags::{self, Change, Tags};
use crate::{Fc, Generation, fault};

pub(crate) const OP: Op<Fc> = Op {
    name: "UntagResources",
    route: Route {
        method: Method::DELETE,
        doors: Generation::FC3,
        path: "tags-v2",
        resource: "functions/*",
        query: &["All", "ResourceId", "ResourceType", "TagKey"],
    },
    action: Action::PerItem("fc:UntagResources"),
    run: |call| Box::pin(run(call)),
};

/// The most keys of one call.
const MOST_KEYS: usize = 50;

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let head = &call.head;
    let kind = head.query.first("ResourceType").unwrap_or_default();
    check_type(kind)?;
    let named = tags::texts(head, "ResourceId")?;
    let named = named.ok_or_else(|| fault::missing_field("ResourceId"))?;
    let keys = tags::texts(head, "TagKey")?.unwrap_or_default();
    let all = switch(&call, "All")?.unwrap_or(false);
    if keys.len() > MOST_KEYS {
        return Err(fault::invalid_argument(format!(
            "'TagKey' has {} items and may have {MOST_KEYS}",
            keys.len()
        )));
    }
    // All counts only where no key is named.
    let change = match (keys.is_empty(), all) {
        (false, _) => Change::Remove(keys),
        (true, true) => Change::Clear,
        (true, false) => return Err(fault::missing_field("TagKey")),
    };
    let owners = owners(&call, &named)?;
    require(&call, "fc:UntagResources", &owners, &Tags::new()).await?;
    call.service.change_tags(&owners, &change).await?;
    Reply::json(&Fields::new())
}
