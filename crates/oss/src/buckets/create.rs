//! Making a bucket.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use gateway::Fault;
use policy::Acl;
use store::Batch;

use super::{MOST, Owned};
use crate::rows::{self, Bucket, Incarnation, Kinds, Redundancy, StorageClass};
use crate::{Oss, fault};

/// A bucket that somebody asks for.
#[derive(Debug, Clone)]
pub(crate) struct NewBucket {
    /// A name that buckets can have.
    pub(crate) name: Arc<str>,
    /// The uid of the account.
    pub(crate) owner: Arc<str>,
    /// A region that is known.
    pub(crate) region: Arc<str>,
    /// Private where nothing is said.
    pub(crate) acl: Option<Acl>,
    /// Standard where nothing is said.
    pub(crate) storage_class: Option<StorageClass>,
    /// Local where nothing is said.
    pub(crate) redundancy: Option<Redundancy>,
}

impl NewBucket {
    /// Whether a bucket that exists is the one that is asked for, apart from its ACL.
    fn check(&self, bucket: &Bucket) -> Result<(), Fault> {
        if bucket.owner != self.owner {
            return Err(fault::bucket::bucket_already_exists(&self.name));
        }
        if bucket.region != self.region {
            return Err(fault::bucket::cannot_move(&self.name));
        }
        if self
            .storage_class
            .is_some_and(|class| class != bucket.storage_class)
        {
            return Err(fault::bucket::cannot_change_class(&self.name));
        }
        if self
            .redundancy
            .is_some_and(|redundancy| redundancy != bucket.redundancy)
        {
            return Err(fault::bucket::cannot_change_redundancy(&self.name));
        }
        Ok(())
    }

    fn made(&self, now: DateTime<Utc>) -> Result<Bucket, Fault> {
        Ok(Bucket {
            name: self.name.clone(),
            region: self.region.clone(),
            owner: self.owner.clone(),
            acl: self.acl.unwrap_or(Acl::Private),
            storage_class: self.storage_class.unwrap_or_default(),
            redundancy: self.redundancy.unwrap_or_default(),
            created: now.timestamp_millis(),
            incarnation: getrandom::u64().map_err(Fault::internal)?,
            settings: Kinds::default(),
            policy: None,
        })
    }
}

impl Oss {
    /// Makes a bucket; `None` says so. Where it exists, belongs to the same account and is what is asked for, it is
    /// returned as it is, its ACL unchanged.
    ///
    /// Errors: `BucketAlreadyExists`, `TooManyBuckets`.
    pub(crate) async fn create_bucket(
        &self,
        new: &NewBucket,
        now: DateTime<Utc>,
    ) -> Result<Option<Arc<Bucket>>, Fault> {
        loop {
            if let Some(bucket) = self.bucket(&new.name).await? {
                new.check(&bucket)?;
                return Ok(Some(bucket));
            }
            let batch = self.creation(new, now).await?;
            match self.store.meta.commit(batch).await {
                Ok(_) => return Ok(None),
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Both rows. The account's row makes its creations conflict with each other, so that the limit is exact.
    async fn creation(&self, new: &NewBucket, now: DateTime<Utc>) -> Result<Batch, Fault> {
        let account = rows::account_key(&new.owner);
        let before = self.store.meta.get(&account).await?;
        let view = self.store.meta.view().await?;
        let mut owned = Owned::of(&view, &new.owner, "", "").await?;
        let mut count = 0;
        while let Some(bucket) = owned.next().await? {
            count += usize::from(bucket.region == new.region);
        }
        if count >= MOST {
            return Err(fault::bucket::too_many_buckets());
        }
        let bucket = new.made(now)?;
        let incarnation = Incarnation {
            id: bucket.incarnation,
            closing: false,
        };
        let mut batch = Batch::new();
        match before {
            None => batch.expect_absent(&account),
            Some(row) => batch.expect_version(&account, row.version),
        };
        batch
            .put(&account, Vec::new())
            .expect_absent(rows::bucket_key(&new.name))
            .expect_absent(rows::incarnation_key(&new.name))
            .put(rows::bucket_key(&new.name), bucket.encode()?)
            .put(rows::incarnation_key(&new.name), incarnation.encode()?);
        Ok(batch)
    }
}
