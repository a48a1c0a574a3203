//! GetFunction: a function's settings.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-getfunction>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, etag, restriction};

pub(crate) const OP: Op<Fc> = Op {
    name: "GetFunction",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "functions/{functionName}",
        resource: "functions/{functionName}",
        query: &["qualifier"],
    },
    action: Action::One("fc:GetFunction"),
    run: |call| Box::pin(run(call)),
};

/// In a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "GetFunction",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/functions/{functionName}",
        resource: "services/{serviceName}/functions/{functionName}",
        query: &["qualifier"],
    },
    action: Action::One("fc:GetFunction"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let target = &call.target;
    let found = call.service.resolve(target).await?;
    let mut shown = call.service.shown(target, &found.function).await?;
    restriction::tell(&call.service, target, &mut shown).await?;
    let reply = Reply::json(&shown)?;
    Ok(reply.tagged(target.generation, &etag::of(found.function.version)))
}
