//! The last requests, kept so that the admin API can tell what happened and why.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use policy::{Context, Decision};

use crate::{Caller, Head, Layers, RequestId};

/// How many requests are remembered.
const KEPT: usize = 1024;

/// A permission that was asked for while a request ran, with everything the decision rested on.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Such as `oss:PutObject`.
    pub action: &'static str,
    /// The resource.
    pub arn: String,
    /// The policies, as they were.
    pub layers: Layers,
    /// The condition keys, as they were.
    pub context: Context,
    /// What came of it.
    pub decision: Decision,
}

/// One request that was answered.
#[derive(Debug)]
pub struct Record {
    /// Its id.
    pub id: RequestId,
    /// When it arrived, wall time.
    pub at: DateTime<Utc>,
    /// From arrival to the head of the answer.
    pub took: Duration,
    /// The service's short name.
    pub service: &'static str,
    /// The operation, if the request was recognised.
    pub op: Option<&'static str>,
    /// Line and headers. Rendering must redact signatures and tokens.
    pub head: Arc<Head>,
    /// Who made it, if that could be established.
    pub caller: Option<Caller>,
    /// What was asked for, in order.
    pub asked: Vec<Asked>,
    /// The HTTP status.
    pub status: u16,
    /// The error code, if it failed.
    pub code: Option<&'static str>,
}

/// A bounded ring of records.
#[derive(Debug, Default)]
pub struct Records {
    ring: Mutex<VecDeque<Arc<Record>>>,
}

impl Records {
    /// Adds a record and drops the oldest when there are too many.
    pub fn push(&self, record: Record) {
        let mut ring = self.lock();
        if ring.len() == KEPT {
            ring.pop_front();
        }
        ring.push_back(Arc::new(record));
    }

    /// The record of a request, if it is recent enough.
    pub fn find(&self, id: &str) -> Option<Arc<Record>> {
        self.lock()
            .iter()
            .rev()
            .find(|r| r.id.as_str() == id)
            .cloned()
    }

    /// The newest records first, `limit` at most.
    pub fn latest(&self, limit: usize) -> Vec<Arc<Record>> {
        self.lock().iter().rev().take(limit).cloned().collect()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Arc<Record>>> {
        self.ring.lock().unwrap_or_else(|e| e.into_inner())
    }
}
