//! CreateAlias: a name for a version.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-createalias>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::rows::AliasRow;
use crate::{Fc, Generation, body, etag, fault, settings, show};

pub(crate) const OP: Op<Fc> = Op {
    name: "CreateAlias",
    route: Route {
        method: Method::POST,
        doors: Generation::FC3,
        path: "functions/{functionName}/aliases",
        resource: "functions/{functionName}/aliases/*",
        query: &[],
    },
    action: Action::PerItem("fc:CreateAlias"),
    run: |call| Box::pin(run(call)),
};

/// Of a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "CreateAlias",
    route: Route {
        method: Method::POST,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/aliases",
        resource: "services/{serviceName}/aliases/*",
        query: &[],
    },
    action: Action::One("fc:CreateAlias"),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Fc>) -> Result<Reply, Fault> {
    let mut body = body::object(&mut call, body::WITHOUT_CODE).await?;
    let name = settings::take_text(&mut body, "aliasName")?;
    let name = name.ok_or_else(|| fault::missing_field("aliasName"))?;
    let (target, owner) = (&call.target, call.target.owner());
    if !target.generation.has_services() {
        let resource = format!("functions/{}/aliases/{name}", owner.function);
        let arn = target.arn(&resource);
        call.require_on("fc:CreateAlias", &arn, &target.guard())
            .await?;
    }
    let alias = AliasRow::create(name, body, call.now.virtual_)?;
    let version = call.service.create_alias(&owner, &alias).await?;
    let reply = Reply::json(&show::alias(&alias))?;
    Ok(reply.tagged(target.generation, &etag::of(version)))
}
