//! PutScalingConfig: how many instances are kept ready.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-putscalingconfig>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::rows::Kind;
use crate::{Fc, Generation, provision};

pub(crate) const OP: Op<Fc> = Op {
    name: "PutScalingConfig",
    route: Route {
        method: Method::PUT,
        doors: Generation::FC3,
        path: "functions/{functionName}/scaling-config",
        resource: "functions/{functionName}{/qualifier}",
        query: &["qualifier"],
    },
    action: Action::One("fc:PutScalingConfig"),
    run: |mut call| Box::pin(async move { provision::put(&mut call, Kind::Scaling).await }),
};
