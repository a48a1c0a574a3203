//! The line that the log has for each request.

use std::fmt::Debug;

use chrono::{DateTime, Utc};
use http::Method;

use crate::RequestId;

/// What the log says of one request.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// When it was answered, wall time.
    pub at: DateTime<Utc>,
    /// Its id.
    pub request: &'a RequestId,
    /// The service's short name.
    pub service: &'static str,
    /// The operation, or `-`.
    pub op: &'static str,
    /// The verb.
    pub method: &'a Method,
    /// The host that the client named.
    pub host: &'a str,
    /// The path as on the wire.
    pub path: &'a str,
    /// The HTTP status.
    pub status: u16,
    /// The error code, or `-`.
    pub code: &'static str,
    /// The key that signed, or `-`.
    pub key: &'a str,
    /// From arrival to the head of the answer.
    pub micros: u64,
}

/// Writes the lines of requests, in the place of events. To make, hand on and take apart an event of ten fields costs
/// several times as much as to write its line.
pub trait LineWriter: Debug + Send + Sync {
    /// Adds a line to the log.
    fn write(&self, line: &Line<'_>);
}

impl Line<'_> {
    /// The target of the event that a line is.
    pub const TARGET: &'static str = "gateway::serve";

    /// The line as an event.
    pub fn emit(&self) {
        tracing::info!(
            target: Line::TARGET,
            request = %self.request,
            service = self.service,
            op = self.op,
            method = %self.method,
            host = self.host,
            path = self.path,
            status = self.status,
            code = self.code,
            key = self.key,
            micros = self.micros,
            "request"
        );
    }
}
