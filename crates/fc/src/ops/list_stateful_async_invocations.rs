//! ListStatefulAsyncInvocations: the asynchronous tasks of a function (FC 2.0).
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-liststatefulasyncinvocations>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::{Fc, Generation, tasks};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListStatefulAsyncInvocations",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/functions/{functionName}/stateful-async-invocations",
        resource: "services/{serviceName}{.qualifier}/functions/{functionName}",
        query: &[
            "includePayload",
            "limit",
            "nextToken",
            "invocationIdPrefix",
            "qualifier",
            "sortOrderByTime",
            "startedTimeBegin",
            "startedTimeEnd",
            "status",
        ],
    },
    action: Action::One("fc:ListStatefulAsyncInvocations"),
    run: |call| Box::pin(async move { tasks::list(&call).await }),
};
