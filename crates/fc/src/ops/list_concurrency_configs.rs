//! ListConcurrencyConfigs: the limits of all functions, or of one.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-listconcurrencyconfigs>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::{Fc, Generation, concurrency};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListConcurrencyConfigs",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "concurrency-configs",
        resource: "concurrency-configs/*",
        query: &["functionName", "limit", "nextToken"],
    },
    action: Action::One("fc:ListConcurrencyConfigs"),
    run: |call| Box::pin(async move { concurrency::list(&call).await }),
};
