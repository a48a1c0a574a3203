//! One invocation through the API: what the request asks, and what the answer tells (spec/fc.md §3.5).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use gateway::{Call, Fault, ResponseBody};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, StatusCode};

use crate::queue::{self, JobRow};
use crate::reply::Reply;
use crate::resolve::Resolved;
use crate::web::kept::KeptRequest;
use crate::{
    Fc, HostError, Invocation, Invoked, Outcome, Revision, StartError, Tracing, body, fault, tasks,
};

/// The largest event of a synchronous invocation, in bytes (spec/fc.md §1.9).
const MAX_EVENT: usize = 32 << 20;
/// How much of the log's end is told, in bytes.
const TAIL: usize = 4 << 10;
/// The longest that an asynchronous invocation can be put off, in seconds.
const MAX_DELAY: i64 = 3600;

/// The header that makes one invocation of FC 2.0 a task.
const STATEFUL: &str = "x-fc-stateful-async-invocation-enable";
const DELAY: &str = "x-fc-async-delay";
const TYPE: &str = "x-fc-invocation-type";
const LOG_TYPE: &str = "x-fc-log-type";

/// Runs the function that the request names.
///
/// # Errors
///
/// `FunctionNotFound` and the like, `InvalidArgument`, `EntityTooLarge`, `ResourceExhausted`. What fails in the function is
/// no error: the answer is 200 and says so in `X-Fc-Error-Type`.
pub(crate) async fn invoke(call: &mut Call<Fc>) -> Result<Reply, Fault> {
    let wants_log = wants_log(call)?;
    if is_async(call)? {
        let event = body::whole(call, queue::MAX_EVENT).await?;
        call.service.resolve(&call.target).await?;
        return accept(call, &event, None).await;
    }
    let event = body::whole(call, MAX_EVENT).await?;
    let resolved = call.service.resolve(&call.target).await?;
    let invocation = Invocation {
        request_id: call.id.to_string(),
        event,
        http: None,
        credentials: call
            .service
            .credentials(&resolved.role, &resolved.function.row.name, &call.now)
            .await?,
        retry_count: 0,
        tracing: tracing(call),
        client: call.head.client.clone(),
    };
    let revision = call.service.revision(&call.target, &resolved).await?;
    let now = call.now.virtual_;
    let ran = call.service.run(&call.target, &revision, invocation, now);
    let invoked = ran.await?;
    let logs = &call.service.logs;
    logs.keep(
        &revision.key,
        call.id.as_str(),
        &invoked.outcome,
        call.now.wall,
    );
    expect_client(call)?;
    Ok(reply(&resolved, &revision, &invoked, wants_log))
}

/// Whether anybody waits for the answer still.
///
/// # Errors
///
/// `ClientClosedRequest`, for the record.
pub(crate) fn expect_client(call: &Call<Fc>) -> Result<(), Fault> {
    match call.head.client.has_gone() {
        true => Err(fault::client_closed_request()),
        false => Ok(()),
    }
}

/// Whether the answer is to tell the end of the log.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn wants_log(call: &Call<Fc>) -> Result<bool, Fault> {
    Ok(one_of(call, LOG_TYPE, &["None", "Tail"])? == "Tail")
}

/// Whether nobody waits for the result.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn is_async(call: &Call<Fc>) -> Result<bool, Fault> {
    Ok(one_of(call, TYPE, &["Sync", "Async"])? == "Async")
}

/// The header that names a task.
fn task_header(call: &Call<Fc>) -> &'static str {
    match call.target.generation.has_services() {
        true => "x-fc-stateful-async-invocation-id",
        false => "x-fc-async-task-id",
    }
}

/// The id of the task that the request starts, if it is one: the caller's, or the request's own.
async fn task(call: &Call<Fc>) -> Result<Option<String>, Fault> {
    let header = task_header(call);
    let id = call.head.header(header).filter(|id| !id.is_empty());
    if let Some(id) = id {
        tasks::check_id(header, id)?;
    }
    let asked = call.target.generation.has_services()
        && one_of(call, STATEFUL, &["false", "true"])? == "true";
    if !asked && !call.service.async_config(&call.target).await?.tasks {
        if let Some(id) = id {
            let function = call.target.name("functionName");
            tracing::info!(
                function,
                id,
                "the id of a task has no effect: tasks are not switched on for this function"
            );
        }
        return Ok(None);
    }
    Ok(Some(id.unwrap_or(call.id.as_str()).to_owned()))
}

/// Puts the invocation into the queue. What it asks for has to be there now, and when it runs.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) async fn accept(
    call: &Call<Fc>,
    event: &[u8],
    http: Option<KeptRequest>,
) -> Result<Reply, Fault> {
    let delay = delay(call)?;
    call.service.expect_on(&call.target).await?;
    let (id, now) = (call.id.to_string(), call.now.virtual_);
    let mut job = JobRow::new(&call.target, id, event, now);
    job.http = http;
    job.due = now + delay;
    job.task = task(call).await?;
    call.service.enqueue(std::slice::from_ref(&job)).await?;
    let mut reply = Reply {
        status: StatusCode::ACCEPTED,
        headers: HeaderMap::new(),
        body: ResponseBody::Empty,
    };
    if let Some(id) = &job.task {
        reply.add(HeaderName::from_static(task_header(call)), id);
    }
    Ok(reply)
}

fn delay(call: &Call<Fc>) -> Result<TimeDelta, Fault> {
    let Some(text) = call.head.header(DELAY).filter(|text| !text.is_empty()) else {
        return Ok(TimeDelta::zero());
    };
    let seconds = text.parse().ok().filter(|n| (0..=MAX_DELAY).contains(n));
    seconds.map(TimeDelta::seconds).ok_or_else(|| {
        fault::invalid_argument(format!(
            "header {DELAY} is '{text}' and must be a number of seconds between 0 and {MAX_DELAY}"
        ))
    })
}

/// A header that has one of these values; the first if it is not there.
fn one_of<'a>(call: &'a Call<Fc>, name: &str, known: &[&'a str]) -> Result<&'a str, Fault> {
    match call.head.header(name).filter(|value| !value.is_empty()) {
        None => Ok(known[0]),
        Some(value) if known.contains(&value) => Ok(value),
        Some(value) => Err(fault::invalid_argument(format!(
            "header {name} is '{value}' and must be one of {}",
            known.join(", ")
        ))),
    }
}

pub(crate) fn tracing(call: &Call<Fc>) -> Tracing {
    let header = |name: &str| call.head.header(name).unwrap_or_default().to_owned();
    Tracing {
        span_context: header("x-fc-tracing-opentracing-span-context"),
        span_baggages: header("x-fc-tracing-opentracing-span-baggages"),
        jaeger_endpoint: header("x-fc-tracing-jaeger-endpoint"),
    }
}

pub(crate) fn refused(error: HostError) -> Fault {
    match error {
        HostError::Exhausted(text) => fault::resource_exhausted(text),
        HostError::NoRuntime(text) => fault::runtime_not_here(&text),
        HostError::Start(error) => match &*error {
            StartError::NotStarted(refused) => fault::not_started(refused),
            _ => Fault::internal(HostError::Start(error)),
        },
    }
}

fn reply(resolved: &Resolved, revision: &Revision, invoked: &Invoked, wants_log: bool) -> Reply {
    let outcome = &invoked.outcome;
    let mut reply = Reply {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: ResponseBody::full(outcome.body.clone()),
    };
    reply.add(CONTENT_TYPE, "application/octet-stream");
    let mut add = |name, value: &str| reply.add(HeaderName::from_static(name), value);
    if let Some(error) = outcome.error {
        add("x-fc-error-type", error.as_str());
    }
    measures(resolved, invoked).for_each(|(name, value)| add(name, &value));
    if let Some(version) = &resolved.service_version {
        add("x-fc-invocation-service-version", version);
    }
    if wants_log && revision.instance_concurrency == 1 {
        add(
            "x-fc-log-result",
            &tail(outcome, revision.function.memory_mb),
        );
    }
    reply
}

/// Which code ran, where, for how long and in how much memory, as headers.
pub(crate) fn measures(
    resolved: &Resolved,
    invoked: &Invoked,
) -> impl Iterator<Item = (&'static str, String)> {
    let outcome = &invoked.outcome;
    let code = resolved.function.row.code.as_ref();
    let code = code.map(|code| ("x-fc-code-checksum", code.crc64.to_string()));
    let millis = format!("{:.2}", outcome.duration.as_secs_f64() * 1000.0);
    code.into_iter().chain([
        ("x-fc-instance-id", invoked.instance_id.clone()),
        ("x-fc-invocation-duration", millis),
        ("x-fc-max-memory-usage", megabytes(outcome.max_memory)),
    ])
}

fn megabytes(bytes: u64) -> String {
    format!("{:.2}", bytes as f64 / f64::from(1 << 20))
}

/// The end of the log in Base64, with the line that sums the invocation up (spec/fc.md §1.7).
pub(crate) fn tail(outcome: &Outcome, memory_mb: u32) -> String {
    let millis = outcome.duration.as_secs_f64() * 1000.0;
    let mut log = outcome.log.to_vec();
    let summary = format!(
        "\nDuration: {millis:.2} ms, Billed Duration: {} ms, Memory Size: {memory_mb} MB, Max Memory Used: {} MB",
        millis.ceil(),
        megabytes(outcome.max_memory)
    );
    log.extend_from_slice(summary.as_bytes());
    STANDARD.encode(&log[log.len().saturating_sub(TAIL)..])
}
