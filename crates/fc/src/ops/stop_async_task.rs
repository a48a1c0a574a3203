//! StopAsyncTask: one that waits never starts, one that runs is ended.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-stopasynctask>

use gateway::{Action, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, tasks};

pub(crate) const OP: Op<Fc> = Op {
    name: "StopAsyncTask",
    route: Route {
        method: Method::PUT,
        doors: Generation::FC3,
        path: "functions/{functionName}/async-tasks/{taskId}/stop",
        resource: "functions/{functionName}/async-tasks/{taskId}",
        query: &["qualifier"],
    },
    action: Action::One("fc:StopAsyncTask"),
    run: |call| Box::pin(async move { tasks::stop(&call).await.map(|()| Reply::no_content()) }),
};
