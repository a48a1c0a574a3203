//! ListTriggers: triggers in the order of their names.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-listtriggers>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::functions::Page;
use crate::reply::Reply;
use crate::route::Route;
use crate::rows::{Kind, TriggerRow};
use crate::{Fc, Generation, page, show};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListTriggers",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "functions/{functionName}/triggers",
        resource: "functions/{functionName}/triggers/*",
        query: page::PARAMETERS,
    },
    action: Action::One("fc:ListTriggers"),
    run: |call| Box::pin(run(call)),
};

/// Of a function in a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "ListTriggers",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/functions/{functionName}/triggers",
        resource: "services/{serviceName}/functions/{functionName}/triggers/*",
        query: page::PARAMETERS_2,
    },
    action: Action::One("fc:ListTriggers"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let (target, owner) = (&call.target, call.target.function());
    let wanted = Page::read(&call.head)?;
    call.service.expect_owner(&owner).await?;
    let all = call
        .service
        .all_owned(&owner, Kind::Trigger, &wanted)
        .await?;
    let (found, next): (Vec<TriggerRow>, _) = all;
    let shown = found.iter().map(|row| show::trigger(target, row).into());
    Reply::json(&show::list("triggers", shown.collect(), next.as_deref()))
}
