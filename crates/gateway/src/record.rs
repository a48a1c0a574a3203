//! The last requests, kept so that the admin API can tell what happened and why.

mod kept;
mod usage;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use policy::{Context, Decision};

use crate::{Caller, Layers, RequestId};
use usage::Usage;

pub use kept::KeptHead;
pub(crate) use usage::Use;
pub use usage::{Missed, Used};

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
    /// The condition keys that say how much of the resource was meant.
    pub narrowing: &'static [&'static str],
    /// The condition keys, as they were; none where no policy asks for one and there is nothing to narrow.
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
    usage: Usage,
    /// How many of the records, the oldest, are part of `usage` already.
    folded: usize,
}

impl Ring {
    /// Gives back the last that had to go, for whoever pushes to drop when nobody waits for it.
    fn push(&mut self, weight: usize, record: Arc<Record>) -> Option<Arc<Record>> {
        let mut last = None;
        while self.records.len() == KEPT || self.weight + weight > ROOM {
            let Some((gone, oldest)) = self.records.pop_front() else {
                break;
            };
            self.weight -= gone;
            match self.folded.checked_sub(1) {
                Some(rest) => self.folded = rest,
                None => self.usage.fold(&oldest),
            }
            last = Some(oldest);
        }
        self.weight += weight;
        self.records.push_back((weight, record));
        last
    }

    /// The permissions that were asked for, up to now.
    fn usage(&mut self) -> &Usage {
        for (_, record) in self.records.iter().skip(self.folded) {
            self.usage.fold(record);
        }
        self.folded = self.records.len();
        &self.usage
    }

    /// The newest first.
    fn iter(&self) -> impl Iterator<Item = &Arc<Record>> {
        self.records.iter().rev().map(|(_, record)| record)
    }
}

impl Records {
    /// Adds a record and drops the oldest when there are too many, or they take too much room.
    pub fn push(&self, record: Record) {
        let weight = record.weight();
        let record = Arc::new(record);
        let gone = self.lock().push(weight, record);
        drop(gone);
    }

    /// The record of a request, if it is recent enough.
    pub fn find(&self, id: &str) -> Option<Arc<Record>> {
        self.lock().iter().find(|r| r.id.as_str() == id).cloned()
    }

    /// The newest records first, `limit` at most.
    pub fn latest(&self, limit: usize) -> Vec<Arc<Record>> {
        self.lock().iter().take(limit).cloned().collect()
    }

    /// Every permission that was asked for and that `wanted` wants to know of, in no order, and what there was no room
    /// for.
    pub fn used(&self, wanted: impl Fn(&Used) -> bool) -> (Vec<Used>, Missed) {
        let mut ring = self.lock();
        let usage = ring.usage();
        let used = usage.iter().filter(|used| wanted(used));
        (used.cloned().collect(), usage.missed)
    }

    /// Forgets which permissions were asked for. The records stay.
    pub fn forget_used(&self) {
        let mut ring = self.lock();
        ring.usage = Usage::default();
        ring.folded = ring.records.len();
    }

    /// Remembers a permission that finds no room in the record of its request.
    pub(crate) fn note(&self, one: Use<'_>) {
        self.lock().usage.note(one);
    }

    /// The newest record of a request that failed.
    pub fn latest_failure(&self) -> Option<Arc<Record>> {
        self.lock().iter().find(|r| r.code.is_some()).cloned()
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

    fn asking(action: &'static str) -> Record {
        let mut one = record("/");
        one.asked.push(Asked {
            caller: Arc::new(Caller::anonymous()),
            action,
            arn: "b".to_owned(),
            layers: Layers {
                identity: Arc::default(),
                session: None,
                guard: crate::Guard::owned_by("1"),
            },
            narrowing: &[],
            context: Context::new(),
            decision: Decision {
                verdict: policy::Verdict::Allow,
                layer: policy::Layer::Acl,
                because: None,
                identity_deny: None,
                resource_deny: None,
            },
        });
        one
    }

    #[test]
    fn permissions_are_remembered_once_and_longer_than_records() {
        let records = Records::default();
        let used = || {
            let (mut used, missed) = records.used(|_| true);
            assert_eq!(missed, Missed::default());
            used.sort_by_key(|used| used.action);
            used.iter().map(|u| (u.action, u.count)).collect::<Vec<_>>()
        };
        records.push(asking("early"));
        assert_eq!(used(), [("early", 1)]);
        for _ in 0..KEPT + 9 {
            records.push(asking("often"));
        }
        assert_eq!(used(), [("early", 1), ("often", KEPT as u64 + 9)]);
        records.push(asking("early"));
        assert_eq!(used(), [("early", 2), ("often", KEPT as u64 + 9)]);
        records.forget_used();
        for _ in 0..KEPT + 9 {
            records.push(record("/"));
        }
        assert!(used().is_empty());
        records.push(asking("late"));
        records.clear();
        assert!(used().is_empty());
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
