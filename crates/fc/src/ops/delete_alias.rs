//! DeleteAlias: the version stays.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-deletealias>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, etag};

pub(crate) const OP: Op<Fc> = Op {
    name: "DeleteAlias",
    route: Route {
        method: Method::DELETE,
        doors: Generation::FC3,
        path: "functions/{functionName}/aliases/{aliasName}",
        resource: "functions/{functionName}/aliases/{aliasName}",
        query: &[],
    },
    action: Action::One("fc:DeleteAlias"),
    run: |call| Box::pin(run(call)),
};

/// Of a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "DeleteAlias",
    route: Route {
        method: Method::DELETE,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/aliases/{aliasName}",
        resource: "services/{serviceName}/aliases/*",
        query: &[],
    },
    action: Action::One("fc:DeleteAlias"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let (target, owner) = (&call.target, call.target.owner());
    let found = call.service.alias(&owner, target.name("aliasName")).await?;
    etag::check(&call, found.version)?;
    call.service.delete_alias(&owner, &found).await?;
    Ok(Reply::no_content())
}
