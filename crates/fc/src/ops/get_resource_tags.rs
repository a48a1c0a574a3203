//! GetResourceTags: the tags of a service.
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-getresourcetags>

use gateway::{Action, Call, Fault, Op};
use http::Method;
use serde_json::json;

use crate::reply::Reply;
use crate::route::Route;
use crate::settings::Fields;
use crate::{Fc, Generation, fault, tags};

pub(crate) const OP: Op<Fc> = Op {
    name: "GetResourceTags",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "tag",
        resource: "*",
        query: &["resourceArn"],
    },
    action: Action::One("fc:GetResourceTags"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let target = &call.target;
    let arn = call.head.query.first("resourceArn").unwrap_or_default();
    if arn.is_empty() {
        return Err(fault::missing_field("resourceArn"));
    }
    let owner = tags::service(target, arn)?;
    call.service.expect_owner(&owner).await?;
    let has = call.service.tags(&owner).await?;
    let whole = target.arn(&format!("services/{}", owner.place.service));
    let mut shown = Fields::new();
    shown.insert("resourceArn".to_owned(), json!(whole));
    shown.insert("tags".to_owned(), json!(has));
    Reply::json(&shown)
}
