//! The last requests, kept so that the admin API can tell what happened and why.

mod kept;
mod usage;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use policy::{Context, Decision, Verdict};

use crate::{Caller, Layers, RequestId};
use usage::Usage;

pub use kept::KeptHead;
pub(crate) use usage::Use;
pub use usage::{Missed, Used};

/// How many of the requests are remembered that went well. So few leave room in the processor's caches for what requests
/// are about.
pub const KEPT: usize = 256;
/// How many are of those that failed, or that asked for something which policies do not allow: they are asked about most.
pub const KEPT_REFUSED: usize = 1024;
/// The most bytes that either take together, about: a head may have 128 KiB, and a form more.
const ROOM: usize = 16 << 20;

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
    /// Whether it failed, or went well although policies do not allow all that it asked for.
    fn is_refused(&self) -> bool {
        let denied = |asked: &Asked| asked.decision.verdict != Verdict::Allow;
        self.code.is_some() || self.asked.iter().any(denied)
    }

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

/// The last records, bounded in number and in bytes.
#[derive(Debug, Default)]
pub struct Records {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    refused: Ring,
    others: Ring,
    /// How many records there were.
    count: u64,
    usage: Usage,
}

#[derive(Debug, Default)]
struct Ring {
    records: VecDeque<Entry>,
    weight: usize,
}

#[derive(Debug)]
struct Entry {
    /// Counts all records.
    number: u64,
    weight: usize,
    record: Arc<Record>,
}

impl Kept {
    /// Gives back the last that had to go, for whoever pushes to drop when nobody waits for it.
    fn push(&mut self, weight: usize, record: Arc<Record>) -> Option<Entry> {
        // Now, while it is in the processor's caches.
        self.usage.fold(&record);
        self.count += 1;
        let (ring, most) = match record.is_refused() {
            true => (&mut self.refused, KEPT_REFUSED),
            false => (&mut self.others, KEPT),
        };
        let number = self.count;
        let entry = Entry {
            number,
            weight,
            record,
        };
        ring.push(entry, most)
    }

    /// The newest first.
    fn iter(&self) -> impl Iterator<Item = &Arc<Record>> {
        let (mut refused, mut others) = (self.refused.iter(), self.others.iter());
        let (mut a, mut b) = (refused.next(), others.next());
        std::iter::from_fn(move || {
            let number = |entry: Option<&Entry>| entry.map(|entry| entry.number);
            let newest = match number(a) > number(b) {
                true => std::mem::replace(&mut a, refused.next()),
                false => std::mem::replace(&mut b, others.next()),
            };
            newest.map(|entry| &entry.record)
        })
    }
}

impl Ring {
    fn push(&mut self, entry: Entry, most: usize) -> Option<Entry> {
        let mut last = None;
        while self.records.len() == most || self.weight + entry.weight > ROOM {
            let Some(oldest) = self.records.pop_front() else {
                break;
            };
            self.weight -= oldest.weight;
            last = Some(oldest);
        }
        self.weight += entry.weight;
        self.records.push_back(entry);
        last
    }

    /// The newest first.
    fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.records.iter().rev()
    }
}

impl Records {
    /// Adds a record and drops the oldest of its kind when there are too many, or they take too much room.
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
        let usage = &self.lock().usage;
        (usage.iter().filter(wanted).collect(), usage.missed)
    }

    /// Forgets which permissions were asked for. The records stay.
    pub fn forget_used(&self) {
        self.lock().usage = Usage::default();
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
        *self.lock() = Kept::default();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(|e| e.into_inner())
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
    fn what_was_refused_outlasts_the_rest_and_stays_in_order() {
        let records = Records::default();
        let mut failed = record("/failed");
        failed.code = Some("NoSuchKey");
        let mut denied = asking("oss:GetObject");
        denied.asked[0].decision.verdict = Verdict::ExplicitDeny;
        records.push(failed);
        records.push(record("/between"));
        records.push(denied);
        let paths = |records: &Records| -> Vec<String> {
            let latest = records.latest(3);
            latest.iter().map(|r| r.head.path().to_owned()).collect()
        };
        assert_eq!(paths(&records), ["/", "/between", "/failed"]);
        assert_eq!(records.latest_failure().unwrap().head.path(), "/failed");
        for _ in 0..KEPT {
            records.push(record("/later"));
        }
        assert_eq!(records.latest(usize::MAX).len(), KEPT + 2);
        assert_eq!(paths(&records), ["/later"; 3]);
        assert_eq!(records.latest_failure().unwrap().head.path(), "/failed");
        for _ in 0..KEPT_REFUSED {
            let mut one = record("/again");
            one.code = Some("NoSuchKey");
            records.push(one);
        }
        assert_eq!(records.latest_failure().unwrap().head.path(), "/again");
        assert_eq!(records.latest(usize::MAX).len(), KEPT + KEPT_REFUSED);
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
