//! Asynchronous invocations: what has been accepted waits in rows and is run until it has succeeded, or was tried often
//! enough, or is too old (spec/fc.md §3.8).
//!
//! `localyun` attends to the queue: it takes what is [due](Due), waits for its time, which is virtual, and asks for an
//! [attempt](Fc::attempt). A row goes with the attempt that settles it. When the program ends in the middle of one, it is
//! made again after the next start, so a function can see an event twice, as in the real service.

mod attempt;
mod interrupt;
mod source;

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use gateway::Fault;
use serde::{Deserialize, Serialize};
use store::Batch;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::locate::Target;
use crate::rows::{self, Kind, Place, QUEUE};
use crate::web::kept::KeptRequest;
use crate::{Fc, HttpRequest, fault};

/// The largest event of an asynchronous invocation, in bytes (spec/fc.md §1.9).
pub(crate) const MAX_EVENT: usize = 128 << 10;

/// An invocation that waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct JobRow {
    pub(crate) account: String,
    pub(crate) region: String,
    /// Empty in FC 3.0.
    pub(crate) service: String,
    pub(crate) function: String,
    pub(crate) qualifier: Option<String>,
    /// All attempts have this one.
    pub(crate) request_id: String,
    /// Base64.
    pub(crate) event: String,
    /// When it was accepted, in virtual time.
    pub(crate) accepted: DateTime<Utc>,
    /// When it is to be tried, in virtual time.
    pub(crate) due: DateTime<Utc>,
    /// How often the function has failed.
    pub(crate) failures: u32,
    /// How often there was no room to run it.
    pub(crate) refusals: u32,
    /// The role with which another service invokes.
    pub(crate) role: Option<String>,
    /// The id of its task, if it is one.
    #[serde(default)]
    pub(crate) task: Option<String>,
    /// The request over HTTP that the function is to answer; its body is the event.
    #[serde(default)]
    pub(crate) http: Option<KeptRequest>,
}

impl JobRow {
    /// An invocation of what a request, or a trigger, names.
    pub(crate) fn new(
        target: &Target,
        request_id: String,
        event: &[u8],
        now: DateTime<Utc>,
    ) -> Self {
        let place = target.place();
        Self {
            account: place.account.to_string(),
            region: place.region.to_string(),
            service: place.service.to_string(),
            function: target.name("functionName").to_owned(),
            qualifier: target.qualifier.clone(),
            request_id,
            event: STANDARD.encode(event),
            accepted: now,
            due: now,
            failures: 0,
            refusals: 0,
            role: None,
            task: None,
            http: None,
        }
    }

    /// An invocation that tells a destination what came of another one.
    ///
    /// # Errors
    ///
    /// `EntityTooLarge`: an event that is told is held to the same size as any other.
    fn told(
        target: &Target,
        request_id: String,
        event: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Self, Fault> {
        match event.len() > MAX_EVENT {
            true => Err(fault::entity_too_large(MAX_EVENT)),
            false => Ok(Self::new(target, request_id, event, now)),
        }
    }

    /// The request over HTTP that the function is to answer.
    fn request(&self) -> Option<HttpRequest> {
        self.http.as_ref().and_then(KeptRequest::revive)
    }

    fn key(&self) -> String {
        format!("{QUEUE}{}", self.request_id)
    }

    /// The row of its task.
    pub(crate) fn task_key(&self) -> Option<String> {
        let function = self.target().function();
        self.task.as_ref().map(|id| function.one(Kind::Task, id))
    }

    fn add_to(&self, batch: &mut Batch) -> Result<(), Fault> {
        let key = self.key();
        batch.expect_absent(&key).put(&key, rows::encode(self)?);
        Ok(())
    }

    fn event(&self) -> Result<Bytes, Fault> {
        let bytes = STANDARD.decode(&self.event).map_err(Fault::internal)?;
        Ok(bytes.into())
    }

    fn target(&self) -> Target {
        let place = Place::of(&self.account, &self.region, &self.service);
        Target::kept(&place, &self.function, self.qualifier.clone())
    }
}

/// A waiting invocation, and when to attempt it.
#[derive(Debug, Clone)]
pub struct Due {
    pub(crate) key: String,
    /// Virtual time.
    pub at: DateTime<Utc>,
}

/// The way from who accepts invocations to who attends to them.
#[derive(Debug)]
pub(crate) struct Queue {
    sender: UnboundedSender<Due>,
    receiver: Mutex<Option<UnboundedReceiver<Due>>>,
    /// The keys of what was handed over and is not settled.
    attended: Mutex<HashSet<String>>,
    /// Those that are attempted now.
    running: interrupt::Running,
    /// The destinations of which was said that nothing is delivered there.
    undelivered: Mutex<HashSet<String>>,
}

impl Default for Queue {
    fn default() -> Self {
        let (sender, receiver) = unbounded_channel();
        Self {
            sender,
            receiver: Mutex::new(Some(receiver)),
            attended: Mutex::default(),
            running: interrupt::Running::default(),
            undelivered: Mutex::default(),
        }
    }
}

impl Queue {
    fn hand_over(&self, key: String, at: DateTime<Utc>) {
        let mut attended = self.attended.lock().unwrap_or_else(PoisonError::into_inner);
        if attended.insert(key.clone()) {
            // Where nobody attends, as in a cloud without a socket, the row waits.
            let _ = self.sender.send(Due { key, at });
        }
    }

    fn settle(&self, key: &str) {
        let mut attended = self.attended.lock().unwrap_or_else(PoisonError::into_inner);
        attended.remove(key);
    }
}

impl Fc {
    /// What comes due, for the one who attends to it; `None` for a second one.
    pub fn due(&self) -> Option<UnboundedReceiver<Due>> {
        let mut receiver = self.queue.receiver.lock();
        receiver.as_mut().map_or(None, |receiver| receiver.take())
    }

    /// Hands over whatever waits in rows and is not attended to: after a start, and when a snapshot came back.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn resume(&self) -> Result<(), Fault> {
        self.watched.forget();
        self.provision.look();
        self.timers.forget();
        let view = self.store.meta.view().await?;
        let mut rows = view.cursor(QUEUE.as_bytes());
        while let Some(row) = rows.next().await? {
            let job: JobRow = rows::decode(&row)?;
            self.queue.hand_over(job.key(), job.due);
        }
        Ok(())
    }

    /// Says, once for each destination, that nothing is delivered there.
    pub(crate) fn tell_undelivered(&self, arn: &str) {
        let told = self.queue.undelivered.lock();
        let mut told = told.unwrap_or_else(PoisonError::into_inner);
        if told.insert(arn.to_owned()) {
            tracing::warn!(
                "the destination '{arn}' is kept, and nothing is ever delivered there: only functions are"
            );
        }
    }

    /// An id for an invocation that no request asks for, in the form of the generation that knows its function.
    pub(crate) fn request_id(&self, target: &Target, at: DateTime<Utc>) -> String {
        match target.generation.has_services() {
            true => self.ids.uuid().lower().to_string(),
            false => self.ids.fc(at).to_string(),
        }
    }

    /// Accepts invocations. They are kept once this returns.
    ///
    /// # Errors
    ///
    /// `AsyncTaskAlreadyExists`, which FC 2.0 calls `StatefulAsyncInvocationAlreadyExists`.
    pub(crate) async fn enqueue(&self, jobs: &[JobRow]) -> Result<(), Fault> {
        let mut batch = Batch::new();
        let mut accepted = Vec::with_capacity(jobs.len());
        for job in jobs {
            accepted.push(self.accept(&mut batch, job.clone()).await?);
        }
        let committed = self.store.meta.commit(batch).await;
        committed.map_err(|error| match &error {
            store::Error::Conflict { key } => {
                let taken =
                    |job: &&JobRow| job.task_key().is_some_and(|task| *task.as_bytes() == **key);
                match accepted.iter().find(taken) {
                    Some(JobRow {
                        task: Some(id),
                        service,
                        ..
                    }) => fault::task_already_exists(id, service),
                    _ => error.into(),
                }
            }
            _ => error.into(),
        })?;
        for job in accepted {
            self.queue.hand_over(job.key(), job.due);
        }
        Ok(())
    }

    /// Adds an invocation to the commit that accepts it.
    async fn accept(&self, batch: &mut Batch, job: JobRow) -> Result<JobRow, Fault> {
        let job = self.as_task(job).await?;
        job.add_to(batch)?;
        self.add_task(batch, &job).await?;
        Ok(job)
    }

    /// Makes it a task where all asynchronous invocations of the function are.
    async fn as_task(&self, mut job: JobRow) -> Result<JobRow, Fault> {
        if job.task.is_none() && self.async_config(&job.target()).await?.tasks {
            job.task = Some(job.request_id.clone());
        }
        Ok(job)
    }
}
