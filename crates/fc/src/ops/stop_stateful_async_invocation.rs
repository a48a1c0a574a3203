//! StopStatefulAsyncInvocation: one that waits never starts, one that runs is ended (FC 2.0).
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-stopstatefulasyncinvocation>

use gateway::{Action, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, tasks};

pub(crate) const OP: Op<Fc> = Op {
    name: "StopStatefulAsyncInvocation",
    route: Route {
        method: Method::PUT,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/functions/{functionName}/stateful-async-invocations/{invocationId}",
        resource: "services/{serviceName}{.qualifier}/functions/{functionName}",
        query: &["qualifier"],
    },
    action: Action::One("fc:StopStatefulAsyncInvocation"),
    run: |call| {
        Box::pin(async move {
            tasks::stop(&call)
                .await
                .map(|()| Reply::emptied(call.target.generation))
        })
    },
};
