//! The settings of buckets: policy, CORS rules, tags and so on, one row each (`rows::setting`).
//!
//! A bucket's row says which settings it has, so a request to a bucket without any reads nothing for them. Whoever
//! sets or removes one expects the bucket's row as it was read, and so do those who change that row: a setting can
//! be neither left behind by a bucket that is deleted meanwhile nor lose its mark in the row. What a row says is
//! decoded once, kept, and used for as long as the row's version stays the same.

mod acceleration;
mod cors;
mod encryption;
mod lifecycle;
mod logging;
mod payment;
mod policy;
mod referer;
mod tags;
mod website;

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, RwLock};

use gateway::Fault;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{Batch, Expect};

use crate::rows::{self, Bucket, BucketId, Kind};
use crate::{Oss, fault};

pub(crate) use acceleration::TransferAcceleration;
pub(crate) use cors::{Cors, CorsQuestion, CorsRule};
pub(crate) use encryption::{BucketEncryption, ENCRYPTION};
pub(crate) use lifecycle::{LIFECYCLE, Lifecycle};
pub(crate) use logging::{LOGGING, Logging};
pub(crate) use payment::RequestPayment;
pub(crate) use policy::{BucketPolicy, LONGEST_POLICY};
pub(crate) use referer::{REFERER_CONFIG, Referers};
pub(crate) use tags::{BucketTags, TAGGING};
pub(crate) use website::{WEBSITE, Website};

/// One setting of a bucket, as a type: what its row says.
///
/// ```text
/// #[derive(Serialize, Deserialize)]
/// pub(crate) struct Payment { requester_pays: bool }
/// impl Setting for Payment { const KIND: Kind = Kind::RequestPayment; }
///
/// service.put_setting(&bucket, &Payment { requester_pays: true }).await?;
/// let payment: Option<Arc<Payment>> = service.setting(&bucket).await?;
/// service.delete_setting::<Payment>(&bucket).await?;
/// ```
pub(crate) trait Setting:
    Serialize + DeserializeOwned + fmt::Debug + Send + Sync + Sized + 'static
{
    /// Which row it is.
    const KIND: Kind;
}

/// The most settings that are kept decoded; beyond that all are forgotten at once.
const MOST: usize = 4096;

/// What rows said when they were last read.
#[derive(Default)]
pub(crate) struct Decoded(RwLock<HashMap<(BucketId, Kind), Known>>);

#[derive(Clone)]
struct Known {
    version: u64,
    value: Arc<dyn Any + Send + Sync>,
}

impl fmt::Debug for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decoded")
    }
}

impl Decoded {
    fn get<T: Setting>(&self, bucket: BucketId, version: u64) -> Option<Arc<T>> {
        let known = self.0.read().unwrap_or_else(|e| e.into_inner());
        let known = known.get(&(bucket, T::KIND))?;
        let value = (known.version == version).then(|| known.value.clone())?;
        value.downcast().ok()
    }

    fn keep<T: Setting>(&self, bucket: BucketId, version: u64, value: Arc<T>) {
        let mut known = self.0.write().unwrap_or_else(|e| e.into_inner());
        if known.len() >= MOST {
            known.clear();
        }
        known.insert((bucket, T::KIND), Known { version, value });
    }
}

impl Oss {
    /// A setting of a bucket, if it has it. Costs nothing where the bucket's row, as it was read, does not name it.
    pub(crate) async fn setting<T: Setting>(
        &self,
        bucket: &Bucket,
    ) -> Result<Option<Arc<T>>, Fault> {
        if !bucket.settings.has(T::KIND) {
            return Ok(None);
        }
        let key = rows::setting_key(bucket.incarnation, T::KIND);
        let Some(row) = self.store.meta.get(&key).await? else {
            return Ok(None);
        };
        if let Some(value) = self.decoded.get::<T>(bucket.incarnation, row.version) {
            return Ok(Some(value));
        }
        let value = Arc::new(rows::decode::<T>(&row.value)?);
        self.decoded
            .keep(bucket.incarnation, row.version, value.clone());
        Ok(Some(value))
    }

    /// Gives a bucket a setting, in one commit. A bucket that was deleted meanwhile is `NoSuchBucket`.
    pub(crate) async fn put_setting<T: Setting>(
        &self,
        bucket: &Bucket,
        value: &T,
    ) -> Result<(), Fault> {
        let key = rows::setting_key(bucket.incarnation, T::KIND);
        let value = rows::encode(value)?;
        self.reconfigure(bucket, |bucket, batch| {
            bucket.settings.set(T::KIND, true);
            batch.put(&key, value.clone());
        })
        .await
    }

    /// Takes a setting from a bucket, in one commit. That it has none is no error.
    pub(crate) async fn delete_setting<T: Setting>(&self, bucket: &Bucket) -> Result<(), Fault> {
        let key = rows::setting_key(bucket.incarnation, T::KIND);
        self.reconfigure(bucket, |bucket, batch| {
            bucket.settings.set(T::KIND, false);
            batch.delete(&key);
        })
        .await
    }

    /// Makes a setting of what it was, in one commit; `None` takes it away. `change` runs again after a conflict.
    pub(crate) async fn update_setting<T: Setting>(
        &self,
        bucket: &Bucket,
        change: impl Fn(Option<T>) -> Option<T> + Send + Sync,
    ) -> Result<(), Fault> {
        let key = rows::setting_key(bucket.incarnation, T::KIND);
        loop {
            let row = self.store.meta.get(&key).await?;
            let before = row.as_ref().map(|row| rows::decode(&row.value));
            let after = change(before.transpose()?);
            let value = after.as_ref().map(rows::encode).transpose()?;
            let expect = row.map_or(Expect::Absent, |row| Expect::Version(row.version));
            let done = self.try_reconfigure(bucket, |bucket, batch| {
                bucket.settings.set(T::KIND, value.is_some());
                batch.expect(&key, expect);
                match &value {
                    Some(value) => batch.put(&key, value.clone()),
                    None => batch.delete(&key),
                };
            });
            if done.await? {
                return Ok(());
            }
        }
    }

    /// Changes a bucket's row, and whatever must change in the same commit. `change` runs again after a conflict.
    /// A bucket that was deleted meanwhile is `NoSuchBucket`.
    pub(crate) async fn reconfigure(
        &self,
        bucket: &Bucket,
        change: impl Fn(&mut Bucket, &mut Batch) + Send + Sync,
    ) -> Result<(), Fault> {
        while !self.try_reconfigure(bucket, &change).await? {}
        Ok(())
    }

    /// The same, once. Returns whether no conflict came between.
    async fn try_reconfigure(
        &self,
        bucket: &Bucket,
        change: impl Fn(&mut Bucket, &mut Batch) + Send + Sync,
    ) -> Result<bool, Fault> {
        let key = rows::bucket_key(&bucket.name);
        let row = self.store.meta.get(&key).await?;
        let row = row.ok_or_else(|| fault::no_such_bucket(&bucket.name))?;
        let now = Bucket::decode(&bucket.name, &row.value)?;
        if now.incarnation != bucket.incarnation {
            return Err(fault::no_such_bucket(&bucket.name));
        }
        let mut batch = Batch::new();
        batch.expect_version(&key, row.version);
        let mut changed = now.clone();
        change(&mut changed, &mut batch);
        if changed != now {
            batch.put(&key, changed.encode()?);
        }
        match self.store.meta.commit(batch).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_conflict() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
