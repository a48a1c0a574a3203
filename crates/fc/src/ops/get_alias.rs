//! GetAlias: which version a name means.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-getalias>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, etag, show};

pub(crate) const OP: Op<Fc> = Op {
    name: "GetAlias",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "functions/{functionName}/aliases/{aliasName}",
        resource: "functions/{functionName}/aliases/{aliasName}",
        query: &[],
    },
    action: Action::One("fc:GetAlias"),
    run: |call| Box::pin(run(call)),
};

/// Of a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "GetAlias",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/aliases/{aliasName}",
        resource: "services/{serviceName}/aliases/*",
        query: &[],
    },
    action: Action::One("fc:GetAlias"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let (target, owner) = (&call.target, call.target.owner());
    call.service.expect_owner(&owner).await?;
    let found = call.service.alias(&owner, target.name("aliasName")).await?;
    let reply = Reply::json(&show::alias(&found.row))?;
    Ok(reply.tagged(target.generation, &etag::of(found.version)))
}
