//! EnableFunctionInvocation: switches a function on again.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-enablefunctioninvocation>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::{Fc, Generation, restriction};

pub(crate) const OP: Op<Fc> = Op {
    name: "EnableFunctionInvocation",
    route: Route {
        method: Method::POST,
        doors: Generation::FC3,
        path: "functions/{functionName}/invoke/enable",
        resource: "functions/{functionName}",
        query: &[],
    },
    action: Action::One("fc:EnableFunctionInvocation"),
    run: |call| Box::pin(async move { restriction::enable(&call).await }),
};
