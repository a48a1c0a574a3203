//! Which triggers an object's event sets off. A row for each bucket that has some lists them, so an event costs one look-up,
//! and where there are none, not even that.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use gateway::Fault;
use serde::{Deserialize, Serialize};
use store::{Batch, Error};

use super::Rule;
use crate::rows::{self, Owner, TriggerRow, WATCHED};
use crate::{Fc, fault};

/// How many triggers a bucket may have (spec/fc.md §1.9).
const MOST: usize = 10;

/// One trigger of a bucket.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Watch {
    pub(crate) account: String,
    pub(crate) region: String,
    /// Empty in FC 3.0.
    pub(crate) service: String,
    pub(crate) function: String,
    pub(crate) trigger: String,
    /// The trigger's.
    pub(crate) id: String,
    pub(crate) qualifier: String,
    /// The ARN of the role that OSS runs the function with.
    pub(crate) role: String,
    pub(crate) rule: Rule,
}

impl Watch {
    fn new(of: &Owner, row: &TriggerRow) -> Result<Self, Fault> {
        Ok(Self {
            account: of.place.account.to_string(),
            region: of.place.region.to_string(),
            service: of.place.service.to_string(),
            function: of.function.to_string(),
            trigger: row.name.clone(),
            id: row.id.clone(),
            qualifier: row.qualifier.clone(),
            role: row.invocation_role.clone(),
            rule: Rule::read(&row.config)?,
        })
    }

    fn is(&self, of: &Owner, row: &TriggerRow) -> bool {
        let place = &of.place;
        *place.account == *self.account
            && *place.region == *self.region
            && *place.service == *self.service
            && *self.function == *of.function
            && self.trigger == row.name
    }
}

/// The buckets that have triggers. Forgotten whenever that may have changed, and read again when somebody asks.
#[derive(Debug, Default)]
pub(crate) struct Watched(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    /// How often it was forgotten: what was read before is not kept after.
    forgotten: u64,
    buckets: Option<HashSet<String>>,
}

impl Watched {
    /// Forgets which there are.
    pub(crate) fn forget(&self) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.forgotten += 1;
        known.buckets = None;
    }

    /// Whether a bucket is among them, if that is known; else what to say once it is.
    pub(crate) fn look(&self, bucket: &str) -> Result<bool, u64> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let buckets = known.buckets.as_ref().ok_or(known.forgotten)?;
        Ok(buckets.contains(bucket))
    }

    fn learn(&self, buckets: HashSet<String>, asked: u64) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.forgotten == asked {
            known.buckets = Some(buckets);
        }
    }
}

impl Fc {
    /// Whether a bucket has triggers.
    pub(crate) async fn is_watched(&self, bucket: &str) -> Result<bool, Fault> {
        let asked = match self.watched.look(bucket) {
            Ok(watched) => return Ok(watched),
            Err(asked) => asked,
        };
        let buckets = self.watched_buckets().await?;
        let watched = buckets.contains(bucket);
        self.watched.learn(buckets, asked);
        Ok(watched)
    }

    /// The triggers of a bucket.
    pub(crate) async fn watches_of(&self, bucket: &str) -> Result<Vec<Watch>, Fault> {
        Ok(self.watch_row(bucket).await?.0)
    }

    async fn watched_buckets(&self) -> Result<HashSet<String>, Fault> {
        let view = self.store.meta.view().await?;
        let mut rows = view.cursor(WATCHED.as_bytes());
        let mut buckets = HashSet::new();
        while let Some(row) = rows.next().await? {
            buckets.insert(String::from_utf8_lossy(&row.key[WATCHED.len()..]).into_owned());
        }
        Ok(buckets)
    }

    /// What the bucket's row says, and its version.
    async fn watch_row(&self, bucket: &str) -> Result<(Vec<Watch>, Option<u64>), Fault> {
        let key = format!("{WATCHED}{bucket}");
        match self.store.meta.get(key.as_bytes()).await? {
            Some(row) => Ok((rows::decode(&row)?, Some(row.version))),
            None => Ok((Vec::new(), None)),
        }
    }

    /// Adds a trigger of OSS to its bucket, or changes it there.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if it overlaps with another, or there are as many as there may be.
    pub(super) async fn watch(
        &self,
        batch: &mut Batch,
        of: &Owner,
        row: &TriggerRow,
    ) -> Result<(), Fault> {
        let Some(bucket) = bucket(row) else {
            return Ok(());
        };
        let (mut watches, version) = self.watch_row(bucket).await?;
        watches.retain(|watch| !watch.is(of, row));
        let new = Watch::new(of, row)?;
        if watches.iter().any(|watch| watch.rule.overlaps(&new.rule)) {
            return Err(fault::overlapping_triggers());
        }
        if watches.len() >= MOST {
            return Err(fault::too_many_notifications(bucket, MOST));
        }
        watches.push(new);
        put(batch, bucket, &watches, version)
    }

    /// Takes a trigger of OSS away from its bucket.
    pub(super) async fn unwatch(
        &self,
        batch: &mut Batch,
        of: &Owner,
        row: &TriggerRow,
    ) -> Result<(), Fault> {
        let Some(bucket) = bucket(row) else {
            return Ok(());
        };
        let (mut watches, version) = self.watch_row(bucket).await?;
        watches.retain(|watch| !watch.is(of, row));
        put(batch, bucket, &watches, version)
    }

    /// Commits what changes triggers, and forgets what was known of them before anybody is told.
    pub(super) async fn commit_triggers(&self, batch: Batch) -> Result<u64, Error> {
        let committed = self.store.meta.commit(batch).await;
        self.watched.forget();
        self.timers.forget();
        committed
    }
}

/// The bucket of a trigger of OSS.
fn bucket(row: &TriggerRow) -> Option<&str> {
    let oss = row.kind == super::OSS;
    oss.then(|| row.source_arn.rsplit(':').next()).flatten()
}

fn put(
    batch: &mut Batch,
    bucket: &str,
    watches: &[Watch],
    version: Option<u64>,
) -> Result<(), Fault> {
    let key = format!("{WATCHED}{bucket}");
    match version {
        Some(version) => batch.expect_version(&key, version),
        None => batch.expect_absent(&key),
    };
    match watches {
        [] => batch.delete(&key),
        some => batch.put(&key, rows::encode(&some)?),
    };
    Ok(())
}
