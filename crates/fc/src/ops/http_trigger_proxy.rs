//! HttpTriggerProxy: a request over HTTP that reaches a function through its trigger.
//! <https://help.aliyun.com/zh/functioncompute/fc/user-guide/http-triggers-overview>

use gateway::{Action, Call, Fault, Op};
use http::Method;

use crate::reply::Reply;
use crate::route::Route;
use crate::{Fc, Generation, web};

/// Under a path of the API, as functions in services have it. Any verb; which requests these are says
/// [`web::visit::read`].
pub(crate) const OP: Op<Fc> = Op {
    name: "HttpTriggerProxy",
    route: Route {
        method: Method::GET,
        doors: &[Generation::V2016],
        path: "proxy/{serviceName}/{functionName}",
        resource: "services/{serviceName}{.qualifier}/functions/{functionName}",
        query: &[],
    },
    action: Action::One("fc:InvokeFunction"),
    run: |call| Box::pin(run(call)),
};

/// The same, to be referred to.
pub(crate) static IN_SERVICE: Op<Fc> = OP;

/// Under the trigger's own host, to a function of FC 3.0.
pub(crate) static OF_FC3: Op<Fc> = Op {
    route: Route {
        resource: "functions/{functionName}{/qualifier}",
        ..OP.route
    },
    ..OP
};

/// Where everybody may come.
pub(crate) static OPEN: Op<Fc> = Op {
    action: Action::Public,
    ..OP
};

async fn run(mut call: Call<Fc>) -> Result<Reply, Fault> {
    web::serve(&mut call).await
}
