//! ListLayerVersions: the versions of a layer, the oldest first.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-listlayerversions>

use gateway::{Action, Call, Fault, Op};
use http::Method;
use serde_json::json;

use crate::functions::Page;
use crate::layers::{self, LayerPlace};
use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, fault, show};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListLayerVersions",
    route: Route {
        method: Method::GET,
        doors: Generation::ALL,
        path: "layers/{layerName}/versions",
        resource: "layers/{layerName}/versions/*",
        query: &["limit", "startVersion"],
    },
    action: Action::One("fc:ListLayerVersions"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let place = LayerPlace::of(&call.target);
    let limit = Page::read(&call.head)?.limit;
    let from = call.head.query.first("startVersion").unwrap_or_default();
    let from = match from {
        "" => 1,
        text => text.parse().map_err(|_| {
            fault::invalid_argument(format!("startVersion '{text}' is not a version"))
        })?,
    };
    let (found, next) = call.service.layer_versions(&place, from, limit).await?;
    let generation = call.target.generation;
    let shown = found.iter();
    let shown = shown.map(|one| layers::shown(generation, one, None).into());
    let mut body = show::list("layers", shown.collect(), None);
    if let Some(next) = next {
        body.insert("nextVersion".to_owned(), json!(next));
    }
    Reply::json(&body)
}
