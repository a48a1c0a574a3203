//! DeleteService: not while it has functions.
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-deleteservice>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, etag};

pub(crate) const OP: Op<Fc> = Op {
    name: "DeleteService",
    route: Route {
        method: Method::DELETE,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}",
        resource: "services/{serviceName}",
        query: &[],
    },
    action: Action::One("fc:DeleteService"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let place = call.target.place();
    let found = call.service.service(&place).await?;
    etag::check(&call, found.version)?;
    call.service.delete_service(&place, &found).await?;
    Ok(Reply::no_content())
}
