//! GetLayerVersionByArn: the same by the version's ARN, of another account's layer too if it is public.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-getlayerversionbyarn>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use super::get_layer_version;
use crate::layers;
use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation};

pub(crate) const OP: Op<Fc> = Op {
    name: "GetLayerVersionByArn",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "layerarn/{arn}",
        resource: "layerarn/{arn}",
        query: &[],
    },
    action: Action::One("fc:GetLayerVersionByArn"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let found = layers::usable(&call, call.target.name("arn")).await?;
    get_layer_version::told(&call, &found).await
}
