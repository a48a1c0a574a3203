//! CreateFunction: settings and code.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-createfunction>

use gateway::{Action, Call, Fault, Op};
use http::Method;
use serde_json::{Value, json};

use crate::functions::NewFunction;
use crate::packages::{self, NewCode};
use crate::reply::Reply;
use crate::route::Route;
use crate::settings::{self, Fields};
use crate::tags::{self, Tags};
use crate::{Fc, Generation, body, etag, fault, layers, names, roles};

/// The name is in the body, so the permission is asked for once it has been read.
pub(crate) const OP: Op<Fc> = Op {
    name: "CreateFunction",
    route: Route {
        method: Method::POST,
        doors: Generation::FC3,
        path: "functions",
        resource: "functions/*",
        query: &[],
    },
    action: Action::PerItem("fc:CreateFunction"),
    run: |call| Box::pin(run(call)),
};

/// In a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "CreateFunction",
    route: Route {
        method: Method::POST,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/functions",
        resource: "services/{serviceName}/functions/*",
        query: &[],
    },
    action: Action::One("fc:CreateFunction"),
    run: |call| Box::pin(run(call)),
};

const IMAGE: &str = "custom-container";

async fn run(mut call: Call<Fc>) -> Result<Reply, Fault> {
    let mut body = body::object(&mut call, body::WITH_CODE).await?;
    let name = settings::take_text(&mut body, "functionName")?;
    let name = name.ok_or_else(|| fault::missing_field("functionName"))?;
    names::check("functionName", &name)?;
    let generation = call.target.generation;
    let mut tags = Tags::new();
    if !generation.has_services() {
        let given = body.remove("tags").filter(|tags| !tags.is_null());
        if let Some(given) = given {
            tags = tags::list("tags", given)?;
        }
        let arn = call.target.arn(&format!("functions/{name}"));
        let mut guard = call.target.guard();
        guard.conditions.extend(tags::of_request(&tags));
        call.require_on("fc:CreateFunction", &arn, &guard).await?;
    }
    let source = body.remove("code").filter(|code| !code.is_null());
    let layers = layers::take(&call, &mut body).await?;
    let settings = settings::new_function(generation, body)?;
    roles::check_in(&call, &settings).await?;
    let code = code(&call, &settings, source).await?;
    let new = NewFunction {
        name,
        settings,
        code,
        layers: layers.unwrap_or_default(),
        tags,
    };
    let (target, now) = (&call.target, call.now.virtual_);
    let made = call
        .service
        .create_function(&target.place(), new, now)
        .await?;
    let shown = call.service.shown(target, &made).await?;
    let reply = Reply::json(&shown)?;
    Ok(reply.tagged(generation, &etag::of(made.version)))
}

/// Images bring their code along; everything else has a package.
async fn code(
    call: &Call<Fc>,
    settings: &Fields,
    source: Option<Value>,
) -> Result<Option<NewCode>, Fault> {
    let is_image = settings.get("runtime") == Some(&json!(IMAGE));
    match source {
        None if is_image => Ok(None),
        None => Err(fault::missing_field("code")),
        Some(source) => {
            let checksum = call.head.header("x-fc-code-checksum");
            packages::receive(call, source, checksum).await.map(Some)
        }
    }
}
