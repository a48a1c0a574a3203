//! ListTagResources: functions with their tags.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-listtagresources>

use std::collections::HashSet;

use gateway::{Action, Call, Fault, Op};
use http::Method;
use serde_json::{Value, json};

use super::tag_resources::{check_type, owners};
use crate::functions::Page;
use crate::reply::Reply;
use crate::route::Route;
use crate::settings::Fields;
use crate::tags::{self, Kind, Tagged};
use crate::{Fc, Generation, page};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListTagResources",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "tags-v2",
        resource: "functions/*",
        query: &["Limit", "NextToken", "ResourceId", "ResourceType", "Tag"],
    },
    action: Action::One("fc:ListTagResources"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let (target, head) = (&call.target, &call.head);
    let kind = head.query.first("ResourceType").unwrap_or_default();
    check_type(kind)?;
    let named = tags::texts(head, "ResourceId")?;
    let named = named.map(|named| owners(&call, &named)).transpose()?;
    let named = named.map(|named| {
        let names = named.iter().map(|owner| owner.function.to_string());
        names.collect::<HashSet<String>>()
    });
    let wanted = tags::filters(head, "Tag")?.unwrap_or_default();
    let fits = |tagged: &Tagged| {
        let is_named = named.as_ref().is_none_or(|n| n.contains(&tagged.name));
        is_named && tags::fit(&tagged.tags, &wanted)
    };
    let page = Page::capitalized(head)?;
    let place = target.place();
    let found = call.service.tagged(&place, Kind::Function, &page, fits);
    let (found, next) = found.await?;
    let shown = found.iter().flat_map(|tagged| {
        let arn = target.arn(&format!("functions/{}", tagged.name));
        let one = move |(key, value)| {
            json!({"ResourceId": arn, "ResourceType": "function", "TagKey": key, "TagValue": value})
        };
        tagged.tags.iter().map(one)
    });
    let mut body = Fields::new();
    body.insert("RequestId".to_owned(), json!(call.id.as_str()));
    body.insert("TagResources".to_owned(), shown.collect::<Value>());
    if let Some(next) = next {
        body.insert("NextToken".to_owned(), json!(page::token(&next)));
    }
    Reply::json(&body)
}
