//! ListInstances: the instances of a function that live.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-listinstances>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::{Fc, Generation, instances};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListInstances",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "functions/{functionName}/instances",
        resource: "functions/{functionName}/instances/*",
        query: &[
            "endTimeMs",
            "instanceIds",
            "instanceIds.*",
            "instanceStatus",
            "instanceStatus.*",
            "limit",
            "qualifier",
            "startKey",
            "startTimeMs",
            "withAllActive",
        ],
    },
    action: Action::One("fc:ListInstances"),
    run: |call| Box::pin(async move { instances::list(&call).await }),
};

/// In a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "ListInstances",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/functions/{functionName}/instances",
        resource: "services/{serviceName}{.qualifier}/functions/{functionName}",
        query: &[
            "instanceIds",
            "instanceIds.*",
            "limit",
            "qualifier",
            "withAllActive",
        ],
    },
    action: Action::One("fc:ListInstances"),
    run: |call| Box::pin(async move { instances::list(&call).await }),
};
