//! One running program, and the requests to it.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderValue;

use super::api::Api;
use super::headers::Facts;
use super::http_params;
use super::ports::{Holder, Port};
use super::request::{Came, Kind, NOT_HTTP, answered, posted, request};
use super::server::{Server, Silent};
use crate::isolation::Isolation;
use crate::outcome::Interruption;
use crate::runtime::tenant::{Tenant, Waited};
use crate::runtime::{Instance, Stage, StartError};
use crate::stopwatch::{Stopwatch, wall_millis};
use crate::{HealthCheck, Hook, Invocation, Outcome};

/// A program and what it needs.
#[derive(Debug)]
pub(super) struct Core {
    // First, so that the process is killed before its port is given away.
    pub(super) tenant: Tenant,
    pub(super) server: Arc<Server>,
    /// Where it asks for requests, if it does that instead of listening.
    pub(super) api: Option<Api>,
    pub(super) facts: Facts,
    pub(super) health_check: Option<HealthCheck>,
    pub(super) time_limit: Duration,
    /// It is not to be used again.
    pub(super) spoiled: AtomicBool,
    pub(super) under_way: AtomicUsize,
    /// It was started, or fetched, for a request that has not begun yet.
    pub(super) expected: AtomicBool,
    /// Its health checks fail.
    pub(super) ailing: AtomicBool,
    /// How often it was frozen and thawed.
    pub(super) pauses: AtomicU64,
    /// Of the host, where it has no network of its own.
    pub(super) port: Mutex<Option<Port>>,
    pub(super) _isolation: Arc<Isolation>,
}

/// How often a program was frozen and thawed by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pauses(u64);

impl Pauses {
    pub(super) fn is_frozen(self) -> bool {
        self.0 % 2 == 1
    }
}

impl Core {
    fn spoil(&self) {
        self.spoiled.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_usable(&self) -> bool {
        !self.spoiled.load(Ordering::Relaxed) && !self.tenant.process.is_over()
    }

    pub(super) fn pauses(&self) -> Pauses {
        Pauses(self.pauses.load(Ordering::Relaxed))
    }

    fn freeze(&self, frozen: bool) {
        if self.pauses().is_frozen() != frozen {
            self.pauses.fetch_add(1, Ordering::Relaxed);
        }
        self.tenant.process.freeze(frozen);
    }

    /// Says in the log that its health has changed. Requests to come go elsewhere while it is ill.
    pub(super) fn counts_as(&self, checked: Result<(), String>) {
        self.ailing.store(checked.is_err(), Ordering::Relaxed);
        match checked {
            Ok(()) => self
                .tenant
                .output
                .line("localyun: the health checks pass again"),
            Err(why) => self.tenant.output.line(&format!(
                "localyun: the health checks fail, the last one {why}"
            )),
        }
    }

    /// One request, and what came of it. `alone`: nobody else has one under way, so the program can be ended with it.
    async fn run(
        &self,
        kind: Kind,
        invocation: &Invocation,
        handler: Option<&str>,
        limit: Duration,
        alone: bool,
    ) -> Outcome {
        let watch = Stopwatch::start();
        self.under_way.fetch_add(1, Ordering::Relaxed);
        let guard = Under(self);
        if matches!(kind, Kind::Invoke) {
            self.expected.store(false, Ordering::Relaxed);
        }
        let exited = || Interruption::Exited {
            after: watch.elapsed(),
        };
        let work = self.ask_while_wanted(kind, invocation, handler, limit);
        let came = match self.is_usable() {
            false => Err(exited()),
            true => match self.tenant.attend(limit, work).await {
                Waited::Done(Some(Ok(came))) => Ok(came),
                Waited::Done(None) => {
                    self.canceled(alone);
                    Err(Interruption::Canceled {
                        after: watch.elapsed(),
                    })
                }
                Waited::Done(Some(Err(silent))) => {
                    if self.may_have_ended(&silent).await {
                        self.spoil();
                    }
                    Err(self.interruption(&silent, watch))
                }
                Waited::Died => {
                    self.spoil();
                    Err(exited())
                }
                Waited::TimedOut => {
                    self.spoil();
                    if alone {
                        self.tenant.terminate().await;
                    }
                    Err(Interruption::TimedOut { limit })
                }
            },
        };
        self.tenant.output.drain();
        let came =
            came.unwrap_or_else(|interruption| self.interrupted(kind, invocation, interruption));
        self.tenant.output.admit_losses();
        drop(guard);
        Outcome {
            body: came.body,
            http: came.http,
            error: came.error,
            log: self.tenant.output.take().into(),
            duration: watch.elapsed(),
            max_memory: self.tenant.peak(),
        }
    }

    /// A program that nobody else uses is replaced when its client has gone, unless its health is looked at: then that
    /// decides.
    /// <https://help.aliyun.com/zh/functioncompute/fc/why-does-a-function-instance-restart-after-a-client-499>
    fn canceled(&self, alone: bool) {
        let asks = self.api.as_ref().is_some_and(Api::is_used);
        if alone && (asks || self.health_check.is_none()) {
            self.spoil();
            self.tenant.process.kill();
        }
    }

    /// A program that ends closes first what it listens on, then its connections, and its death is seen after that. One
    /// that still listens may have closed a connection only because nobody had used it for long.
    async fn may_have_ended(&self, silent: &Silent) -> bool {
        match silent {
            Silent::TooLarge => false,
            Silent::Closed { kept: true, .. } => self.server.connect().await.is_err(),
            Silent::Closed { kept: false, .. } | Silent::Unreachable(_) => true,
        }
    }

    /// A server that is silent is as good as one that has exited.
    fn interruption(&self, silent: &Silent, watch: Stopwatch) -> Interruption {
        if !matches!(silent, Silent::TooLarge) {
            self.tenant.output.line(&format!("localyun: {silent}"));
        }
        match silent {
            Silent::TooLarge => Interruption::TooLarge,
            Silent::Unreachable(_) | Silent::Closed { .. } => Interruption::Exited {
                after: watch.elapsed(),
            },
        }
    }

    /// What the caller gets, and what the log says, when the platform and not the program ended a request.
    fn interrupted(&self, kind: Kind, invocation: &Invocation, why: Interruption) -> Came {
        let sentence = why.sentence(self.tenant.peak());
        let (what, id) = (kind.as_str(), &invocation.request_id);
        self.tenant
            .output
            .line(&format!("FC {what} End RequestId: {id}, Error: {sentence}"));
        Came {
            body: serde_json::json!({ "errorMessage": sentence })
                .to_string()
                .into(),
            http: None,
            error: Some(kind.error()),
        }
    }

    /// The answer; `None` once nobody waits for it. A stage is of the instance, whoever made it begin.
    async fn ask_while_wanted(
        &self,
        kind: Kind,
        invocation: &Invocation,
        handler: Option<&str>,
        limit: Duration,
    ) -> Option<Result<Came, Silent>> {
        let asked = self.ask(kind, invocation, handler, limit);
        if matches!(kind, Kind::Stage(_)) {
            return Some(asked.await);
        }
        tokio::select! {
            biased;
            came = asked => Some(came),
            () = invocation.client.gone() => None,
        }
    }

    async fn ask(
        &self,
        kind: Kind,
        invocation: &Invocation,
        handler: Option<&str>,
        limit: Duration,
    ) -> Result<Came, Silent> {
        let event = match kind {
            Kind::Invoke => invocation.event.clone(),
            Kind::Stage(_) => Bytes::new(),
        };
        if let Some(api) = self.api.as_ref().filter(|api| api.is_used()) {
            let http = invocation.http.as_deref();
            let http = http.filter(|_| matches!(kind, Kind::Invoke));
            let mut headers = self.facts.of(invocation, kind.path());
            let deadline = wall_millis() + u64::try_from(limit.as_millis()).unwrap_or(u64::MAX / 2);
            headers.insert("x-fc-function-deadline", deadline.into());
            if let Some(handler) = handler.and_then(|handler| handler.parse().ok()) {
                headers.insert("x-fc-function-handler", handler);
            }
            headers.insert(
                "x-fc-function-type",
                HeaderValue::from_static(kind.number()),
            );
            if let Some(request) = http {
                headers.insert(http_params::NAME, http_params::of(request));
            }
            let end = api.run(&invocation.request_id, headers, event).await?;
            let failed = end.error.is_some();
            let came = posted(kind, http.is_some(), end);
            if came.error.is_some() && !failed {
                self.tenant.output.line(NOT_HTTP);
            }
            return Ok(came);
        }
        let request = request(&self.facts, kind, invocation, event);
        let answer = self.server.send(&request).await?;
        Ok(answered(kind, invocation, answer))
    }
}

/// Counts a request for as long as it is under way.
struct Under<'a>(&'a Core);

impl Drop for Under<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
        let port = self.0.port.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(port) = &*port {
            port.can_be_asked_for();
        }
    }
}

impl Holder for Core {
    fn make_room(self: Arc<Self>) {
        if self.under_way.load(Ordering::Relaxed) > 0 || self.expected.load(Ordering::Relaxed) {
            return;
        }
        self.spoil();
        self.tenant.process.kill();
        tokio::spawn(async move {
            self.tenant.process.died().await;
            drop(
                self.port
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take(),
            );
        });
    }
}

/// A handle on a program. Several can share it; it is killed with the last.
#[derive(Debug)]
pub(super) struct CustomInstance {
    core: Arc<Core>,
    shared: bool,
    busy: bool,
}

impl CustomInstance {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            shared: false,
            busy: false,
        }
    }
}

#[async_trait]
impl Instance for CustomInstance {
    async fn invoke(&mut self, invocation: Invocation) -> Outcome {
        self.busy = true;
        let core = &self.core;
        let outcome = core.run(
            Kind::Invoke,
            &invocation,
            None,
            core.time_limit,
            !self.shared,
        );
        let outcome = outcome.await;
        self.busy = false;
        outcome
    }

    async fn pass(
        &mut self,
        stage: Stage,
        hook: &Hook,
        invocation: &Invocation,
    ) -> Result<(), Outcome> {
        self.busy = true;
        let limit = Duration::from_secs(hook.timeout);
        let outcome = self
            .core
            .run(
                Kind::Stage(stage),
                invocation,
                Some(&hook.handler),
                limit,
                true,
            )
            .await;
        self.busy = false;
        match outcome.error {
            None => {
                self.core.tenant.output.give_back(&outcome.log);
                Ok(())
            }
            Some(_) => Err(outcome),
        }
    }

    async fn settle(&mut self) -> Result<(), StartError> {
        self.core.settle().await
    }

    fn take_log(&mut self) -> Bytes {
        self.core.tenant.output.take().into()
    }

    fn another(&self) -> Option<Box<dyn Instance>> {
        Some(Box::new(Self {
            core: Arc::clone(&self.core),
            shared: true,
            busy: false,
        }))
    }

    fn freeze(&mut self) {
        self.core.expected.store(false, Ordering::Relaxed);
        self.core.freeze(true);
    }

    fn thaw(&mut self) {
        self.core.expected.store(true, Ordering::Relaxed);
        self.core.freeze(false);
    }

    fn is_alive(&self) -> bool {
        !self.busy && self.core.is_usable() && !self.core.ailing.load(Ordering::Relaxed)
    }
}
