//! ListOnDemandConfigs: the limits of all functions in services.
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-listondemandconfigs>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::{Fc, Generation, concurrency};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListOnDemandConfigs",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "on-demand-configs",
        resource: "services/*/functions/*",
        query: &["limit", "nextToken", "prefix", "startKey"],
    },
    action: Action::One("fc:ListOnDemandConfigs"),
    run: |call| Box::pin(async move { concurrency::list_on_demand(&call).await }),
};
