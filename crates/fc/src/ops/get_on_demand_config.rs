//! GetOnDemandConfig: how many requests may run at a time (2016-08-15).
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-getondemandconfig>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::rows::Kind;
use crate::{Fc, Generation, concurrency};

pub(crate) const OP: Op<Fc> = Op {
    name: "GetOnDemandConfig",
    route: Route {
        method: Method::GET,
        doors: &[Generation::V2016],
        path: "services/{serviceName}/functions/{functionName}/on-demand-config",
        resource: "services/{serviceName}{.qualifier}/functions/{functionName}",
        query: &["qualifier"],
    },
    action: Action::One("fc:GetOnDemandConfig"),
    run: |call| Box::pin(async move { concurrency::get(&call, Kind::OnDemand).await }),
};
