//! PublishLayerVersion: CreateLayerVersion as the API 2016-08-15 calls it.
//! <https://www.alibabacloud.com/help/en/functioncompute/api-publishlayerversion>

use gateway::{Action, Op};
use http::Method;

use super::create_layer_version;
use crate::route::Route;
use crate::{Fc, Generation};

pub(crate) const OP: Op<Fc> = Op {
    name: "PublishLayerVersion",
    route: Route {
        method: Method::POST,
        doors: &[Generation::V2016],
        path: "layers/{layerName}/versions",
        resource: "layers/{layerName}/versions/*",
        query: &[],
    },
    action: Action::One("fc:PublishLayerVersion"),
    run: |call| Box::pin(create_layer_version::run(call)),
};
