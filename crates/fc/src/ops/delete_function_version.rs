//! DeleteFunctionVersion: aliases of the version stay, and lead nowhere.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-deletefunctionversion>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, versions};

pub(crate) const OP: Op<Fc> = Op {
    name: "DeleteFunctionVersion",
    route: Route {
        method: Method::DELETE,
        doors: Generation::FC3,
        path: "functions/{functionName}/versions/{versionId}",
        resource: "functions/{functionName}/versions/{versionId}",
        query: &[],
    },
    action: Action::One("fc:DeleteFunctionVersion"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    versions::delete(&call).await
}
