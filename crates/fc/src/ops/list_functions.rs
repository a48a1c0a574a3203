//! ListFunctions: functions in the order of their names.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-listfunctions>

use gateway::{Action, Call, Fault, Op};
use http::Method;
use serde_json::{Value, json};

use crate::functions::Page;
use crate::reply::Reply;
use crate::route::Route;
use crate::settings::Fields;
use crate::{Fc, Generation, page, show};

pub(crate) const OP: Op<Fc> = Op {
    name: "ListFunctions",
    route: Route {
        method: Method::GET,
        doors: Generation::FC3,
        path: "functions",
        resource: "functions/*",
        query: page::PARAMETERS,
    },
    action: Action::One("fc:ListFunctions"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Fc>) -> Result<Reply, Fault> {
    let target = &call.target;
    let wanted = Page::read(&call.head)?;
    let (found, next) = call.service.functions(&target.place(), &wanted).await?;
    let shown = found
        .iter()
        .map(|found| show::function(target, found).into());
    let mut body = Fields::new();
    body.insert("functions".to_owned(), shown.collect::<Vec<Value>>().into());
    if let Some(next) = next {
        body.insert("nextToken".to_owned(), json!(page::token(&next)));
    }
    Reply::json(&body)
}
