//! TagResource: gives a service tags; a key that is there gets the new value.
//! <https://help.aliyun.com/zh/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-tagresource>

use gateway::{Action, Call, Fault, Op};
use http::Method;
use serde_json::json;

use crate::reply::Reply;
use crate::route::Route;
use crate::settings::Fields;
use crate::tags::{self, Change};
use crate::{Fc, Generation, body, fault};

/// It is asked for on no resource in particular, as its page says.
pub(crate) const OP: Op<Fc> = Op {
    name: "TagResource",
    route: Route {
        method: Method::POST,
        doors: Generation::WITH_SERVICES,
        path: "tag",
        resource: "*",
        query: &[],
    },
    action: Action::One("fc:TagResource"),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Fc>) -> Result<Reply, Fault> {
    let mut body = body::object(&mut call, body::WITHOUT_CODE).await?;
    let arn = tags::name(&mut body, "resourceArn")?;
    let new = body.remove("tags").unwrap_or_default();
    let new = tags::dictionary("tags", new)?;
    if new.is_empty() {
        return Err(fault::missing_field("tags"));
    }
    if let Some(unknown) = body.keys().next() {
        return Err(fault::unknown_field(unknown));
    }
    let owner = tags::service(&call.target, &arn)?;
    call.service
        .change_tags(&[owner], &Change::Add(new))
        .await?;
    done(&call)
}

/// aliyun-fc2 reads a body.
pub(super) fn done(call: &Call<Fc>) -> Result<Reply, Fault> {
    let mut shown = Fields::new();
    shown.insert("requestId".to_owned(), json!(call.id.as_str()));
    Reply::json(&shown)
}
