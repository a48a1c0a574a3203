//! GetTrigger: what makes a function run.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-gettrigger>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, etag, show};

pub(crate) const OP: Op<Fc> = Op {
    name: "GetTrigger",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "functions/{functionName}/triggers/{triggerName}",
        resource: "functions/{functionName}/triggers/{triggerName}",
        query: &[],
    },
    action: Action::One("fc:GetTrigger"),
    run: |call| Box::pin(run(call)),
};

/// Of a function in a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "GetTrigger",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/functions/{functionName}/triggers/{triggerName}",
        resource: "services/{serviceName}/functions/{functionName}/triggers/{triggerName}",
        query: &[],
    },
    action: Action::One("fc:GetTrigger"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let (target, owner) = (&call.target, call.target.function());
    let name = target.name("triggerName");
    let found = call.service.trigger(&owner, name).await?;
    let reply = Reply::json(&show::trigger(target, &found.row))?;
    Ok(reply.tagged(target.generation, &etag::of(found.version)))
}
