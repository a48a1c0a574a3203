//! GetStatefulAsyncInvocation: how an asynchronous task stands (FC 2.0).
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-getstatefulasyncinvocation>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::{Fc, Generation, tasks};

pub(crate) const OP: Op<Fc> = Op {
    name: "GetStatefulAsyncInvocation",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/functions/{functionName}/stateful-async-invocations/{invocationId}",
        resource: "services/{serviceName}{.qualifier}/functions/{functionName}",
        query: &["qualifier"],
    },
    action: Action::One("fc:GetStatefulAsyncInvocation"),
    run: |call| Box::pin(async move { tasks::get(&call).await }),
};
