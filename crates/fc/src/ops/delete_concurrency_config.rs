//! DeleteConcurrencyConfig: from now on there is no limit.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-deleteconcurrencyconfig>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::rows::Kind;
use crate::{Fc, Generation, concurrency};

pub(crate) const OP: Op<Fc> = Op {
    name: "DeleteConcurrencyConfig",
    route: Route {
        method: Method::DELETE,
        doors: Generation::FC3,
        path: "functions/{functionName}/concurrency",
        resource: "functions/{functionName}",
        query: &[],
    },
    action: Action::One("fc:DeleteConcurrencyConfig"),
    run: |call| Box::pin(async move { concurrency::delete(&call, Kind::Concurrency).await }),
};
