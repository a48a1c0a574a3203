//! ListServices: services in the order of their names.
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-listservices>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::functions::Page;
use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, page, show};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListServices",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "services",
        resource: "services/*",
        query: page::PARAMETERS_2,
    },
    action: Action::One("fc:ListServices"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let wanted = Page::read(&call.head)?;
    let (found, next) = call.service.services(&call.target.place(), &wanted).await?;
    let shown = found.iter().map(|found| show::service(found).into());
    Reply::json(&show::list("services", shown.collect(), next.as_deref()))
}
