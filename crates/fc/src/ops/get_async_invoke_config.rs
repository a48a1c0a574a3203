//! GetAsyncInvokeConfig: how a function is invoked asynchronously.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-getasyncinvokeconfig>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::{Fc, Generation, async_config};

pub(crate) const OP: Op<Fc> = Op {
    name: "GetAsyncInvokeConfig",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "functions/{functionName}/async-invoke-config",
        resource: "functions/{functionName}{/qualifier}",
        query: &["qualifier"],
    },
    action: Action::One("fc:GetFunctionAsyncInvokeConfig"),
    run: |call| Box::pin(async move { async_config::get(&call).await }),
};
