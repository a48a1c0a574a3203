//! UntagResource: takes tags from a service.
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-untagresource>

use gateway::{Action, Call, Fault, Op};
use http::Method;
use serde_json::Value;

use super::tag_resource::done;
use crate::reply::Reply;
use crate::route::Route;
use crate::tags::{self, Change};
use crate::{Fc, Generation, body, fault};

pub(crate) const OP: Op<Fc> = Op {
    name: "UntagResource",
    route: Route {
        method: Method::PUT,
        doors: &[Generation::V2021],
        path: "tag",
        resource: "*",
        query: &[],
    },
    action: Action::One("fc:UntagResource"),
    run: |call| Box::pin(run(call)),
};

/// The older API has another verb.
pub(crate) const BY_DELETE: Op<Fc> = Op {
    name: "UntagResource",
    route: Route {
        method: Method::DELETE,
        doors: &[Generation::V2016],
        path: "tag",
        resource: "*",
        query: &[],
    },
    action: Action::One("fc:UntagResource"),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Fc>) -> Result<Reply, Fault> {
    let mut body = body::object(&mut call, body::WITHOUT_CODE).await?;
    let arn = tags::name(&mut body, "resourceArn")?;
    let keys = match body.remove("tagKeys") {
        None | Some(Value::Null) => Vec::new(),
        Some(keys) => {
            serde_json::from_value(keys).map_err(|_| fault::no_list_of_texts("tagKeys"))?
        }
    };
    let all = match body.remove("all") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(all)) => all,
        Some(_) => return Err(fault::invalid_argument("'all' must be true or false")),
    };
    if let Some(unknown) = body.keys().next() {
        return Err(fault::unknown_field(unknown));
    }
    // All counts only where no key is named.
    let change = match (keys.is_empty(), all) {
        (false, _) => Change::Remove(keys),
        (true, true) => Change::Clear,
        (true, false) => return Err(fault::missing_field("tagKeys")),
    };
    let owner = tags::service(&call.target, &arn)?;
    call.service.change_tags(&[owner], &change).await?;
    done(&call)
}
