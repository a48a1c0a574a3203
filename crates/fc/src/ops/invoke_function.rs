//! InvokeFunction: runs a function and answers what came of it.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-invokefunction>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, invoke};

pub(crate) const OP: Op<Fc> = Op {
    name: "InvokeFunction",
    route: Route {
        method: Method::POST,
        doors: Generation::FC3,
        path: "functions/{functionName}/invocations",
        resource: "functions/{functionName}{/qualifier}",
        query: &["qualifier"],
    },
    action: Action::One("fc:InvokeFunction"),
    run: |call| Box::pin(run(call)),
};

/// In a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "InvokeFunction",
    route: Route {
        method: Method::POST,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/functions/{functionName}/invocations",
        resource: "services/{serviceName}{.qualifier}/functions/{functionName}",
        query: &["qualifier"],
    },
    action: Action::One("fc:InvokeFunction"),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Fc>) -> Result<Reply, Fault> {
    invoke::invoke(&mut call).await
}
