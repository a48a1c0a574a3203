//! PostObject: stores the file of a form.
//! <https://help.aliyun.com/zh/oss/developer-reference/postobject>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Head, Op};
use http::header::{ETAG, LOCATION};
use http::{HeaderValue, StatusCode};
use signature::encode;
use signature::oss_post::{POLICY, field};

use super::put_object;
use crate::attributes;
use crate::form::policy::{Policy, Sizes};
use crate::locate::ObjectTarget;
use crate::objects::MAX_SIZE;
use crate::route::{Route, Scope};
use crate::text::Text;
use crate::{Oss, Reply, fault, form};

pub(crate) const OP: Op<Oss> = Op {
    name: "PostObject",
    route: Route::post(Scope::Form).takes(attributes::HEADERS),
    action: Action::One("oss:PutObject"),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Oss>) -> Result<Reply, Fault> {
    let body = std::mem::replace(&mut call.body, gateway::Body::from_bytes(""));
    let target = std::mem::replace(&mut call.target, crate::Target::Service).object()?;
    let sizes = permitted(&call, &target)?;
    let body = form::within(body, sizes.min, sizes.max.min(MAX_SIZE));
    let stored = put_object::store(&call, &target, body, "ObjectCreated:PostObject").await?;
    Ok(reply(&call.head, &target, stored))
}

/// Holds the form against its policy. A form without one is anonymous, and what is allowed then is allowed already.
/// Where signatures are not looked at, neither is what they sign.
fn permitted(call: &Call<Oss>, target: &ObjectTarget) -> Result<Sizes, Fault> {
    let form = call.head.form.as_ref().filter(|_| !call.is_unchecked());
    let Some((form, text)) = form.and_then(|form| Some((form, field(form, POLICY)?))) else {
        let (min, max) = (0, MAX_SIZE);
        return Ok(Sizes { min, max });
    };
    let policy = Policy::read(text).map_err(|invalid| fault::form::invalid_policy(&invalid))?;
    let sizes = policy.check(&target.bucket.name, form, call.now.virtual_);
    sizes.map_err(|violation| fault::form::violation(&violation))
}

/// A redirection if the form asks for one, else the status that it asks for, else 204.
fn reply(head: &Head, target: &ObjectTarget, stored: Reply) -> Reply {
    let etag = stored
        .headers
        .map()
        .get(ETAG)
        .and_then(|etag| etag.to_str().ok());
    let etag = etag.unwrap_or_default().to_owned();
    let wanted = |name| head.form.as_ref().and_then(|form| field(form, name));
    let redirect = wanted("success_action_redirect").filter(|url| !url.is_empty());
    let to = redirect.and_then(|url| redirection(url, target, &etag));
    let (status, location) = match (to, wanted("success_action_status")) {
        (Some(to), _) => (StatusCode::SEE_OTHER, Some(to)),
        (None, Some("200")) => (StatusCode::OK, None),
        (None, Some("201")) => (StatusCode::CREATED, Some(address(head, target))),
        (None, _) => (StatusCode::NO_CONTENT, None),
    };
    let mut reply = match status {
        StatusCode::CREATED => Reply::xml(document(head, target, &etag)),
        _ => Reply::ok(),
    };
    reply.status = status;
    reply.headers.extend(stored.headers.into_map());
    if let Some(Ok(location)) = location.map(HeaderValue::try_from) {
        reply.headers.insert(LOCATION, location);
    }
    reply
}

/// The client's page with what was stored. One that no header can carry does not count.
fn redirection(url: &str, target: &ObjectTarget, etag: &str) -> Option<String> {
    let separator = if url.contains('?') { '&' } else { '?' };
    let to = format!(
        "{url}{separator}bucket={}&etag={}&key={}",
        encode::component(&target.bucket.name),
        encode::component(etag),
        encode::component(&target.key)
    );
    HeaderValue::try_from(&to).is_ok().then_some(to)
}

/// Where the object is, as the client addressed the bucket.
fn address(head: &Head, target: &ObjectTarget) -> String {
    let scheme = if head.secure { "https" } else { "http" };
    let key = encode::path(&target.key);
    match head.endpoint.bucket {
        Some(_) => format!("{scheme}://{}/{key}", head.host),
        None => format!("{scheme}://{}/{}/{key}", head.host, target.bucket.name),
    }
}

fn document(head: &Head, target: &ObjectTarget, etag: &str) -> Xml {
    let mut xml = Xml::new();
    xml.group("PostResponse", |response| {
        response
            .value("Bucket", Text(&target.bucket.name))
            .value("ETag", Text(etag))
            .value("Key", Text(&target.key))
            .value("Location", Text(&address(head, target)));
    });
    xml
}
