//! UpdateTrigger: what is given takes the place of what was there.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-updatetrigger>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, body, etag, roles, show};

pub(crate) const OP: Op<Fc> = Op {
    name: "UpdateTrigger",
    route: Route {
        method: Method::PUT,
        doors: Generation::FC3,
        path: "functions/{functionName}/triggers/{triggerName}",
        resource: "functions/{functionName}/triggers/{triggerName}",
        query: &[],
    },
    action: Action::PerItem("fc:UpdateTrigger"),
    run: |call| Box::pin(run(call)),
};

/// Of a function in a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "UpdateTrigger",
    route: Route {
        method: Method::PUT,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/functions/{functionName}/triggers/{triggerName}",
        resource: "services/{serviceName}/functions/{functionName}/triggers/{triggerName}",
        query: &[],
    },
    action: Action::PerItem("fc:UpdateTrigger"),
    run: |call| Box::pin(run(call)),
};

/// What it becomes may be what the caller may not make, so the permission is asked for once that is known.
async fn run(mut call: Call<Fc>) -> Result<Reply, Fault> {
    let body = body::object(&mut call, body::WITHOUT_CODE).await?;
    let (target, owner) = (&call.target, call.target.function());
    let gives_role = body.contains_key("invocationRole");
    let found = call.service.trigger(&owner, target.name("triggerName"));
    let (mut guard, mut found) = (target.guard(), found.await);
    let mut updated = Ok(());
    if let Ok(found) = &mut found {
        updated = found.row.update(body, call.now.virtual_);
        found.row.describe(&mut guard);
    }
    let arn = target.arn(&target.resource(call.op.route.resource));
    call.require_on("fc:UpdateTrigger", &arn, &guard).await?;
    let found = found?;
    etag::check(&call, found.version)?;
    updated?;
    if gives_role {
        roles::pass_for(&call, &found.row).await?;
    }
    let updated = call
        .service
        .update_trigger(&owner, &found.row, found.version)
        .await?;
    let reply = Reply::json(&show::trigger(target, &found.row))?;
    Ok(reply.tagged(target.generation, &etag::of(updated)))
}
