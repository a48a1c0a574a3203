//! ListFunctionVersions: the versions of a function, the newest first unless asked otherwise.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-listfunctionversions>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, versions};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListFunctionVersions",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "functions/{functionName}/versions",
        resource: "functions/{functionName}/versions/*",
        query: versions::PARAMETERS,
    },
    action: Action::One("fc:ListFunctionVersions"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    versions::list(&call).await
}
