//! ListAsyncTasks: the asynchronous tasks of a function, in the order in which they were accepted.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-listasynctasks>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::{Fc, Generation, tasks};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListAsyncTasks",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "functions/{functionName}/async-tasks",
        resource: "functions/{functionName}/async-tasks/*",
        query: &[
            "includePayload",
            "limit",
            "nextToken",
            "prefix",
            "qualifier",
            "sortOrderByTime",
            "startedTimeBegin",
            "startedTimeEnd",
            "status",
        ],
    },
    action: Action::One("fc:ListAsyncTasks"),
    run: |call| Box::pin(async move { tasks::list(&call).await }),
};
