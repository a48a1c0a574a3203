//! GetProvisionConfig: how many instances are kept ready, and how many there are.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-getprovisionconfig>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::rows::Kind;
use crate::{Fc, Generation, provision};

pub(crate) const OP: Op<Fc> = Op {
    name: "GetProvisionConfig",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "functions/{functionName}/provision-config",
        resource: "functions/{functionName}{/qualifier}",
        query: &["qualifier"],
    },
    action: Action::One("fc:GetProvisionConfig"),
    run: |call| Box::pin(async move { provision::get(&call, Kind::Provision).await }),
};

/// In a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "GetProvisionConfig",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/functions/{functionName}/provision-config",
        resource: "services/{serviceName}{.qualifier}/functions/{functionName}",
        query: &["qualifier"],
    },
    action: Action::One("fc:GetProvisionConfig"),
    run: |call| Box::pin(async move { provision::get(&call, Kind::Provision).await }),
};
