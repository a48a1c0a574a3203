//! ListTaggedResources: services with their tags.
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-listtaggedresources>

use gateway::{Action, Call, Fault, Op};
use http::Method;
use serde_json::json;

use crate::functions::Page;
use crate::reply::Reply;
use crate::route::Route;
use crate::tags::Kind;
use crate::{Fc, Generation, show};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListTaggedResources",
    route: Route {
        method: Method::GET,
        doors: &[Generation::V2021],
        path: "tags",
        resource: "*",
        query: &["limit", "nextToken"],
    },
    action: Action::One("fc:ListTaggedResources"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let (target, page) = (&call.target, Page::read(&call.head)?);
    let place = target.place();
    let all = call.service.tagged(&place, Kind::Service, &page, |_| true);
    let (found, next) = all.await?;
    let shown = found.iter().map(|tagged| {
        let arn = target.arn(&format!("services/{}", tagged.name));
        json!({"resourceArn": arn, "tags": tagged.tags})
    });
    Reply::json(&show::list("resources", shown.collect(), next.as_deref()))
}
