//! A request over HTTP, from its trigger to the function and back.

use std::sync::Arc;

use bytes::Bytes;
use gateway::{Body, BodyError, Call, Fault, Head, ResponseBody};
use http::header::ACCESS_CONTROL_EXPOSE_HEADERS;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use signature::{Plus, Query};

use super::address;
use super::answer::{self, MAX_HEADERS};
use super::jwt::{Admission, Jwt};
use super::kept::KeptRequest;
use super::settings::Auth;
use super::visit::{self, Arrived};
use super::{HttpAnswer, HttpRequest, Visit, event};
use crate::reply::Reply;
use crate::resolve::Resolved;
use crate::{Fc, Invocation, Invoked, body, fault, invoke, queue};

/// The longest path, its query included, in bytes (spec/fc.md §1.9).
const MAX_TARGET: usize = 4 << 10;
/// The largest body, in bytes. That of an asynchronous request is at most [`queue::MAX_EVENT`].
const MAX_BODY: usize = 32 << 20;

/// The headers that pages may read of what FC 2.0, and functions of FC 3.0 that speak HTTP, answer.
const EXPOSED_2: &str = "Date,x-fc-request-id,x-fc-error-type,x-fc-code-checksum,x-fc-invocation-duration,x-fc-max-memory-usage,x-fc-log-result,x-fc-invocation-code-version";
const EXPOSED_3: &str = "Date,x-fc-request-id";

/// Runs the function that the request has come to.
///
/// # Errors
///
/// What the service refuses. What fails in the function is an answer, too.
pub(crate) async fn serve(call: &mut Call<Fc>) -> Result<Reply, Fault> {
    let visit = call.target.visit.clone();
    let visit = visit.ok_or_else(|| Fault::internal("a visit without a way"))?;
    let Some(trigger) = &visit.trigger else {
        call.service.expect_owner(&call.target.function()).await?;
        return Err(fault::http_trigger_not_found(
            call.target.name("functionName"),
        ));
    };
    admit(&call.head, &visit, trigger)?;
    if let Some(cors) = &trigger.settings.cors
        && let Some(headers) = cors.preflight(&call.head.method, &call.head.headers)
    {
        return Ok(bare(StatusCode::NO_CONTENT, headers));
    }
    if !trigger.settings.lets(&call.head.method) {
        return Err(fault::method_not_let_in(call.head.method.as_str()));
    }
    let wants_log = invoke::wants_log(call)?;
    let is_async = invoke::is_async(call)?;
    let limit = if is_async { queue::MAX_EVENT } else { MAX_BODY };
    let request = request(call, &visit);
    let (request, body) = match &trigger.settings.auth {
        Auth::Jwt(jwt) => with_token(call, jwt, request, limit).await?,
        Auth::Anonymous | Auth::Function => (request, whole(call, limit).await?),
    };
    let resolved = call.service.resolve(&call.target).await?;
    let mut invocation = invocation(call, &visit, &resolved, request, body);
    if is_async {
        let kept = invocation.http.as_deref().map(KeptRequest::from);
        return invoke::accept(call, &invocation.event, kept).await;
    }
    let (role, name) = (&resolved.role, &resolved.function.row.name);
    invocation.credentials = call.service.credentials(role, name, &call.now).await?;
    let is_passed_on = invocation.http.is_some();
    let revision = call.service.revision(&call.target, &resolved).await?;
    let now = call.now.virtual_;
    let ran = call.service.run(&call.target, &revision, invocation, now);
    let invoked = ran.await?;
    let (logs, id) = (&call.service.logs, call.id.as_str());
    logs.keep(&revision.key, id, &invoked.outcome, call.now.wall);
    invoke::expect_client(call)?;
    let mut reply = answered(&visit, &invoked)?;
    if let Some(cors) = &trigger.settings.cors {
        cors.share(&call.head.headers, &mut reply.headers);
    }
    let told = Told {
        is_passed_on,
        log: wants_log.then(|| invoke::tail(&invoked.outcome, revision.function.memory_mb)),
    };
    tell(&mut reply, &resolved, &invoked, &told);
    Ok(reply)
}

/// What the trigger and the limits say to a request without its body.
fn admit(head: &Head, visit: &Visit, trigger: &Arrived) -> Result<(), Fault> {
    if let Some(bad) = &head.bad_query {
        return Err(fault::invalid_argument(bad.clone()));
    }
    let target = head.path.len() + head.query.raw().len();
    if target > MAX_TARGET {
        return Err(fault::invalid_argument(format!(
            "the path with its query has {target} bytes, and {MAX_TARGET} are the most"
        )));
    }
    let size = answer::size(&head.headers);
    if size > MAX_HEADERS {
        return Err(fault::invalid_argument(format!(
            "the headers have {size} bytes, and {MAX_HEADERS} are the most"
        )));
    }
    match visit.from_outside && trigger.settings.closed {
        true => Err(fault::internet_url_disabled()),
        false => Ok(()),
    }
}

/// The request with what its token claims, and its body, which nobody is asked for whose token is no good.
async fn with_token(
    call: &mut Call<Fc>,
    jwt: &Jwt,
    mut request: HttpRequest,
    limit: usize,
) -> Result<(HttpRequest, Bytes), Fault> {
    let now = call.now.virtual_;
    let mut admitted = jwt.admit(&request, None, now)?;
    let mut body = whole(call, limit).await?;
    if matches!(admitted, Admission::Later) {
        admitted = jwt.admit(&request, Some(&body), now)?;
    }
    if let Admission::With(claims) = admitted {
        jwt.pass(&claims, &mut request, &mut body)?;
    }
    Ok((request, body))
}

/// The body. Only who declares a digest of it has signed it.
async fn whole(call: &mut Call<Fc>, limit: usize) -> Result<Bytes, Fault> {
    if call.head.header(body::CONTENT_SHA256).is_some() {
        return body::whole(call, limit).await.map_err(too_large(limit));
    }
    let body = std::mem::replace(&mut call.body, Body::from_bytes(Bytes::new()));
    body.collect(limit).await.map_err(|error| match error {
        BodyError::TooLarge { limit } => fault::body_too_large(limit),
        BodyError::Incomplete(_) | BodyError::Silent => fault::incomplete_body().because(error),
    })
}

fn too_large(limit: usize) -> impl Fn(Fault) -> Fault {
    move |fault| match fault.code() {
        "EntityTooLarge" => fault::body_too_large(limit),
        _ => fault,
    }
}

/// The request as the function is to see it.
fn request(call: &Call<Fc>, visit: &Visit) -> HttpRequest {
    let head = &call.head;
    let query = head.query.raw();
    let uri = match query.is_empty() {
        true => head.path.clone(),
        false => format!("{}?{query}", head.path),
    };
    HttpRequest {
        method: head.method.clone(),
        version: head.version,
        path: visit.path.clone(),
        query: query.to_owned(),
        headers: visit::headers(head),
        source: head.peer,
        uri,
    }
}

/// What the function gets: the request itself if it speaks HTTP, and else an event.
fn invocation(
    call: &Call<Fc>,
    visit: &Visit,
    resolved: &Resolved,
    request: HttpRequest,
    body: Bytes,
) -> Invocation {
    let (target, prefix) = (
        &call.target,
        visit.trigger.as_ref().map(|found| &*found.row.prefix),
    );
    let runtime = resolved.function.row.text("runtime");
    let (http, event) = if runtime.starts_with("custom") || target.generation.has_services() {
        (Some(Arc::new(request)), body)
    } else {
        let prefix = prefix.unwrap_or_default();
        let [outside, inside] = address::domains(prefix, &target.region);
        let about = event::About {
            account: &target.account,
            prefix,
            domain: if visit.from_outside {
                &outside
            } else {
                &inside
            },
            request_id: call.id.as_str(),
            at: call.now.wall,
        };
        let query = Query::parse(&request.query, Plus::Space).unwrap_or_default();
        let event = event::of(&request, &query, &body, &about);
        (None, event.to_string().into())
    };
    Invocation {
        request_id: call.id.to_string(),
        event,
        http,
        tracing: invoke::tracing(call),
        client: call.head.client.clone(),
        ..Invocation::default()
    }
}

fn bare(status: StatusCode, headers: HeaderMap) -> Reply {
    Reply {
        status,
        headers,
        body: ResponseBody::Empty,
    }
}

/// The function's answer, as far as it may be one.
fn answered(visit: &Visit, invoked: &Invoked) -> Result<Reply, Fault> {
    let outcome = &invoked.outcome;
    let body = outcome.body.clone();
    let (answer, body) = match (&outcome.http, outcome.error) {
        (Some(answer), _) => (answer.clone(), body),
        (None, Some(_)) => failed(),
        (None, None) => answer::of_event(body).map_err(fault::bad_response)?,
    };
    let mut answer = answer.checked().map_err(fault::bad_response)?;
    if visit.is_default_domain {
        if answer.redirects() {
            return Err(fault::external_redirect_forbidden());
        }
        answer.attached();
    }
    Ok(Reply {
        status: answer.status,
        headers: answer.headers,
        body: match answer.status {
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED => ResponseBody::Empty,
            _ => ResponseBody::full(body),
        },
    })
}

/// What went wrong is in the log, and nothing that strangers are told.
fn failed() -> (HttpAnswer, Bytes) {
    let kind = HeaderValue::from_static("application/json");
    let answer = HttpAnswer {
        status: StatusCode::BAD_GATEWAY,
        headers: HeaderMap::from_iter([(http::header::CONTENT_TYPE, kind)]),
    };
    (answer, Bytes::from_static(b"Internal Server Error"))
}

/// What an answer tells besides the function's own words.
struct Told {
    is_passed_on: bool,
    log: Option<String>,
}

fn tell(reply: &mut Reply, resolved: &Resolved, invoked: &Invoked, told: &Told) {
    let outcome = &invoked.outcome;
    let mut add = |name, value: &str| reply.add(HeaderName::from_static(name), value);
    if let Some(error) = outcome.error {
        add("x-fc-error-type", error.as_str());
    }
    if let Some(log) = &told.log {
        add("x-fc-log-result", log);
    }
    let exposed = match &resolved.service_version {
        Some(version) => {
            invoke::measures(resolved, invoked).for_each(|(name, value)| add(name, &value));
            add("x-fc-invocation-service-version", version);
            EXPOSED_2
        }
        None => EXPOSED_3,
    };
    if told.is_passed_on && !reply.headers.contains_key(ACCESS_CONTROL_EXPOSE_HEADERS) {
        reply.add(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}
