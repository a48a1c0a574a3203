//! One process that runs a handler.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use gateway::Client;
use tempfile::TempDir;
use tokio::net::UnixStream;

use crate::inner_network::InnerNetwork;
use crate::isolation::{Isolation, Scratch};
use crate::outcome::Interruption;
use crate::runtime::frames::{self, Broken, Form, Heard, HttpFacts, Say};
use crate::runtime::output::Output;
use crate::runtime::tenant::{Tenant, Waited};
use crate::runtime::{Instance, Stage, StartError};
use crate::spawn::{NetworkOrder, Started};
use crate::stopwatch::Stopwatch;
use crate::{Credentials, ErrorKind, Hook, HttpAnswer, Invocation, Outcome};

/// How long a process may take to get ready. An interpreter needs some 30 ms; a busy machine a few seconds.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// One process that runs a handler.
#[derive(Debug)]
pub(crate) struct PythonInstance {
    // First, so that the process is killed before its directory goes.
    tenant: Tenant,
    control: UnixStream,
    time_limit: Duration,
    busy: bool,
    _network: Option<InnerNetwork>,
    _isolation: Arc<Isolation>,
}

/// What has to stay for as long as the process lives.
#[derive(Debug)]
pub(crate) struct Premises {
    /// Its own directory.
    pub(crate) scratch: Scratch,
    /// What instances of the same code share, and what all of the runtime do.
    pub(crate) shared: [Arc<TempDir>; 2],
    /// The network that was ordered for it.
    pub(crate) parting: Option<Parting>,
    pub(crate) isolation: Arc<Isolation>,
}

/// A network of its own.
#[derive(Debug)]
pub(crate) struct Parting {
    pub(crate) order: NetworkOrder,
    /// What its ports lead to.
    pub(crate) emulator: SocketAddr,
}

/// What an instance is promised.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) time_limit: Duration,
    /// In bytes.
    pub(crate) memory_limit: u64,
    /// Whether the process is behind walls.
    pub(crate) walled: bool,
}

/// How one exchange with the process ended.
enum Ending {
    Answered(Said),
    Interrupted(Interruption),
}

/// What a process has answered.
struct Said {
    form: Form,
    /// Of a request over HTTP that did not fail.
    http: Option<HttpAnswer>,
    body: Bytes,
}

impl Ending {
    fn exited(watch: Stopwatch) -> Self {
        let after = watch.elapsed();
        Self::Interrupted(Interruption::Exited { after })
    }
}

impl PythonInstance {
    /// Takes over a started process: sends the first frame and waits until it is ready.
    pub(crate) async fn begin(
        started: Started,
        init: Say<'_>,
        terms: Terms,
        premises: Premises,
    ) -> Result<Self, StartError> {
        let Started {
            mut process,
            control,
            output,
            network,
        } = started;
        process.keep(Box::new((premises.scratch, premises.shared)));
        control.set_nonblocking(true).map_err(StartError::Spawn)?;
        let mut control = UnixStream::from_std(control).map_err(StartError::Spawn)?;
        let output = Output::new(output).map_err(StartError::Spawn)?;
        let mut tenant = Tenant::new(process, output, terms.memory_limit);
        let greeting = async {
            let network = match (network, &premises.parting) {
                (Some(channel), Some(Parting { order, emulator })) => {
                    Some(InnerNetwork::enter(channel, order, 0, *emulator).await?.0)
                }
                _ => None,
            };
            frames::say(&mut control, &init, b"").await?;
            match frames::hear(&mut control).await? {
                (Heard::Ready {}, body) if body.is_empty() => Ok(network),
                (other, _) => Err(Broken::Nonsense(format!("{other:?} before it was ready"))),
            }
        };
        let reason = match tenant.attend(START_PATIENCE, greeting).await {
            Waited::Done(Ok(network)) => {
                if terms.walled {
                    let process = &mut tenant.process;
                    process.look_behind_walls().map_err(StartError::Spawn)?;
                }
                let busy = false;
                let time_limit = terms.time_limit;
                return Ok(Self {
                    tenant,
                    control,
                    time_limit,
                    busy,
                    _network: network,
                    _isolation: premises.isolation,
                });
            }
            Waited::Done(Err(_)) if tenant.process.is_over() => "it ended".into(),
            Waited::Done(Err(broken)) => broken.to_string(),
            Waited::Died => "it ended".into(),
            Waited::TimedOut => format!("it took longer than {} seconds", START_PATIENCE.as_secs()),
        };
        tenant.output.drain();
        let output = String::from_utf8_lossy(&tenant.output.take())
            .trim_end()
            .to_owned();
        Err(StartError::NotReady { reason, output })
    }

    /// Adds a line to the log of the next request.
    pub(crate) fn log_line(&mut self, line: &str) {
        self.tenant.output.line(line);
    }

    /// Sends a request and waits for its end, at most for `limit`.
    async fn exchange(
        &mut self,
        say: Say<'_>,
        (event, client): (&[u8], &Client),
        limit: Duration,
        watch: Stopwatch,
    ) -> Ending {
        if !self.is_alive() {
            return Ending::exited(watch);
        }
        self.busy = true;
        let conversation = async {
            tokio::select! {
                biased;
                said = converse(&mut self.control, &say, event) => said.map(Some),
                () = client.gone() => Ok(None),
            }
        };
        let ending = match self.tenant.attend(limit, conversation).await {
            Waited::Done(Ok(Some(said))) => Ending::Answered(said),
            Waited::Done(Ok(None)) => Ending::Interrupted(Interruption::Canceled {
                after: watch.elapsed(),
            }),
            Waited::Done(Err(Broken::TooLarge)) => Ending::Interrupted(Interruption::TooLarge),
            Waited::Done(Err(Broken::Nonsense(what))) => {
                tracing::warn!(
                    request_id = say.request_id(),
                    what,
                    "killed a handler that broke the protocol"
                );
                Ending::exited(watch)
            }
            Waited::Done(Err(Broken::Gone(_))) | Waited::Died => Ending::exited(watch),
            Waited::TimedOut => {
                self.tenant.terminate().await;
                Ending::Interrupted(Interruption::TimedOut { limit })
            }
        };
        self.busy = false;
        ending
    }

    /// Writes the end of a request or a stage to the log. `Err` has what the caller gets for a failure.
    async fn conclude(
        &mut self,
        ending: Ending,
        what: &str,
        request_id: &str,
    ) -> Result<Said, Bytes> {
        let (answer, failure) = match ending {
            Ending::Answered(said) if said.form == Form::Error => {
                (Err(said.body), Some("Unhandled function error".to_owned()))
            }
            Ending::Answered(said) => (Ok(said), None),
            Ending::Interrupted(interruption) => {
                self.tenant.process.end().await;
                let sentence = interruption.sentence(self.tenant.peak());
                let body = serde_json::json!({ "errorMessage": sentence }).to_string();
                (Err(body.into()), Some(sentence))
            }
        };
        self.tenant.output.drain();
        self.tenant.output.admit_losses();
        let end = format!("FC {what} End RequestId: {request_id}");
        match failure {
            None => self.tenant.output.line(&end),
            Some(sentence) => self
                .tenant
                .output
                .line(&format!("{end}, Error: {sentence}")),
        }
        answer
    }

    /// Takes what was written as the log of an outcome.
    fn outcome(
        &mut self,
        answer: Result<Said, Bytes>,
        kind: ErrorKind,
        watch: Stopwatch,
    ) -> Outcome {
        let (body, http, error) = match answer {
            Ok(said) => (said.body, said.http, None),
            Err(body) => (body, None, Some(kind)),
        };
        Outcome {
            body,
            http,
            error,
            log: self.tenant.output.take().into(),
            duration: watch.elapsed(),
            max_memory: self.tenant.peak(),
        }
    }
}

#[async_trait]
impl Instance for PythonInstance {
    async fn invoke(&mut self, invocation: Invocation) -> Outcome {
        let watch = Stopwatch::start();
        let id = &invocation.request_id;
        self.tenant.output.drain();
        self.tenant
            .output
            .line(&format!("FC Invoke Start RequestId: {id}"));
        let none = Credentials::default();
        let credentials = invocation.credentials.as_ref().unwrap_or(&none);
        let (retry_count, tracing) = (invocation.retry_count, &invocation.tracing);
        let say = match &invocation.http {
            None => Say::Invoke {
                request_id: id,
                credentials,
                retry_count,
                tracing,
            },
            Some(request) => Say::Http {
                request_id: id,
                credentials,
                retry_count,
                tracing,
                http: HttpFacts::of(request),
            },
        };
        let limit = self.time_limit;
        let asked = (&*invocation.event, &invocation.client);
        let ending = self.exchange(say, asked, limit, watch).await;
        let answer = self.conclude(ending, "Invoke", id).await;
        self.outcome(answer, ErrorKind::UnhandledInvocation, watch)
    }

    async fn pass(
        &mut self,
        stage: Stage,
        hook: &Hook,
        invocation: &Invocation,
    ) -> Result<(), Outcome> {
        let watch = Stopwatch::start();
        let id = &invocation.request_id;
        self.tenant.output.drain();
        self.tenant
            .output
            .line(&format!("FC {} Start RequestId: {id}", stage.as_str()));
        let none = Credentials::default();
        let say = Say::Pass {
            request_id: id,
            handler: &hook.handler,
            credentials: invocation.credentials.as_ref().unwrap_or(&none),
            retry_count: invocation.retry_count,
            tracing: &invocation.tracing,
        };
        let limit = Duration::from_secs(hook.timeout);
        let asked = (&b""[..], &Client::default());
        let ending = self.exchange(say, asked, limit, watch).await;
        match self.conclude(ending, stage.as_str(), id).await {
            Ok(_) => Ok(()),
            failed @ Err(_) => Err(self.outcome(failed, ErrorKind::Initialization, watch)),
        }
    }

    fn take_log(&mut self) -> Bytes {
        self.tenant.output.take().into()
    }

    fn freeze(&mut self) {
        self.tenant.process.freeze(true);
    }

    fn thaw(&mut self) {
        self.tenant.process.freeze(false);
    }

    fn is_alive(&self) -> bool {
        !self.busy && !self.tenant.process.is_over()
    }
}

async fn converse(control: &mut UnixStream, say: &Say<'_>, event: &[u8]) -> Result<Said, Broken> {
    let (asked, is_http) = (say.request_id(), matches!(say, Say::Http { .. }));
    frames::say(control, say, event).await?;
    let (heard, body) = frames::hear(control).await?;
    let nonsense = |heard: &Heard| Broken::Nonsense(format!("{heard:?} to request `{asked}`"));
    let (form, http) = match &heard {
        Heard::Result { id, form } if id == asked && (!is_http || *form == Form::Error) => {
            (*form, None)
        }
        Heard::Answer {
            id,
            status,
            headers,
        } if id == asked && is_http => {
            let answer = frames::answer(*status, headers);
            (Form::Raw, Some(answer.ok_or_else(|| nonsense(&heard))?))
        }
        other => return Err(nonsense(other)),
    };
    Ok(Said { form, http, body })
}
