//! PutObjectTagging: replaces the tags of an object. Its `Last-Modified` stays.
//! <https://help.aliyun.com/zh/oss/developer-reference/putobjecttagging>

use gateway::{Action, Body, Call, Fault, Op};

use crate::attributes::PUT_TAGGING;
use crate::locate::ObjectTarget;
use crate::route::{Route, Scope};
use crate::rows::Tags;
use crate::service::REQUEST_TAG;
use crate::{Object, Oss, Reply, Target, document, xml_in};

/// The largest body, in bytes. Ten tags have far less.
const LIMIT: usize = 64 << 10;

/// Policies may ask for the tags of the request, which are in its body.
pub(crate) const OP: Op<Oss> = Op {
    name: "PutObjectTagging",
    route: Route::put(Scope::Object).sub("tagging"),
    action: Action::PerItem(PUT_TAGGING),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Oss>) -> Result<Reply, Fault> {
    let target = std::mem::replace(&mut call.target, Target::Service).object()?;
    let body = std::mem::replace(&mut call.body, Body::from_bytes(""));
    let document = document::read(&call.head, body, LIMIT).await;
    let tags = document.and_then(|document| xml_in::tagging(&document));
    // Whoever may not do this does not learn what is wrong with the document.
    permit(&call, &target, tags.as_ref().ok()).await?;
    let tags = tags?;
    let change = |object: &mut Object| {
        object.extras.tags = tags.clone();
        Ok(())
    };
    call.service.change(&target, change).await?;
    Ok(Reply::ok())
}

async fn permit(call: &Call<Oss>, at: &ObjectTarget, tags: Option<&Tags>) -> Result<(), Fault> {
    let mut guard = at.guard(None);
    if let Some(tags) = tags {
        guard.conditions.extend(tags.conditions(REQUEST_TAG));
    }
    call.require_on(PUT_TAGGING, &at.arn(), &guard).await
}
