//! The logs of the last invocations, in memory.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::{ErrorKind, Outcome, RevisionKey};

/// How many invocations are kept.
const INVOCATIONS: usize = 1024;
/// How much of the end of each is kept, in bytes.
const EACH: usize = 64 << 10;
/// How much is kept of all, in bytes.
const ALL: usize = 16 << 20;

/// What an invocation has logged, or a hook that runs outside of one.
#[derive(Debug, Clone)]
pub struct InvocationLog {
    /// Counts the invocations since the start of this server, from 1.
    pub number: u64,
    /// When the request came, in wall time.
    pub began: DateTime<Utc>,
    /// The id of the request.
    pub request_id: String,
    /// How the function failed, if it did.
    pub error: Option<ErrorKind>,
    /// The last 64 KiB of what was written.
    pub text: Bytes,
    function: RevisionKey,
}

/// Whose logs are asked for: a function of FC 3.0, in any version.
#[derive(Debug, Clone, Copy)]
pub struct LogsOf<'a> {
    /// The uid of the account.
    pub account: &'a str,
    /// The region.
    pub region: &'a str,
    /// The name.
    pub function: &'a str,
}

/// The last 1024 invocations, or fewer where they logged much: 16 MiB in all.
#[derive(Debug, Default)]
pub struct Logs(Mutex<Ring>);

#[derive(Debug, Default)]
struct Ring {
    kept: VecDeque<InvocationLog>,
    bytes: usize,
    last: u64,
}

impl Logs {
    /// Keeps what an invocation whose request came at `began` has logged.
    pub(crate) fn keep(
        &self,
        function: &RevisionKey,
        request_id: &str,
        outcome: &Outcome,
        began: DateTime<Utc>,
    ) {
        self.add(function, request_id, outcome.error, &outcome.log, began);
    }

    /// Keeps what was logged under this id.
    pub(crate) fn add(
        &self,
        function: &RevisionKey,
        request_id: &str,
        error: Option<ErrorKind>,
        log: &[u8],
        began: DateTime<Utc>,
    ) {
        // A copy, as a part of the whole would keep all of it.
        let text = Bytes::copy_from_slice(&log[log.len().saturating_sub(EACH)..]);
        let mut ring = self.lock();
        ring.last += 1;
        ring.bytes += text.len();
        let number = ring.last;
        ring.kept.push_back(InvocationLog {
            number,
            began,
            request_id: request_id.to_owned(),
            error,
            text,
            function: function.clone(),
        });
        while ring.kept.len() > INVOCATIONS || ring.bytes > ALL {
            let Some(oldest) = ring.kept.pop_front() else {
                return;
            };
            ring.bytes -= oldest.text.len();
        }
    }

    /// What is kept of a function's invocations after the one with this number, the oldest first, and the number of the
    /// last invocation of all.
    pub fn after(&self, number: u64, of: LogsOf<'_>) -> (Vec<InvocationLog>, u64) {
        let ring = self.lock();
        let fits = |log: &&InvocationLog| log.number > number && of.is(&log.function);
        let found = ring.kept.iter().filter(fits).cloned().collect();
        (found, ring.last)
    }

    /// Forgets everything but the count.
    pub fn clear(&self) {
        let mut ring = self.lock();
        ring.kept.clear();
        ring.bytes = 0;
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl LogsOf<'_> {
    fn is(self, key: &RevisionKey) -> bool {
        key.service.is_none()
            && *key.function == *self.function
            && *key.region == *self.region
            && *key.account == *self.account
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(function: &str) -> RevisionKey {
        RevisionKey {
            account: "1".into(),
            region: "cn-hangzhou".into(),
            service: None,
            function: function.into(),
            qualifier: "LATEST".into(),
            revision: 1,
        }
    }

    fn keep(logs: &Logs, function: &str, log: &str) {
        let outcome = Outcome {
            body: Bytes::new(),
            http: None,
            error: None,
            log: Bytes::copy_from_slice(log.as_bytes()),
            duration: std::time::Duration::ZERO,
            max_memory: 0,
        };
        logs.keep(&key(function), "1-2-3", &outcome, DateTime::UNIX_EPOCH);
    }

    fn texts(logs: &Logs, function: &str, after: u64) -> Vec<(u64, Bytes)> {
        let of = LogsOf {
            account: "1",
            region: "cn-hangzhou",
            function,
        };
        let (found, _) = logs.after(after, of);
        found
            .into_iter()
            .map(|log| (log.number, log.text))
            .collect()
    }

    #[test]
    fn logs_are_of_one_function_and_in_order() {
        let logs = Logs::default();
        for (function, text) in [("f", "1"), ("g", "2"), ("f", "3")] {
            keep(&logs, function, text);
        }
        assert_eq!(texts(&logs, "f", 0), [(1, "1".into()), (3, "3".into())]);
        assert_eq!(texts(&logs, "f", 1), [(3, "3".into())]);
        assert_eq!(texts(&logs, "g", 2), []);
        logs.clear();
        keep(&logs, "f", "4");
        assert_eq!(texts(&logs, "f", 0), [(4, "4".into())], "the count goes on");
    }

    #[test]
    fn as_much_is_kept_as_is_said() {
        let logs = Logs::default();
        for _ in 0..INVOCATIONS + 5 {
            keep(&logs, "f", "x");
        }
        assert_eq!(texts(&logs, "f", 0).len(), INVOCATIONS);
        let long = "a".to_owned() + &"x".repeat(EACH);
        for _ in 0..ALL / EACH + 5 {
            keep(&logs, "f", &long);
        }
        let kept = texts(&logs, "f", 0);
        assert_eq!(kept.len(), ALL / EACH);
        assert!(
            kept.iter().all(|(_, text)| *text == long[1..]),
            "their ends"
        );
    }
}
