//! ListScalingConfigs: for which functions instances are kept ready.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-listscalingconfigs>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::rows::Kind;
use crate::{Fc, Generation, provision};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListScalingConfigs",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "scaling-configs",
        resource: "scaling-configs/*",
        query: &["functionName", "limit", "nextToken"],
    },
    action: Action::One("fc:ListScalingConfigs"),
    run: |call| {
        Box::pin(async move { provision::list(&call, Kind::Scaling, "scalingConfigs").await })
    },
};
