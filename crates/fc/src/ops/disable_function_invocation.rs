//! DisableFunctionInvocation: switches a function off.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-disablefunctioninvocation>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::{Fc, Generation, restriction};

pub(crate) const OP: Op<Fc> = Op {
    name: "DisableFunctionInvocation",
    route: Route {
        method: Method::POST,
        doors: Generation::FC3,
        path: "functions/{functionName}/invoke/disable",
        resource: "functions/{functionName}",
        query: &[],
    },
    action: Action::One("fc:DisableFunctionInvocation"),
    run: |mut call| Box::pin(async move { restriction::disable(&mut call).await }),
};
