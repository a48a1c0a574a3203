//! DeleteVersion: what 2016-08-15 calls DeleteServiceVersion.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-deleteserviceversion>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, versions};

pub(crate) const OP: Op<Fc> = Op {
    name: "DeleteVersion",
    route: Route {
        method: Method::DELETE,
        doors: &[Generation::V2016],
        path: "services/{serviceName}/versions/{versionId}",
        resource: "services/{serviceName}/versions",
        query: &[],
    },
    action: Action::One("fc:DeleteServiceVersion"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    versions::delete(&call).await
}
