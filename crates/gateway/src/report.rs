//! What can be told about a request that is over: everything in its record, decided and verified once more with open
//! ears. Nothing of this is made before somebody asks.

mod redact;
mod signed;
mod text;

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use policy::{Context, Explanation};
use serde::Serialize;

use crate::authorize::{Question, conditions};
use crate::record::Asked;
use crate::{AuthMode, Caller, Gateway, Head, Link, Moment, Record, Service};

pub use signed::{Guessed, Trouble};

/// A request that is over, told in full. Signatures, tokens, passwords and keys are left out.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The request's id.
    pub id: String,
    /// When it arrived, wall time.
    pub time: String,
    /// From arrival to the head of the answer, in microseconds.
    pub took_micros: u64,
    /// The service's short name.
    pub service: &'static str,
    /// The operation, if the request was recognised.
    pub operation: Option<&'static str>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The error code, if it failed.
    pub code: Option<&'static str>,
    /// What was sent.
    pub sent: Sent,
    /// Who sent it, if that could be established.
    pub caller: Option<Who>,
    /// Why it could not, if a signature was looked at.
    pub authentication: Option<Trouble>,
    /// Every permission that was asked for, in order.
    pub permissions: Vec<Explanation>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

/// Line and headers of a request.
#[derive(Debug, Clone, Serialize)]
pub struct Sent {
    /// The verb.
    pub method: String,
    /// The host that the client named.
    pub host: String,
    /// The path as on the wire.
    pub path: String,
    /// The parameters of the URL, decoded.
    pub query: Vec<(String, String)>,
    /// The parameters of the body, decoded, where the service reads them.
    pub form: Vec<(String, String)>,
    /// The headers, in their order.
    pub headers: Vec<(String, String)>,
    /// The address it came from.
    pub peer: String,
    /// Whether it came through TLS.
    pub secure: bool,
}

/// Who made a request, and how they came to be who they are.
#[derive(Debug, Clone, Serialize)]
pub struct Who {
    /// The ARN, or what stands for one.
    pub principal: String,
    /// The key that signed.
    pub access_key_id: Option<String>,
    /// What a role session brings along.
    pub session: Option<Came>,
}

/// How a role session came to be.
#[derive(Debug, Clone, Serialize)]
pub struct Came {
    /// When it ends, in virtual time.
    pub expires: String,
    /// Whether a session policy narrows it.
    pub has_policy: bool,
    /// The source identity.
    pub source_identity: Option<String>,
    /// Who assumed the role, the nearest first.
    pub chain: Vec<Link>,
}

impl Who {
    fn of(caller: &Caller) -> Self {
        let session = caller.session.as_deref().map(|session| Came {
            expires: seconds(session.expires),
            has_policy: session.policy.is_some(),
            source_identity: session.source_identity.clone(),
            chain: session.chain.clone(),
        });
        Self {
            principal: caller.principal.arn(),
            access_key_id: caller.access_key_id.as_deref().map(str::to_owned),
            session,
        }
    }
}

impl Gateway {
    /// Tells everything about a request of this service. `names` are the bare host names of this server.
    pub async fn report<S: Service>(
        &self,
        service: &S,
        record: &Record,
        names: &[String],
    ) -> Report {
        let head = record.head.revive(names).ok();
        let now = Moment {
            wall: record.at,
            virtual_: self.clock.virtual_at(record.at),
            monotonic: Duration::ZERO,
        };
        let authentication = match &head {
            Some(head) if record.op.is_some() && record.caller.is_none() => {
                self.trouble(service, head, &now).await
            }
            _ => None,
        };
        let explain = |asked: &Asked| asked.explain(service, record.op, head.as_ref(), &now);
        let mut report = Report {
            id: record.id.to_string(),
            time: record.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            took_micros: u64::try_from(record.took.as_micros()).unwrap_or(u64::MAX),
            service: record.service,
            operation: record.op,
            status: record.status,
            code: record.code,
            sent: redact::sent(&record.head, head.as_ref()),
            caller: record.caller.as_deref().map(Who::of),
            authentication,
            permissions: record.asked.iter().map(explain).collect(),
            notes: Vec::new(),
        };
        report.notes = self.notes(&report);
        report
    }

    fn notes(&self, report: &Report) -> Vec<String> {
        let mut notes = Vec::new();
        let refused = report.permissions.iter().any(|one| !one.is_allow());
        match (self.mode(), report.permissions.is_empty()) {
            (AuthMode::Off, _) => {
                notes.push("nothing was checked: the server runs with --auth off")
            }
            (AuthMode::Audit, _) if refused => {
                notes.push("it went through all the same: the server runs with --auth audit");
            }
            (_, false) => {}
            (_, true) if report.operation.is_none() => {
                notes.push("it names no operation that is known here, so nothing was asked");
            }
            (_, true) if report.authentication.is_some() => {}
            (_, true) if report.code.is_some() => {
                notes.push("it failed before any permission was asked for");
            }
            (_, true) => notes.push("the operation needs no permission"),
        }
        if report.permissions.len() == crate::authorize::MAX_NOTED {
            notes.push("if it asked for more permissions than these, they were not kept");
        }
        notes.into_iter().map(str::to_owned).collect()
    }
}

impl Asked {
    /// The decision once more, with its reasons. The condition keys were only written out if some policy asks for one;
    /// else they are made now, by the same function, from what was kept of the request.
    fn explain<S: Service>(
        &self,
        service: &S,
        op: Option<&'static str>,
        head: Option<&Head>,
        now: &Moment,
    ) -> Explanation {
        let kept = self.context.iter().next().is_some();
        let op = service.ops().iter().find(|one| Some(one.name) == op);
        let made = match (kept, op, head) {
            (false, Some(op), Some(head)) => {
                let question = Question {
                    service,
                    op,
                    caller: &self.caller,
                    head,
                    now,
                    action: self.action,
                };
                conditions(&question, &self.layers.guard)
            }
            _ => Context::new(),
        };
        self.layers.explain(&policy::Request {
            principal: &self.caller.principal,
            action: self.action,
            resource: &self.arn,
            context: if kept { &self.context } else { &made },
        })
    }
}

fn seconds(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
