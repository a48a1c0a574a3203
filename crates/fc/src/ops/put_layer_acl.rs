//! PutLayerACL: whether functions of other accounts may use a layer.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-putlayeracl>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use super::list_layers::switch;
use crate::layers::LayerPlace;
use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, fault};

pub(crate) const OP: Op<Fc> = Op {
    name: "PutLayerACL",
    route: Route {
        method: Method::PUT,
        doors: &[Generation::V2021, Generation::V2023],
        path: "layers/{layerName}/acl",
        resource: "layers/{layerName}",
        query: &["acl", "public"],
    },
    action: Action::One("fc:PutLayerACL"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let acl = match call.head.query.first("acl").unwrap_or_default() {
        "" => None,
        "0" => Some(false),
        "1" => Some(true),
        other => {
            return Err(fault::invalid_argument(format!(
                "acl '{other}' is neither 0 nor 1"
            )));
        }
    };
    let public = match (acl, switch(&call, "public")?) {
        (Some(acl), Some(public)) if acl != public => {
            return Err(fault::invalid_argument(
                "acl and public contradict each other",
            ));
        }
        (acl, public) => acl.or(public),
    };
    let public = public.ok_or_else(|| fault::missing_field("acl"))?;
    let place = LayerPlace::of(&call.target);
    call.service.put_layer_acl(&place, public).await?;
    Ok(Reply::no_content())
}
