//! ListProvisionConfigs: for which functions instances are kept ready.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-listprovisionconfigs>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::rows::Kind;
use crate::{Fc, Generation, provision};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListProvisionConfigs",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "provision-configs",
        resource: "provision-configs/*",
        query: &["functionName", "limit", "nextToken"],
    },
    action: Action::One("fc:ListProvisionConfigs"),
    run: |call| {
        Box::pin(async move { provision::list(&call, Kind::Provision, "provisionConfigs").await })
    },
};

/// In a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "ListProvisionConfigs",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "provision-configs",
        resource: "services/*/functions/*",
        query: &["limit", "nextToken", "qualifier", "serviceName"],
    },
    action: Action::One("fc:ListProvisionConfigs"),
    run: |call| {
        Box::pin(async move { provision::list(&call, Kind::Provision, "provisionConfigs").await })
    },
};
