//! GetService: a service's settings.
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-getservice>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, etag, show};

pub(crate) const OP: Op<Fc> = Op {
    name: "GetService",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}",
        resource: "services/{serviceName}",
        query: &["qualifier"],
    },
    action: Action::One("fc:GetService"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let found = call.service.service(&call.target.place()).await?;
    let reply = Reply::json(&show::service(&found))?;
    Ok(reply.tagged(call.target.generation, &etag::of(found.version)))
}
