//! Deleting what uploads and crashes left behind.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Batch, BlobId, Error, Row, Store,
    meta::encode_counter,
    ownership::{LOOSE, PENDING, TOMBSTONE, id_of, key, known, won},
};

/// How long an upload may go without its process sweeping before another process may take it for dead.
///
/// A sweep renews the leases of its own process's uploads for this long. So every process that receives must sweep
/// at least every third of this.
pub const LEASE: TimeDelta = TimeDelta::minutes(15);

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Leases of running uploads that were renewed.
    pub renewed: u64,
    /// Blobs deleted because their lease had run out.
    pub expired: u64,
    /// Blobs deleted because nobody owned them any more.
    pub ownerless: u64,
    /// Blobs deleted because no row names them: a power cut had undone their deletion.
    pub strays: u64,
    /// Blobs that could not be dealt with; each is logged, and the next sweep tries again.
    pub failed: u64,
}

impl Store {
    /// Renews the leases of this process's running uploads, deletes the blobs whose lease has run out, and finishes
    /// what a releaser left undone. `now` is wall time. The work is in proportion to what there is to sweep.
    ///
    /// Several sweeps may run at once, in several processes.
    pub async fn sweep(&self, now: DateTime<Utc>) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        let live = self.uploads.live(); // before the leases are read: one that ends meanwhile was renewed all the same
        self.sweep_leases(now, &live, &mut swept).await?;
        for area in [TOMBSTONE, LOOSE] {
            let mut rows = self.meta.view().await?.cursor(area.as_bytes());
            while let Some(row) = rows.next().await? {
                let id = id_of(area, &row)?;
                swept.ownerless += swept.or_failed(id, self.collect(id, None).await);
            }
        }
        self.sweep_strays(&mut swept).await?;
        Ok(swept)
    }

    /// Deletes files without rows. An upload has its row before its file: so of a file that was there before the rows
    /// were looked at, and that has none, nobody can be about to make use.
    async fn sweep_strays(&self, swept: &mut Swept) -> Result<(), Error> {
        let listed = self.backend.unswept().await?;
        if listed.is_empty() {
            return Ok(());
        }
        let view = self.meta.view().await?;
        for (place, id) in listed.into_iter().enumerate() {
            if !known(&view, id).await? {
                tracing::warn!(blob = %id, "deleting a blob that no row names");
                let deleted = self.blobs.delete(id).await.map(|()| true);
                swept.strays += swept.or_failed(id, deleted);
            }
            if place % 256 == 255 {
                tokio::task::yield_now().await; // there may be very many, and rows at hand never wait
            }
        }
        Ok(())
    }

    async fn sweep_leases(
        &self,
        now: DateTime<Utc>,
        live: &HashSet<BlobId>,
        swept: &mut Swept,
    ) -> Result<(), Error> {
        let mut leases = self.meta.view().await?.cursor(PENDING.as_bytes());
        while let Some(lease) = leases.next().await? {
            let id = id_of(PENDING, &lease)?;
            if live.contains(&id) {
                swept.renewed += u64::from(self.renew(&lease, now).await?);
            } else if lease.counter() <= now.timestamp_millis() {
                swept.expired += swept.or_failed(id, self.collect(id, Some(lease.version)).await);
            }
        }
        Ok(())
    }

    /// Commits a first lease for an upload.
    pub(crate) async fn lease(&self, id: BlobId, now: DateTime<Utc>) -> Result<(), Error> {
        let lease = key(PENDING, id);
        self.meta
            .commit(
                Batch::new()
                    .expect_absent(&lease)
                    .put(&lease, end(now))
                    .take(),
            )
            .await?;
        Ok(())
    }

    /// Renews a lease, unless it has ended or was renewed since it was read.
    async fn renew(&self, lease: &Row, now: DateTime<Utc>) -> Result<bool, Error> {
        let mut batch = Batch::new();
        batch
            .expect_version(&lease.key, lease.version)
            .put(&lease.key, end(now));
        won(self.meta.commit(batch).await)
    }
}

impl Swept {
    /// 1 for a deleted blob; a failure is counted and logged, so that one blob does not keep the rest.
    fn or_failed(&mut self, id: BlobId, outcome: Result<bool, Error>) -> u64 {
        outcome.map(u64::from).unwrap_or_else(|error| {
            tracing::warn!(blob = %id, %error, "cannot delete an unused blob");
            self.failed += 1;
            0
        })
    }
}

/// When a lease that begins or is renewed now ends, as its row says it.
fn end(now: DateTime<Utc>) -> bytes::Bytes {
    encode_counter((now + LEASE).timestamp_millis())
}
