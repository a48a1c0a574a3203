//! GetFunctionCode: where a function's code can be fetched.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-getfunctioncode>

use gateway::{Action, Call, Fault, Op};
use http::Method;
use serde_json::json;

use crate::reply::Reply;
use crate::route::Route;
use crate::settings::Fields;
use crate::{Fc, Generation, fault, temporary};

pub(crate) const OP: Op<Fc> = Op {
    name: "GetFunctionCode",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "functions/{functionName}/code",
        resource: "functions/{functionName}{/qualifier}",
        query: &["qualifier"],
    },
    action: Action::One("fc:GetFunctionCode"),
    run: |call| Box::pin(run(call)),
};

/// In a service.
pub(crate) const OF_SERVICE: Op<Fc> = Op {
    name: "GetFunctionCode",
    route: Route {
        method: Method::GET,
        doors: Generation::WITH_SERVICES,
        path: "services/{serviceName}/functions/{functionName}/code",
        resource: "services/{serviceName}/functions/{functionName}",
        query: &["qualifier"],
    },
    action: Action::One("fc:GetFunctionCode"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let resolved = call.service.resolve(&call.target).await?;
    let row = &resolved.function.row;
    let code = row.code.as_ref();
    let code = code.ok_or_else(|| fault::no_package(&row.name))?;
    let bytes = call.service.code_of(&call.target, &resolved, code).await?;
    let name = format!("{}/{}", row.id, resolved.function.version);
    let mut shown = Fields::new();
    shown.insert(
        "url".to_owned(),
        json!(temporary::offer(&call, &name, bytes).await?),
    );
    shown.insert("checksum".to_owned(), json!(code.crc64.to_string()));
    Reply::json(&shown)
}
