//! PutConcurrencyConfig: how many requests may run at a time.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-putconcurrencyconfig>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::rows::Kind;
use crate::{Fc, Generation, concurrency};

pub(crate) const OP: Op<Fc> = Op {
    name: "PutConcurrencyConfig",
    route: Route {
        method: Method::PUT,
        doors: Generation::FC3,
        path: "functions/{functionName}/concurrency",
        resource: "functions/{functionName}",
        query: &[],
    },
    action: Action::One("fc:PutConcurrencyConfig"),
    run: |mut call| Box::pin(async move { concurrency::put(&mut call, Kind::Concurrency).await }),
};
