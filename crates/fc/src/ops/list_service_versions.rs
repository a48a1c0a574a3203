//! ListServiceVersions: the versions of a service, the newest first unless asked otherwise.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-listserviceversions>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, versions};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListServiceVersions",
    route: Route {
        method: Method::GET,
        doors: &[Generation::V2021],
        path: "services/{serviceName}/versions",
        resource: "services/{serviceName}/versions",
        query: versions::PARAMETERS,
    },
    action: Action::One("fc:ListServiceVersions"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    versions::list(&call).await
}
