//! What a bucket holds.

use gateway::Fault;
use store::Row;

use crate::Oss;
use crate::rows::{self, Bucket, Count, StorageClass};

/// What a bucket holds of one storage class, or of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// Objects.
    pub(crate) objects: i64,
    /// Their bytes.
    pub(crate) bytes: i64,
    /// The bytes that are paid for.
    pub(crate) billed: i64,
}

/// What a bucket holds of every storage class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Stat([Held; StorageClass::ALL.len()]);

impl Stat {
    /// What it holds of one.
    pub(crate) fn of(&self, class: StorageClass) -> Held {
        let place = StorageClass::ALL.iter().position(|other| *other == class);
        let held = place.and_then(|place| self.0.get(place));
        held.copied().unwrap_or_default()
    }

    /// What it holds altogether.
    pub(crate) fn all(&self) -> Held {
        let sum = |what: fn(&Held) -> i64| self.0.iter().map(what).sum();
        Held {
            objects: sum(|held| held.objects),
            bytes: sum(|held| held.bytes),
            billed: sum(|held| held.billed),
        }
    }
}

impl Oss {
    /// What a bucket holds, from its counters, all as they were at one instant.
    pub(crate) async fn stat(&self, bucket: &Bucket) -> Result<Stat, Fault> {
        let view = self.store.meta.view().await?;
        let read = async |class, what| {
            let key = rows::count_key(bucket.incarnation, class, what);
            let row = view.get(key.as_ref()).await?;
            Ok::<_, Fault>(row.as_ref().map_or(0, Row::counter))
        };
        let mut stat = Stat::default();
        for (held, class) in stat.0.iter_mut().zip(StorageClass::ALL) {
            held.objects = read(class, Count::Objects).await?;
            held.bytes = read(class, Count::Bytes).await?;
            held.billed = held.bytes + read(class, Count::Padding).await?;
        }
        Ok(stat)
    }
}
