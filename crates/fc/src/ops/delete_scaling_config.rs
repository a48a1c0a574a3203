//! DeleteScalingConfig: the instances end.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-deletescalingconfig>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::rows::Kind;
use crate::{Fc, Generation, provision};

pub(crate) const OP: Op<Fc> = Op {
    name: "DeleteScalingConfig",
    route: Route {
        method: Method::DELETE,
        doors: Generation::FC3,
        path: "functions/{functionName}/scaling-config",
        resource: "functions/{functionName}{/qualifier}",
        query: &["qualifier"],
    },
    action: Action::One("fc:DeleteScalingConfig"),
    run: |call| Box::pin(async move { provision::delete(&call, Kind::Scaling).await }),
};
