//! PublishServiceVersion: what the service and its functions are now, under a number that never changes.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-publishserviceversion>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, show, versions};

pub(crate) const OP: Op<Fc> = Op {
    name: "PublishServiceVersion",
    route: Route {
        method: Method::POST,
        doors: &[Generation::V2021],
        path: "services/{serviceName}/versions",
        resource: "services/{serviceName}/versions",
        query: &[],
    },
    action: Action::One("fc:PublishServiceVersion"),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Fc>) -> Result<Reply, Fault> {
    let made = versions::publish(&mut call).await?;
    Reply::json(&show::version(&made))
}
