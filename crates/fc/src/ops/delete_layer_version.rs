//! DeleteLayerVersion: functions that use it keep it.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-deletelayerversion>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::layers::LayerPlace;
use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation};

pub(crate) const OP: Op<Fc> = Op {
    name: "DeleteLayerVersion",
    route: Route {
        method: Method::DELETE,
        doors: Generation::ALL,
        path: "layers/{layerName}/versions/{version}",
        resource: "layers/{layerName}/versions/{version}",
        query: &[],
    },
    action: Action::One("fc:DeleteLayerVersion"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let (place, number) = (LayerPlace::of(&call.target), call.target.name("version"));
    call.service.delete_layer_version(&place, number).await?;
    Ok(Reply::no_content())
}
