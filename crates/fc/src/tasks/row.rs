//! A task as it is kept and told.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Invoked;
use crate::locate::{LATEST, Target};
use crate::queue::JobRow;
use crate::settings::Fields;

/// How long a task is told after its end, in days.
const KEPT: i64 = 7;
/// The most of a result that is kept, in bytes.
const LARGEST_RESULT: usize = 1 << 20;

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    /// It waits to be run.
    Enqueued,
    /// It was taken out to be run.
    Dequeued,
    /// An instance runs it.
    Running,
    /// The function has done it.
    Succeeded,
    /// The function has failed for the last time.
    Failed,
    /// It is being stopped.
    Stopping,
    /// It was stopped.
    Stopped,
    /// It has waited too long, and was not run.
    Expired,
    /// It cannot be run, such as when its function has gone.
    Invalid,
    /// The function has failed, and waits to be run again.
    Retrying,
}

impl Status {
    /// All of them.
    pub(crate) const ALL: [Self; 10] = [
        Self::Enqueued,
        Self::Dequeued,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::Stopping,
        Self::Stopped,
        Self::Expired,
        Self::Invalid,
        Self::Retrying,
    ];

    /// The word on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Enqueued => "Enqueued",
            Self::Dequeued => "Dequeued",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Stopping => "Stopping",
            Self::Stopped => "Stopped",
            Self::Expired => "Expired",
            Self::Invalid => "Invalid",
            Self::Retrying => "Retrying",
        }
    }
}

/// Something that happened to a task.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Event {
    status: Status,
    /// Virtual time.
    at: DateTime<Utc>,
    detail: String,
}

/// A task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TaskRow {
    pub(crate) id: String,
    /// Empty in FC 3.0.
    pub(crate) service: String,
    pub(crate) function: String,
    /// As it was invoked, `LATEST` without one.
    pub(crate) qualifier: String,
    pub(crate) request_id: String,
    pub(crate) status: Status,
    events: Vec<Event>,
    /// When it was accepted, in virtual time.
    pub(crate) started: DateTime<Utc>,
    /// Virtual time.
    ended: Option<DateTime<Utc>>,
    /// How long the function ran the last time, in milliseconds.
    duration: u64,
    /// How often the function was run again.
    retries: u32,
    /// The instance that ran it last.
    instance: String,
    /// Why it did not succeed.
    error: String,
    /// Base64.
    payload: String,
    /// What the function returned.
    result: Option<String>,
}

impl TaskRow {
    /// The task of an invocation that is accepted; `None` if it is none.
    pub(crate) fn new(job: &JobRow) -> Option<Self> {
        let mut row = Self {
            id: job.task.clone()?,
            service: job.service.clone(),
            function: job.function.clone(),
            qualifier: job.qualifier.clone().unwrap_or_else(|| LATEST.to_owned()),
            request_id: job.request_id.clone(),
            status: Status::Enqueued,
            events: Vec::new(),
            started: job.accepted,
            ended: None,
            duration: 0,
            retries: 0,
            instance: String::new(),
            error: String::new(),
            payload: job.event.clone(),
            result: None,
        };
        row.happens(Status::Enqueued, "", job.accepted);
        Some(row)
    }

    /// It comes to another status. `error` goes to the event.
    pub(crate) fn happens(&mut self, status: Status, error: &str, at: DateTime<Utc>) {
        self.status = status;
        let detail = match error {
            "" => String::new(),
            error => json!({"Error": error}).to_string(),
        };
        self.events.push(Event { status, at, detail });
    }

    /// It comes to its last status.
    pub(crate) fn end(&mut self, status: Status, error: &str, at: DateTime<Utc>) {
        self.happens(status, error, at);
        self.ended = Some(at);
        error.clone_into(&mut self.error);
    }

    /// An instance has run it.
    pub(crate) fn ran(&mut self, invoked: &Invoked, failures: u32) {
        let outcome = &invoked.outcome;
        self.duration = u64::try_from(outcome.duration.as_millis()).unwrap_or(u64::MAX);
        self.retries = failures;
        self.instance.clone_from(&invoked.instance_id);
        let kept = outcome.body.len() <= LARGEST_RESULT;
        self.result = kept.then(|| String::from_utf8_lossy(&outcome.body).into_owned());
    }

    /// Whether its end is too long ago to be told.
    pub(crate) fn is_forgotten(&self, now: DateTime<Utc>) -> bool {
        self.ended
            .is_some_and(|ended| now - ended > TimeDelta::days(KEPT))
    }

    /// As answers have it. The generations have other names for the same.
    pub(crate) fn shown(&self, target: &Target, with_payload: bool) -> Fields {
        let mut shown = Fields::new();
        let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
        let (id, payload, error) = match target.generation.has_services() {
            true => {
                put("serviceName", json!(self.service));
                put("functionName", json!(self.function));
                (
                    "invocationId",
                    "invocationPayload",
                    "invocationErrorMessage",
                )
            }
            false => {
                let arn = target.arn(&format!("functions/{}", self.function));
                put("functionArn", json!(arn));
                ("taskId", "taskPayload", "taskErrorMessage")
            }
        };
        put(id, json!(self.id));
        put(error, json!(self.error));
        put("qualifier", json!(self.qualifier));
        put("requestId", json!(self.request_id));
        put("status", json!(self.status));
        put("startedTime", json!(self.started.timestamp_millis()));
        put("durationMs", json!(self.duration));
        put("alreadyRetriedTimes", json!(self.retries));
        put("instanceId", json!(self.instance));
        put("events", self.events());
        if let Some(ended) = self.ended {
            put("endTime", json!(ended.timestamp_millis()));
            put("destinationStatus", json!(self.status));
        }
        if with_payload {
            put(payload, json!(self.payload()));
            put("returnPayload", json!(self.result));
        }
        shown
    }

    fn events(&self) -> Value {
        let numbered = self.events.iter().zip(1..);
        let events = numbered.map(|(event, number)| {
            json!({
                "eventId": number,
                "status": event.status,
                "timestamp": event.at.timestamp_millis(),
                "eventDetail": event.detail,
            })
        });
        events.collect()
    }

    fn payload(&self) -> String {
        let bytes = STANDARD.decode(&self.payload).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
