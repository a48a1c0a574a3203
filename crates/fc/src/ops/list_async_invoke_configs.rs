//! ListAsyncInvokeConfigs: what is set for all functions, or for one.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-listasyncinvokeconfigs>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::{Fc, Generation, async_config};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListAsyncInvokeConfigs",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "async-invoke-configs",
        resource: "async-invoke-configs/*",
        query: &["functionName", "limit", "nextToken"],
    },
    action: Action::One("fc:ListFunctionAsyncInvokeConfigs"),
    run: |call| Box::pin(async move { async_config::list(&call).await }),
};
