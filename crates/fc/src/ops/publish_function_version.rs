//! PublishFunctionVersion: what the function is now, under a number that never changes.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-publishfunctionversion>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, show, versions};

pub(crate) const OP: Op<Fc> = Op {
    name: "PublishFunctionVersion",
    route: Route {
        method: Method::POST,
        doors: Generation::FC3,
        path: "functions/{functionName}/versions",
        resource: "functions/{functionName}/versions",
        query: &[],
    },
    action: Action::One("fc:PublishFunctionVersion"),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Fc>) -> Result<Reply, Fault> {
    let made = versions::publish(&mut call).await?;
    Reply::json(&show::version(&made))
}
