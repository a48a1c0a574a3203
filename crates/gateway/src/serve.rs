//! One request, from start to finish.

use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use signature::Payload;

use crate::authenticate::Presented;
use crate::authorize::{Authority, Question};
use crate::id::Ids;
use crate::line::{Line, LineWriter};
use crate::nonces::Nonces;
use crate::record::{Asked, KeptHead, Record, Records};
use crate::{
    Action, Body, Call, Caller, Clock, Directory, Fault, Head, Located, Moment, Op, RequestId,
};
use crate::{Response, Service};

/// What becomes of a request that policies do not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AuthMode {
    /// It is refused.
    #[default]
    Enforce,
    /// It goes through, and the decision is recorded. Signatures are still checked.
    Audit,
    /// Signatures and policies are not looked at.
    Off,
}

impl AuthMode {
    /// The name on the command line and in health.
    pub fn name(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Audit => "audit",
            Self::Off => "off",
        }
    }
}

/// What all services share while they run.
#[derive(Debug)]
pub struct Gateway {
    /// The clocks.
    pub clock: Clock,
    /// The last requests.
    pub records: Records,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) nonces: Nonces,
    ids: Ids,
    mode: AuthMode,
    line_writer: OnceLock<Arc<dyn LineWriter>>,
}

impl Gateway {
    /// A gateway in front of `directory`.
    pub fn new(directory: Arc<dyn Directory>, clock: Clock, mode: AuthMode) -> Self {
        Self {
            clock,
            records: Records::default(),
            directory,
            nonces: Nonces::default(),
            ids: Ids::new(),
            mode,
            line_writer: OnceLock::new(),
        }
    }

    /// Has the lines of requests written by `writer`; until then, and without one, they are events. The first stays.
    pub fn write_lines_by(&self, writer: Arc<dyn LineWriter>) {
        let _ = self.line_writer.set(writer);
    }

    fn log(&self, line: &Line<'_>) {
        match self.line_writer.get() {
            Some(writer) => writer.write(line),
            None => line.emit(),
        }
    }

    /// What becomes of requests that policies do not allow.
    pub fn mode(&self) -> AuthMode {
        self.mode
    }

    /// The identity plane.
    pub fn directory(&self) -> &Arc<dyn Directory> {
        &self.directory
    }
}

/// What is known of a request while it runs; the record is made from it.
struct Progress<S: Service> {
    id: RequestId,
    now: Moment,
    op: Option<&'static Op<S>>,
    caller: Option<Arc<Caller>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// Everything that happens to a request, in order: read, route, authenticate, locate, authorize, run, record, render.
///
/// `payload` is the body where the service has read it already (RPC); `body` is what the operation may read.
pub async fn serve<S: Service>(
    gateway: &Arc<Gateway>,
    service: &Arc<S>,
    head: impl Into<Arc<Head>>,
    body: Body,
    payload: Option<Bytes>,
) -> Response {
    let mut head = head.into();
    let now = gateway.clock.now();
    let body = {
        let work = pin!(read(service, &mut head, body));
        unless_panicked(work).await
    };
    let mut progress = Progress {
        id: service.request_id(&head, &gateway.ids, now.wall),
        now,
        op: None,
        caller: None,
        asked: Arc::default(),
    };
    let outcome = {
        let work = pin!(answer(
            gateway,
            service,
            &head,
            body,
            payload,
            &mut progress
        ));
        unless_panicked(work).await
    };
    let code = outcome.as_ref().err().map(Fault::code);
    if let Some(cause) = outcome.as_ref().err().and_then(Fault::cause) {
        tracing::error!(request = %progress.id, service = S::PRODUCT, %cause, "a request failed inside");
    }
    let mut response = service.render(outcome, &head, &progress.id, now.wall);
    let caller = progress.caller.as_deref();
    service.finish(&head, caller, &mut response).await;
    let took = gateway.clock.monotonic().saturating_sub(now.monotonic);
    service.timed(&mut response, took);
    progress.record(gateway, &head, &response, code, took);
    response
}

/// Nobody else has the head yet, so it can take in what is read.
async fn read<S: Service>(
    service: &Arc<S>,
    head: &mut Arc<Head>,
    body: Body,
) -> Result<Body, Fault> {
    match Arc::get_mut(head) {
        Some(head) => service.read(head, body).await,
        None => Err(Fault::internal("the request is in use already")),
    }
}

async fn answer<S: Service>(
    gateway: &Arc<Gateway>,
    service: &Arc<S>,
    head: &Arc<Head>,
    body: Result<Body, Fault>,
    payload: Option<Bytes>,
    progress: &mut Progress<S>,
) -> Result<S::Reply, Fault> {
    let now = progress.now;
    let body = body?;
    let (op, name) = service.route(head)?;
    progress.op = Some(op);
    let (op, name) = service.settle(op, name, head, &now).await?;
    progress.op = Some(op);
    let caller = match op.action {
        // A browser's preflight has the signed query of the request that it asks for.
        Action::Public => Arc::new(Caller::anonymous()),
        _ => identify(gateway, service, head, &name, payload.as_deref(), &now).await?,
    };
    progress.caller = Some(caller.clone());
    if caller.is_anonymous() && gateway.mode() != AuthMode::Off && op.action != Action::Public {
        service.admit_anonymous(op, head)?;
    }
    let located = service.locate(op, name, &caller, head).await?;
    let authority = Authority(progress.asked.clone());
    let question = Question {
        service: &**service,
        op,
        caller: &caller,
        head,
        now: &now,
        action: op.action.names().first().copied().unwrap_or_default(),
    };
    let Located { arn, guard, target } = located;
    let on = (arn, guard);
    gateway.authorize_op(&question, on, &authority).await?;
    let call = Call {
        service: service.clone(),
        op,
        target,
        caller,
        head: head.clone(),
        body,
        now,
        id: progress.id.clone(),
        authority,
        gateway: gateway.clone(),
    };
    run(op, call, progress).await
}

/// Runs the operation, and makes sure that one which must ask for each item did ask.
async fn run<S: Service>(
    op: &'static Op<S>,
    call: Call<S>,
    progress: &Progress<S>,
) -> Result<S::Reply, Fault> {
    let unchecked = call.gateway.mode() == AuthMode::Off;
    let reply = (op.run)(call).await?;
    let asked = !progress.lock_asked().is_empty();
    if matches!(op.action, Action::PerItem(_)) && !asked && !unchecked {
        return Err(Fault::internal(format!(
            "{} answered without asking for a permission",
            op.name
        )));
    }
    Ok(reply)
}

async fn identify<S: Service>(
    gateway: &Gateway,
    service: &Arc<S>,
    head: &Head,
    name: &S::Name,
    payload: Option<&[u8]>,
    now: &Moment,
) -> Result<Arc<Caller>, Fault> {
    let presented = Presented {
        service: &**service,
        name,
        head,
        payload: payload.map_or(Payload::Streamed, Payload::Bytes),
        now,
    };
    let caller = gateway.authenticate(presented).await;
    caller.map_err(|failure| service.unauthenticated(failure, head))
}

/// What `work` comes to. It is large and stays where it is; only a pointer to it is handed on.
async fn unless_panicked<T>(
    work: Pin<&mut impl Future<Output = Result<T, Fault>>>,
) -> Result<T, Fault> {
    let outcome = AssertUnwindSafe(work).catch_unwind().await;
    outcome.unwrap_or_else(|panic| Err(panicked(&*panic)))
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Fault {
    let text = panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    let text = text.unwrap_or_else(|| "no message".to_owned());
    Fault::internal(format!("panicked: {text}"))
}

impl<S: Service> Progress<S> {
    fn lock_asked(&self) -> std::sync::MutexGuard<'_, Vec<Asked>> {
        self.asked.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Keeps the record, and writes the request's one line to the log.
    fn record(
        self,
        gateway: &Gateway,
        head: &Head,
        response: &Response,
        code: Option<&'static str>,
        took: Duration,
    ) {
        let asked = std::mem::take(&mut *self.lock_asked());
        let key = self
            .caller
            .as_ref()
            .and_then(|c| c.access_key_id.as_deref());
        let line = Line {
            at: self.now.wall + took,
            request: &self.id,
            service: S::PRODUCT,
            op: self.op.map_or("-", |op| op.name),
            method: &head.method,
            host: &head.host,
            path: &head.path,
            status: response.status().as_u16(),
            code: code.unwrap_or("-"),
            key: key.unwrap_or("-"),
            micros: took.as_micros() as u64,
        };
        gateway.log(&line);
        gateway.records.push(Record {
            id: self.id,
            at: self.now.wall,
            took,
            service: S::PRODUCT,
            op: self.op.map(|op| op.name),
            head: KeptHead::of(head),
            caller: self.caller,
            asked,
            status: response.status().as_u16(),
            code,
        });
    }
}
