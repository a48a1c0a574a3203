//! One process that runs a handler.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use gateway::Client;
use tempfile::TempDir;
use tokio::net::UnixStream;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::inner_network::InnerNetwork;
use crate::isolation::{Isolation, Scratch};
use crate::outcome::Interruption;
use crate::runtime::frames::{self, Broken, Form, Heard, HttpFacts, Say};
use crate::runtime::output::Output;
use crate::runtime::{Instance, Stage, StartError};
use crate::spawn::{NetworkOrder, Process, Started};
use crate::stopwatch::Stopwatch;
use crate::{Credentials, ErrorKind, Hook, HttpAnswer, Invocation, Outcome};

/// How long a process may take to get ready. An interpreter needs some 30 ms; a busy machine a few seconds.
const START_PATIENCE: Duration = Duration::from_secs(30);
/// From asking a group to end until it is killed (`spec/fc.md` §6.3).
const GRACE: Duration = Duration::from_secs(1);
/// How long an answer that a dead process left behind may take to arrive.
const LAST_WORDS: Duration = Duration::from_millis(50);
/// How often memory is looked at.
const SAMPLE: Duration = Duration::from_millis(20);

/// One process that runs a handler.
#[derive(Debug)]
pub(crate) struct PythonInstance {
    // First, so that the process is killed before its directory goes.
    process: Process,
    control: UnixStream,
    output: Output,
    time_limit: Duration,
    gauge: Gauge,
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

/// How a wait for the process ended.
enum Waited<T> {
    Done(Result<T, Broken>),
    Died,
    TimedOut,
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
        let mut output = Output::new(output).map_err(StartError::Spawn)?;
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
        let mut gauge = Gauge::new(terms.memory_limit);
        let waited = wait(&process, &mut output, &mut gauge, START_PATIENCE, greeting).await;
        let reason = match waited {
            Waited::Done(Ok(network)) => {
                if terms.walled {
                    process.look_behind_walls().map_err(StartError::Spawn)?;
                }
                let busy = false;
                let time_limit = terms.time_limit;
                return Ok(Self {
                    process,
                    control,
                    output,
                    time_limit,
                    gauge,
                    busy,
                    _network: network,
                    _isolation: premises.isolation,
                });
            }
            Waited::Done(Err(broken)) => broken.to_string(),
            Waited::Died => "it ended".into(),
            Waited::TimedOut => format!("it took longer than {} seconds", START_PATIENCE.as_secs()),
        };
        output.drain();
        let output = String::from_utf8_lossy(&output.take())
            .trim_end()
            .to_owned();
        Err(StartError::NotReady { reason, output })
    }

    /// Adds a line to the log of the next request.
    pub(crate) fn log_line(&mut self, line: &str) {
        self.output.line(line);
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
        let waited = wait(
            &self.process,
            &mut self.output,
            &mut self.gauge,
            limit,
            conversation,
        );
        let ending = match waited.await {
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
                self.terminate().await;
                Ending::Interrupted(Interruption::TimedOut { limit })
            }
        };
        self.busy = false;
        ending
    }

    /// Asks the process to end, and listens to what it has to say about that for a moment.
    async fn terminate(&mut self) {
        self.process.terminate();
        let listen = async {
            loop {
                tokio::select! {
                    () = self.process.died() => return,
                    () = self.output.fill() => {}
                }
            }
        };
        let _ = timeout(GRACE, listen).await;
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
                self.process.end().await;
                let sentence = interruption.sentence(self.gauge.peak);
                let body = serde_json::json!({ "errorMessage": sentence }).to_string();
                (Err(body.into()), Some(sentence))
            }
        };
        self.output.drain();
        self.output.admit_losses();
        let end = format!("FC {what} End RequestId: {request_id}");
        match failure {
            None => self.output.line(&end),
            Some(sentence) => self.output.line(&format!("{end}, Error: {sentence}")),
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
            log: self.output.take().into(),
            duration: watch.elapsed(),
            max_memory: self.gauge.peak,
        }
    }
}

#[async_trait]
impl Instance for PythonInstance {
    async fn invoke(&mut self, invocation: Invocation) -> Outcome {
        let watch = Stopwatch::start();
        let id = &invocation.request_id;
        self.output.drain();
        self.output
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
        self.output.drain();
        self.output
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
        self.output.take().into()
    }

    fn freeze(&mut self) {
        self.process.freeze(true);
    }

    fn thaw(&mut self) {
        self.process.freeze(false);
    }

    fn is_alive(&self) -> bool {
        !self.busy && !self.process.is_over()
    }
}

/// Looks at the memory of a process.
#[derive(Debug)]
struct Gauge {
    limit: u64,
    peak: u64,
}

impl Gauge {
    fn new(limit: u64) -> Self {
        Self { limit, peak: 0 }
    }

    /// Notes the peak so far. Whether there was more than is allowed.
    fn read(&mut self, process: &Process) -> bool {
        self.peak = self.peak.max(process.peak_memory().unwrap_or(0));
        process.is_over_memory(self.limit)
    }
}

/// Waits for `conversation`, and meanwhile reads the output, watches the process and its memory, and keeps the time.
async fn wait<T>(
    process: &Process,
    output: &mut Output,
    gauge: &mut Gauge,
    limit: Duration,
    conversation: impl Future<Output = Result<T, Broken>>,
) -> Waited<T> {
    let mut conversation = pin!(conversation);
    let mut deadline = pin!(sleep(limit));
    let mut sample = interval(SAMPLE);
    sample.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let waited = loop {
        // In this order: an answer counts although the process is already dead, and a process that floods us with
        // output still runs out of time.
        tokio::select! {
            biased;
            said = &mut conversation => break Waited::Done(said),
            () = process.died() => break match timeout(LAST_WORDS, &mut conversation).await {
                Ok(Ok(said)) => Waited::Done(Ok(said)),
                Ok(Err(_)) | Err(_) => Waited::Died,
            },
            () = &mut deadline => break Waited::TimedOut,
            _ = sample.tick() => if gauge.read(process) { break Waited::Died },
            () = output.fill() => {}
        }
    };
    gauge.read(process);
    waited
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
