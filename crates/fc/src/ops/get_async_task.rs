//! GetAsyncTask: how an asynchronous task stands.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-getasynctask>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::{Fc, Generation, tasks};

pub(crate) const OP: Op<Fc> = Op {
    name: "GetAsyncTask",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "functions/{functionName}/async-tasks/{taskId}",
        resource: "functions/{functionName}/async-tasks/{taskId}",
        query: &["qualifier"],
    },
    action: Action::One("fc:GetAsyncTask"),
    run: |call| Box::pin(async move { tasks::get(&call).await }),
};
