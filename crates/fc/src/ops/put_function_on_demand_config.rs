//! PutFunctionOnDemandConfig: how many requests may run at a time (2021-04-06).
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-putfunctionondemandconfig>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::rows::Kind;
use crate::{Fc, Generation, concurrency};

pub(crate) const OP: Op<Fc> = Op {
    name: "PutFunctionOnDemandConfig",
    route: Route {
        method: Method::PUT,
        doors: &[Generation::V2021],
        path: "services/{serviceName}/functions/{functionName}/on-demand-config",
        resource: "services/{serviceName}{.qualifier}/functions/{functionName}",
        query: &["qualifier"],
    },
    action: Action::One("fc:PutFunctionOnDemandConfig"),
    run: |mut call| Box::pin(async move { concurrency::put(&mut call, Kind::OnDemand).await }),
};
