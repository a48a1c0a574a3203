//! The last requests, kept so that the admin API can tell what happened and why.

mod kept;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use policy::{Context, Decision};

use crate::{Caller, Layers, RequestId};

pub use kept::KeptHead;

/// How many requests are remembered.
pub const KEPT: usize = 1024;
/// The most bytes that they take together, about: a head may have 128 KiB, and a form more.
const ROOM: usize = 32 << 20;

/// A permission that was asked for while a request ran, with everything the decision rested on.
#[derive(Debug, Clone)]
pub struct Asked {
    /// For whom; mostly who made the request.
    pub caller: Arc<Caller>,
    /// Such as `oss:PutObject`.
    pub action: &'static str,
    /// The resource.
    pub arn: String,
    /// The policies, as they were.
    pub layers: Layers,
    /// The condition keys, as they were; none where no policy asks for one.
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
    pub head: KeptHead,
    /// Who made it, if that could be established.
    pub caller: Option<Arc<Caller>>,
    /// What was asked for, in order.
    pub asked: Vec<Asked>,
    /// The HTTP status.
    pub status: u16,
    /// The error code, if it failed.
    pub code: Option<&'static str>,
}

impl Record {
    /// About how many bytes it takes to keep this.
    fn weight(&self) -> usize {
        let text = |(key, value): (&str, &str)| key.len() + value.len();
        let asked = self.asked.iter().map(|asked| {
            let context = asked.context.iter().map(text).sum::<usize>();
            size_of::<Asked>() + asked.arn.len() + context
        });
        size_of::<Self>() + self.head.weight() + asked.sum::<usize>()
    }
}

/// A ring of records, bounded in number and in bytes.
#[derive(Debug, Default)]
pub struct Records {
    ring: Mutex<Ring>,
}

#[derive(Debug, Default)]
struct Ring {
    /// Each with its weight.
    records: VecDeque<(usize, Arc<Record>)>,
    weight: usize,
}

impl Ring {
    fn push(&mut self, record: Record) {
        let weight = record.weight();
        while self.records.len() == KEPT || self.weight + weight > ROOM {
            let Some((gone, _)) = self.records.pop_front() else {
                break;
            };
            self.weight -= gone;
        }
        self.weight += weight;
        self.records.push_back((weight, Arc::new(record)));
    }

    /// The newest first.
    fn iter(&self) -> impl Iterator<Item = &Arc<Record>> {
        self.records.iter().rev().map(|(_, record)| record)
    }
}

impl Records {
    /// Adds a record and drops the oldest when there are too many, or they take too much room.
    pub fn push(&self, record: Record) {
        self.lock().push(record);
    }

    /// The record of a request, if it is recent enough.
    pub fn find(&self, id: &str) -> Option<Arc<Record>> {
        self.lock().iter().find(|r| r.id.as_str() == id).cloned()
    }

    /// The newest records first, `limit` at most.
    pub fn latest(&self, limit: usize) -> Vec<Arc<Record>> {
        self.lock().iter().take(limit).cloned().collect()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.lock() = Ring::default();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(|e| e.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Head;

    fn record(path: &str) -> Record {
        let (parts, ()) = http::Request::get(path).body(()).unwrap().into_parts();
        Record {
            id: crate::id::Ids::new().oss(DateTime::UNIX_EPOCH),
            at: DateTime::UNIX_EPOCH,
            took: Duration::ZERO,
            service: "oss",
            op: None,
            head: KeptHead::of(&Head::new(parts, [127, 0, 0, 1].into(), false, &[])),
            caller: None,
            asked: Vec::new(),
            status: 200,
            code: None,
        }
    }

    #[test]
    fn the_newest_records_are_kept() {
        let records = Records::default();
        for n in 0..KEPT + 2 {
            records.push(record(&format!("/{n}")));
        }
        let kept = records.latest(usize::MAX);
        assert_eq!(kept.len(), KEPT);
        assert_eq!(kept[0].head.path(), format!("/{}", KEPT + 1));
        assert!(records.find(kept[KEPT - 1].id.as_str()).is_some());
        records.clear();
        assert!(records.latest(1).is_empty());
    }

    #[test]
    fn large_requests_make_room_for_themselves() {
        let records = Records::default();
        let large = format!("/?{}", "a&".repeat(30_000));
        let weight = record(&large).weight();
        assert!(weight > 60_000, "{weight}");
        for _ in 0..KEPT {
            records.push(record(&large));
        }
        let kept = records.latest(usize::MAX).len();
        assert!(
            kept > 1 && kept * weight <= ROOM,
            "{kept} of {weight} bytes"
        );
        for _ in 0..KEPT {
            records.push(record("/small"));
        }
        assert_eq!(records.latest(usize::MAX).len(), KEPT);
    }

    #[test]
    fn one_record_is_kept_however_large_it_is() {
        let records = Records::default();
        let mut huge = record("/");
        let (parts, ()) = http::Request::get("/").body(()).unwrap().into_parts();
        let mut head = Head::new(parts, [127, 0, 0, 1].into(), false, &[]);
        head.form = Some(signature::Query::from_pairs([("a", "b".repeat(ROOM))]));
        huge.head = KeptHead::of(&head);
        records.push(huge);
        assert_eq!(records.latest(usize::MAX).len(), 1);
    }
}
