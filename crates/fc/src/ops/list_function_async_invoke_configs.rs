//! ListFunctionAsyncInvokeConfigs: what is set for the qualifiers of a function.
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-listfunctionasyncinvokeconfigs>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::{Fc, Generation, async_config};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListFunctionAsyncInvokeConfigs",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/functions/{functionName}/async-invoke-configs",
        resource: "services/{serviceName}/functions/{functionName}",
        query: &["limit", "nextToken"],
    },
    action: Action::One("fc:ListFunctionAsyncInvokeConfigs"),
    run: |call| Box::pin(async move { async_config::list(&call).await }),
};
