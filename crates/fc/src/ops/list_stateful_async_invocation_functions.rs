//! ListStatefulAsyncInvocationFunctions: the functions whose asynchronous invocations are tasks (2021-04-06).
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-liststatefulasyncinvocationfunctions>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::{Fc, Generation, async_config};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListStatefulAsyncInvocationFunctions",
    route: Route {
        method: Method::GET,
        doors: &[Generation::V2021],
        path: "stateful-async-invocation-functions",
        resource: "services/*/functions/*",
        query: &["limit", "nextToken"],
    },
    action: Action::One("fc:ListStatefulAsyncInvocationFunctions"),
    run: |call| Box::pin(async move { async_config::list_stateful(&call).await }),
};
