//! ListAliases: aliases in the order of their names.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-listaliases>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::functions::Page;
use crate::reply::Reply;
use crate::route::Route;
use crate::rows::{AliasRow, Kind};
use crate::{Fc, Generation, page, show};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListAliases",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "functions/{functionName}/aliases",
        resource: "functions/{functionName}/aliases/*",
        query: page::PARAMETERS,
    },
    action: Action::One("fc:ListAliases"),
    run: |call| Box::pin(run(call)),
};

/// Of a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "ListAliases",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/aliases",
        resource: "services/{serviceName}/aliases/*",
        query: page::PARAMETERS_2,
    },
    action: Action::One("fc:ListAliases"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let (owner, wanted) = (call.target.owner(), Page::read(&call.head)?);
    call.service.expect_owner(&owner).await?;
    let all = call.service.all_owned(&owner, Kind::Alias, &wanted).await?;
    let (found, next): (Vec<AliasRow>, _) = all;
    let shown = found.iter().map(|alias| show::alias(alias).into());
    Reply::json(&show::list("aliases", shown.collect(), next.as_deref()))
}
