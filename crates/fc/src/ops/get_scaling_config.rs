//! GetScalingConfig: how many instances are kept ready, and how many there are.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-getscalingconfig>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::rows::Kind;
use crate::{Fc, Generation, provision};

pub(crate) const OP: Op<Fc> = Op {
    name: "GetScalingConfig",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "functions/{functionName}/scaling-config",
        resource: "functions/{functionName}{/qualifier}",
        query: &["qualifier"],
    },
    action: Action::One("fc:GetScalingConfig"),
    run: |call| Box::pin(async move { provision::get(&call, Kind::Scaling).await }),
};
