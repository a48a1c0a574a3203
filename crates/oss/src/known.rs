//! Buckets that were looked up before.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use gateway::Fault;
use hashbrown::HashMap;
use store::{Batch, Key};

use crate::Oss;
use crate::rows::{self, Bucket, Kind};

/// The most buckets that are kept; beyond that all are forgotten at once.
const MOST: usize = 1024;

/// What buckets' rows said when they were last read.
///
/// Nothing here outlives a change of its row: a bucket is used as it stands only while the store's stamp is the one
/// that was taken before its row was read (`store::Meta::stamp`: nothing but objects was committed since), and else its row
/// and its policy's are read again. A row that is gone is never known.
#[derive(Default)]
pub(crate) struct Buckets(RwLock<HashMap<Arc<str>, Known>>);

struct Known {
    stamp: AtomicU64,
    version: u64,
    bucket: Arc<Bucket>,
    open: Mutex<Option<Open>>,
}

/// That puts are let into a bucket.
#[derive(Clone)]
pub(crate) struct Open {
    /// When the row that every put expects was read, or earlier.
    stamp: Option<u64>,
    /// Its name.
    row: Key,
    version: u64,
}

impl Open {
    /// Puts are let into this bucket by this version of its incarnation, which was read when the store had this stamp.
    pub(crate) fn new(bucket: &Bucket, version: u64, stamp: Option<u64>) -> Self {
        Self {
            stamp,
            row: rows::incarnation_key(&bucket.name).into(),
            version,
        }
    }

    /// Expects the bucket to be as it is, as every commit does that puts something into it.
    pub(crate) fn expect(&self, batch: &mut Batch) {
        batch.expect_remembered(&self.row, self.version, self.stamp);
    }
}

impl fmt::Debug for Buckets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Buckets")
    }
}

impl Buckets {
    /// The bucket, if nothing was committed since its row was read.
    fn standing(&self, name: &str, stamp: Option<u64>) -> Option<Arc<Bucket>> {
        let known = self.0.read().unwrap_or_else(|e| e.into_inner());
        let known = known.get(name)?;
        let stands = stamp == Some(known.stamp.load(Ordering::Acquire));
        stands.then(|| known.bucket.clone())
    }

    /// The bucket, if its row is still of this version.
    fn unchanged(&self, name: &str, version: u64) -> Option<Arc<Bucket>> {
        let known = self.0.read().unwrap_or_else(|e| e.into_inner());
        let known = known.get(name).filter(|known| known.version == version)?;
        Some(known.bucket.clone())
    }

    /// Everything about the bucket was read when the store had this stamp, or later.
    fn keep(&self, bucket: Arc<Bucket>, version: u64, stamp: Option<u64>) {
        let Some(stamp) = stamp else { return };
        if self.stands_again(&bucket, version, stamp) {
            return;
        }
        let mut known = self.0.write().unwrap_or_else(|e| e.into_inner());
        if known.len() >= MOST {
            known.clear();
        }
        let name = bucket.name.clone();
        let one = Known {
            stamp: AtomicU64::new(stamp),
            version,
            bucket,
            open: Mutex::default(),
        };
        known.insert(name, one);
    }

    /// What every put into the bucket expects, if nothing was committed since it was kept.
    pub(crate) fn open(&self, bucket: &Bucket, stamp: Option<u64>) -> Option<Open> {
        let known = self.0.read().unwrap_or_else(|e| e.into_inner());
        let known = known.get(&bucket.name)?;
        let open = known.open.lock().unwrap_or_else(|e| e.into_inner());
        let open = open.as_ref().filter(|open| stamp == open.stamp)?;
        (known.bucket.incarnation == bucket.incarnation).then(|| open.clone())
    }

    /// Keeps what every put into the bucket expects.
    pub(crate) fn keep_open(&self, bucket: &Bucket, open: Open) {
        let known = self.0.read().unwrap_or_else(|e| e.into_inner());
        let known = known.get(&bucket.name);
        let same = known.filter(|known| known.bucket.incarnation == bucket.incarnation);
        if let (Some(same), Some(_)) = (same, open.stamp) {
            *same.open.lock().unwrap_or_else(|e| e.into_inner()) = Some(open);
        }
    }

    /// Whether it is the very bucket that is known, which then only needs its new stamp.
    fn stands_again(&self, bucket: &Arc<Bucket>, version: u64, stamp: u64) -> bool {
        let known = self.0.read().unwrap_or_else(|e| e.into_inner());
        let known = known.get(&bucket.name);
        let same =
            known.filter(|known| known.version == version && Arc::ptr_eq(&known.bucket, bucket));
        if let Some(same) = same {
            same.stamp.store(stamp, Ordering::Release);
        }
        same.is_some()
    }
}

impl Oss {
    /// The bucket of this name, with its policy, so that whoever guards it by `locate::bucket_guard` heeds that, too.
    pub(crate) async fn bucket(&self, name: &str) -> Result<Option<Arc<Bucket>>, Fault> {
        let stamp = self.store.meta.stamp();
        if let Some(bucket) = self.buckets.standing(name, stamp) {
            return Ok(Some(bucket));
        }
        let Some(row) = self.store.meta.get(&rows::bucket_key(name)).await? else {
            return Ok(None);
        };
        let known = self.buckets.unchanged(name, row.version);
        let mut bucket = match known {
            Some(known) if !known.settings.has(Kind::Policy) => {
                self.buckets.keep(known.clone(), row.version, stamp);
                return Ok(Some(known));
            }
            Some(known) => Bucket::clone(&known),
            None => Bucket::decode(name, &row.value)?,
        };
        // The policy has a row of its own, which changes without the bucket's.
        bucket.policy = self.setting(&bucket).await?;
        let bucket = Arc::new(bucket);
        self.buckets.keep(bucket.clone(), row.version, stamp);
        Ok(Some(bucket))
    }
}
