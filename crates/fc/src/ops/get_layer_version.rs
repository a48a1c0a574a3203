//! GetLayerVersion: a version of a layer, and where its code can be fetched.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-getlayerversion>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::layers::{self, FoundLayer, LayerPlace};
use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, fault, temporary};

pub(crate) const OP: Op<Fc> = Op {
    name: "GetLayerVersion",
    route: Route {
        method: Method::GET,
        doors: Generation::ALL,
        path: "layers/{layerName}/versions/{version}",
        resource: "layers/{layerName}/versions/{version}",
        query: &[],
    },
    action: Action::One("fc:GetLayerVersion"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let (place, number) = (LayerPlace::of(&call.target), call.target.name("version"));
    let found = call.service.layer_version(&place, number).await?;
    told(&call, &found).await
}

/// The answer that has the code's place in it.
pub(super) async fn told(call: &Call<Fc>, found: &FoundLayer) -> Result<Reply, Fault> {
    let FoundLayer { place, version, .. } = found;
    let (name, number) = (&place.name, version.number);
    let bytes = call
        .service
        .package(&version.code, &place.code(number))
        .await?;
    let gone = || fault::layer_version_not_found(name, &number.to_string());
    let bytes = bytes.ok_or_else(gone)?;
    let object = format!("layers/{}/{name}/{number}", place.account);
    let location = temporary::offer(call, &object, bytes).await?;
    Reply::json(&layers::shown(
        call.target.generation,
        found,
        Some(location),
    ))
}
