//! ListLayers: an account's layers, or the public ones, each by its latest version.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-listlayers>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::functions::Page;
use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, fault, layers, show};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListLayers",
    route: Route {
        method: Method::GET,
        doors: Generation::ALL,
        path: "layers",
        resource: "layers/*",
        query: &[
            "prefix",
            "limit",
            "nextToken",
            "startKey",
            "public",
            "official",
        ],
    },
    action: Action::One("fc:ListLayers"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let page = Page::read(&call.head)?;
    let (official, public) = (switch(&call, "official")?, switch(&call, "public")?);
    // There are no official layers here, and `public` counts for nothing beside `official`.
    let (found, next) = match official.unwrap_or(false) {
        true => (Vec::new(), None),
        false => {
            let public = public.unwrap_or(false);
            call.service.layers(&call.target, public, &page).await?
        }
    };
    let generation = call.target.generation;
    let shown = found.iter();
    let shown = shown.map(|one| layers::shown(generation, one, None).into());
    Reply::json(&show::list("layers", shown.collect(), next.as_deref()))
}

/// A parameter that says `true` or `false`, if it is there.
pub(super) fn switch(call: &Call<Fc>, name: &str) -> Result<Option<bool>, Fault> {
    match call.head.query.first(name).unwrap_or_default() {
        "" => Ok(None),
        "true" | "True" => Ok(Some(true)),
        "false" | "False" => Ok(Some(false)),
        other => Err(fault::invalid_argument(format!(
            "{name} '{other}' is neither true nor false"
        ))),
    }
}
