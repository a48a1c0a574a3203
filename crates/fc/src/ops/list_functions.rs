//! ListFunctions: functions in the order of their names.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-listfunctions>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::functions::Page;
use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, page, show};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListFunctions",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "functions",
        resource: "functions/*",
        query: page::PARAMETERS,
    },
    action: Action::One("fc:ListFunctions"),
    run: |call| Box::pin(run(call)),
};

/// In a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "ListFunctions",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/functions",
        resource: "services/{serviceName}/functions/*",
        query: page::PARAMETERS_2,
    },
    action: Action::One("fc:ListFunctions"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let (target, place) = (&call.target, call.target.place());
    let wanted = Page::read(&call.head)?;
    if !place.is_bare() {
        call.service.service(&place).await?;
    }
    let (found, next) = call.service.functions(&place, &wanted).await?;
    let shown = found
        .iter()
        .map(|found| show::function(target, found).into());
    Reply::json(&show::list("functions", shown.collect(), next.as_deref()))
}
