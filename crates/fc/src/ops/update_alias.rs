//! UpdateAlias: another version for a name.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-updatealias>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, body, etag, show};

pub(crate) const OP: Op<Fc> = Op {
    name: "UpdateAlias",
    route: Route {
        method: Method::PUT,
        doors: Generation::FC3,
        path: "functions/{functionName}/aliases/{aliasName}",
        resource: "functions/{functionName}/aliases/{aliasName}",
        query: &[],
    },
    action: Action::One("fc:UpdateAlias"),
    run: |call| Box::pin(run(call)),
};

/// Of a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "UpdateAlias",
    route: Route {
        method: Method::PUT,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/aliases/{aliasName}",
        resource: "services/{serviceName}/aliases/*",
        query: &[],
    },
    action: Action::One("fc:UpdateAlias"),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Fc>) -> Result<Reply, Fault> {
    let body = body::object(&mut call, body::WITHOUT_CODE).await?;
    let (target, owner) = (&call.target, call.target.owner());
    let mut found = call.service.alias(&owner, target.name("aliasName")).await?;
    etag::check(&call, found.version)?;
    found.row.update(body, call.now.virtual_)?;
    let updated = call
        .service
        .update_alias(&owner, &found.row, found.version)
        .await?;
    call.service.provision.look();
    let reply = Reply::json(&show::alias(&found.row))?;
    Ok(reply.tagged(target.generation, &etag::of(updated)))
}
