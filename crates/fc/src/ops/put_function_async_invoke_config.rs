//! PutFunctionAsyncInvokeConfig: sets how a function is invoked asynchronously (FC 2.0).
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-putfunctionasyncinvokeconfig>

use gateway::{Action, Op};
use http::Method;

use crate::route::Route;
use crate::{Fc, Generation, async_config};

pub(crate) const OP: Op<Fc> = Op {
    name: "PutFunctionAsyncInvokeConfig",
    route: Route {
        method: Method::PUT,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/functions/{functionName}/async-invoke-config",
        resource: "services/{serviceName}{.qualifier}/functions/{functionName}",
        query: &["qualifier"],
    },
    action: Action::One("fc:PutFunctionAsyncInvokeConfig"),
    run: |mut call| Box::pin(async move { async_config::put(&mut call).await }),
};
