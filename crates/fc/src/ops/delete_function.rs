//! DeleteFunction: requests under way go on to their end.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-deletefunction>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, etag};

pub(crate) const OP: Op<Fc> = Op {
    name: "DeleteFunction",
    route: Route {
        method: Method::DELETE,
        doors: Generation::FC3,
        path: "functions/{functionName}",
        resource: "functions/{functionName}",
        query: &[],
    },
    action: Action::One("fc:DeleteFunction"),
    run: |call| Box::pin(run(call)),
};

/// In a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "DeleteFunction",
    route: Route {
        method: Method::DELETE,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/functions/{functionName}",
        resource: "services/{serviceName}/functions/{functionName}",
        query: &[],
    },
    action: Action::One("fc:DeleteFunction"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let (target, place) = (&call.target, call.target.place());
    let found = call
        .service
        .function(&place, target.name("functionName"))
        .await?;
    etag::check(&call, found.version)?;
    let name = found.row.name.clone();
    let version = found.version;
    call.service.delete_function(&place, found).await?;
    call.service.retire(&place, &name, version);
    Ok(Reply::no_content())
}
