//! DeleteOnDemandConfig: from now on there is no limit (2016-08-15).
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-deleteondemandconfig>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::rows::Kind;
use crate::{Fc, Generation, concurrency};

pub(crate) const OP: Op<Fc> = Op {
    name: "DeleteOnDemandConfig",
    route: Route {
        method: Method::DELETE,
        doors: &[Generation::V2016],
        path: "services/{serviceName}/functions/{functionName}/on-demand-config",
        resource: "services/{serviceName}{.qualifier}/functions/{functionName}",
        query: &["qualifier"],
    },
    action: Action::One("fc:DeleteOnDemandConfig"),
    run: |call| Box::pin(async move { concurrency::delete(&call, Kind::OnDemand).await }),
};
