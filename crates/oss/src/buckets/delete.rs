//! Deleting a bucket.

use gateway::Fault;
use store::Batch;

use crate::rows::{self, Bucket, Count, Incarnation, Kind, StorageClass};
use crate::{Oss, fault};

/// What an attempt came to.
enum Attempt {
    Deleted,
    /// Somebody put an object, or is deleting the bucket too.
    Disturbed,
}

impl Oss {
    /// Deletes a bucket that holds nothing.
    ///
    /// Errors: `BucketNotEmpty`; `NoSuchBucket` where somebody else deleted it first.
    pub(crate) async fn delete_bucket(&self, bucket: &Bucket) -> Result<(), Fault> {
        loop {
            match self.try_to_delete(bucket).await? {
                Attempt::Deleted => return Ok(()),
                Attempt::Disturbed => {}
            }
        }
    }

    async fn try_to_delete(&self, bucket: &Bucket) -> Result<Attempt, Fault> {
        // Looking before the mark as well spares puts a conflict with a deletion that is refused anyway.
        self.check_empty(bucket).await?;
        let Some(mark) = self.mark(bucket, true, None).await? else {
            return Ok(Attempt::Disturbed);
        };
        if let Err(refused) = self.check_empty(bucket).await {
            // Where this fails, a put has taken the mark away already.
            self.mark(bucket, false, Some(mark)).await?;
            return Err(refused);
        }
        let incarnation = rows::incarnation_key(&bucket.name);
        let mut batch = Batch::new();
        batch
            .expect_version(&incarnation, mark)
            .delete(&incarnation)
            .delete(rows::bucket_key(&bucket.name));
        for class in StorageClass::ALL {
            for what in Count::ALL {
                batch.delete(rows::count_key(bucket.incarnation, class, what));
            }
        }
        // All of them: which ones the bucket has may have changed since its row was read. Whoever sets one expects
        // that row, so none is written after this.
        for kind in Kind::ALL {
            batch.delete(rows::setting_key(bucket.incarnation, kind));
        }
        match self.store.meta.commit(batch).await {
            Ok(_) => Ok(Attempt::Deleted),
            Err(error) if error.is_conflict() => Ok(Attempt::Disturbed),
            Err(error) => Err(error.into()),
        }
    }

    /// Sets or takes away the mark, and returns the version of the row that says so; `None` where somebody changed
    /// the row first. It must be as the commit `at` left it, or as it is now. A mark that somebody else has set is as
    /// good as one's own: what matters is to look after it.
    async fn mark(
        &self,
        bucket: &Bucket,
        closing: bool,
        at: Option<u64>,
    ) -> Result<Option<u64>, Fault> {
        let key = rows::incarnation_key(&bucket.name);
        let row = self.store.meta.get(&key).await?;
        let row = row.ok_or_else(|| fault::no_such_bucket(&bucket.name))?;
        let now = Incarnation::decode(&row.value)?;
        if now.id != bucket.incarnation {
            return Err(fault::no_such_bucket(&bucket.name));
        }
        if closing && now.closing {
            return Ok(Some(row.version));
        }
        let marked = Incarnation { closing, ..now };
        let mut batch = Batch::new();
        batch
            .expect_version(&key, at.unwrap_or(row.version))
            .put(&key, marked.encode()?);
        match self.store.meta.commit(batch).await {
            Ok(version) => Ok(Some(version)),
            Err(error) if error.is_conflict() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn check_empty(&self, bucket: &Bucket) -> Result<(), Fault> {
        let view = self.store.meta.view().await?;
        let id = bucket.incarnation;
        for kept in [rows::heads(id), rows::channel_key(id, "")] {
            if view.cursor(&kept).next().await?.is_some() {
                return Err(fault::bucket::bucket_not_empty(&bucket.name));
            }
        }
        match view.cursor(&rows::uploads(id)).next().await? {
            Some(_) => Err(fault::bucket::bucket_has_uploads(&bucket.name)),
            None => Ok(()),
        }
    }
}
