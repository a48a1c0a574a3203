//! UpdateFunction: the settings and the code that are given take the place of what was there.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-updatefunction>

use gateway::{Action, Call, Fault, Op};
use http::Method;
use serde_json::Value;

use crate::functions::Changed;
use crate::packages::{self, NewCode};
use crate::reply::Reply;
use crate::route::Route;
use crate::settings;
use crate::{Fc, Generation, body, etag, layers, roles};

pub(crate) const OP: Op<Fc> = Op {
    name: "UpdateFunction",
    route: Route {
        method: Method::PUT,
        doors: Generation::FC3,
        path: "functions/{functionName}",
        resource: "functions/{functionName}",
        query: &[],
    },
    action: Action::One("fc:UpdateFunction"),
    run: |call| Box::pin(run(call)),
};

/// In a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "UpdateFunction",
    route: Route {
        method: Method::PUT,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/functions/{functionName}",
        resource: "services/{serviceName}/functions/{functionName}",
        query: &[],
    },
    action: Action::One("fc:UpdateFunction"),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Fc>) -> Result<Reply, Fault> {
    let mut body = body::object(&mut call, body::WITH_CODE).await?;
    let (place, generation) = (call.target.place(), call.target.generation);
    let name = call.target.name("functionName");
    let mut found = call.service.function(&place, name).await?;
    etag::check(&call, found.version)?;
    let source = body.remove("code").filter(|code| !code.is_null());
    let layers = layers::take(&call, &mut body).await?;
    roles::check_in(&call, &body).await?;
    settings::update_function(generation, &mut found.row.settings, body)?;
    let changed = Changed {
        code: code(&call, source).await?,
        layers,
    };
    let (before, now) = (found.version, call.now.virtual_);
    let updated = call
        .service
        .update_function(&place, found, changed, now)
        .await?;
    call.service.retire(&place, &updated.row.name, before);
    let shown = call.service.shown(&call.target, &updated).await?;
    let reply = Reply::json(&shown)?;
    Ok(reply.tagged(generation, &etag::of(updated.version)))
}

async fn code(call: &Call<Fc>, source: Option<Value>) -> Result<Option<NewCode>, Fault> {
    let Some(source) = source else {
        return Ok(None);
    };
    let checksum = call.head.header("x-fc-code-checksum");
    packages::receive(call, source, checksum).await.map(Some)
}
