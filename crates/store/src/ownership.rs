//! Who a blob belongs to, in rows of the same store, so that it changes in the same commit as what refers to it.
//!
//! | Row | Says | Written by |
//! |---|---|---|
//! | `pending/<id>` | an upload; its value, in milliseconds since 1970, is when its lease ends | `receive`, `sweep` (renewal) |
//! | `blob/<id>` | the blob may be shared | [`own`] |
//! | `blob/<id>/<owner>` | an owner | [`own`], [`share`], [`transfer`] |
//! | `loose/<id>` | an owner has gone: look whether one is left | [`disown`] |
//! | `tombstone/<id>` | the blob cannot get owners: somebody looks whether it has any | `release` |
//!
//! `<id>` is 16 bytes. A blob begins with a lease and ends without any row:
//!
//! ```text
//!   receive ── own ─────── share, transfer, disown ─────┐
//!   pending    blob/<id>, owners                        │ release
//!      └─ lease over ──► tombstone ◄────────────────────┘
//!                           ├─ an owner is left: blob/<id> comes back
//!                           └─ none: delete the bytes, then the tombstone
//! ```
//!
//! Why no share is lost: `share` expects `blob/<id>`, which the commit that writes the tombstone deletes. A share
//! before that commit is seen by the look after it; a share behind it conflicts. Who meets a tombstone takes it over
//! by writing it again before looking, and both ways on are a commit that expects it as one wrote it oneself. So of all
//! who look only the last to write decides; and as owners can go but not come while a tombstone stands, who takes it
//! over from one who found none finds none either. A process may stop at any point: `pending`, `loose` and
//! `tombstone` rows are what [`Store::sweep`] goes through.

use bytes::Bytes;

use crate::{Batch, BlobId, Error, Key, Row, Store, View};

/// What the keys of these rows begin with. Services stay out of here.
pub const RESERVED: [&str; 4] = [PENDING, BLOB, LOOSE, TOMBSTONE];

const BLOB: &str = "blob/";
pub(crate) const PENDING: &str = "pending/";
pub(crate) const LOOSE: &str = "loose/";
pub(crate) const TOMBSTONE: &str = "tombstone/";

/// Makes a freshly received blob belong to `owner`, a name of the caller's choice.
///
/// The commit conflicts on `pending/<id>` when the lease has run out and the blob was swept: the body is gone and
/// must be received again, no retry helps. That takes a pause of about [`LEASE`](crate::LEASE) between receiving
/// and committing.
pub fn own(batch: &mut Batch, id: BlobId, owner: impl AsRef<[u8]>) {
    let lease = key(PENDING, id);
    batch.expect_present(&lease).delete(&lease);
    batch
        .put(key(BLOB, id), Bytes::new())
        .put(owner_key(id, owner), Bytes::new());
}

/// Makes a blob that has an owner belong to `owner` too.
///
/// The commit conflicts on `blob/<id>` when the blob is being deleted, or was. Look again where its name came from: it
/// is not there any more, or (rarely) still is because another share came first, and then a retry succeeds.
pub fn share(batch: &mut Batch, id: BlobId, owner: impl AsRef<[u8]>) {
    batch
        .expect_present(key(BLOB, id))
        .put(owner_key(id, owner), Bytes::new());
}

/// Makes a blob belong to `to` instead of `from`.
///
/// The commit conflicts when it does not belong to `from`.
pub fn transfer(batch: &mut Batch, id: BlobId, from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) {
    let from = owner_key(id, from);
    batch
        .expect_present(&from)
        .delete(&from)
        .put(owner_key(id, to), Bytes::new());
}

/// Makes a blob no longer belong to `owner`. After the commit, [`Store::release`] deletes the blob if that was the last
/// one; where it is not called, a sweep does it later.
pub fn disown(batch: &mut Batch, id: BlobId, owner: impl AsRef<[u8]>) {
    batch
        .delete(owner_key(id, owner))
        .put(key(LOOSE, id), Bytes::new());
}

impl Store {
    /// Deletes a blob if nobody owns it, and says whether it did. Safe beside everything else that may happen to the
    /// blob, and safe to repeat.
    ///
    /// For a body that was received and is not wanted after all, it ends the lease.
    pub async fn release(&self, id: BlobId) -> Result<bool, Error> {
        self.collect(id, None).await
    }

    /// As [`release`](Store::release); but if `lease` is given, does nothing unless the blob still stands under this
    /// version of its lease.
    pub(crate) async fn collect(&self, id: BlobId, lease: Option<u64>) -> Result<bool, Error> {
        loop {
            let seen = Seen::look(&self.meta.view().await?, id).await?;
            if lease.is_some() && lease != seen.lease {
                return Ok(false);
            }
            if seen.owned && !seen.tombstone {
                self.tighten(id, &seen).await?;
                return Ok(false);
            }
            match self.meta.commit(seen.bury(id)).await {
                Ok(tombstone) => return self.decide(id, tombstone).await,
                Err(Error::Conflict { .. }) => {} // somebody else got ahead: look again
                Err(error) => return Err(error),
            }
        }
    }

    /// The blob has an owner: nothing is loose unless an owner has gone since we looked.
    async fn tighten(&self, id: BlobId, seen: &Seen) -> Result<(), Error> {
        if let Some(version) = seen.loose {
            let loose = key(LOOSE, id);
            let mut batch = Batch::new();
            batch.expect_version(&loose, version).delete(&loose);
            won(self.meta.commit(batch).await)?;
        }
        Ok(())
    }

    /// The tombstone stands and is ours: brings the blob back if it has an owner, else deletes it. Does neither if
    /// somebody else has taken the tombstone over.
    async fn decide(&self, id: BlobId, tombstone: u64) -> Result<bool, Error> {
        let grave = key(TOMBSTONE, id);
        let mut batch = Batch::new();
        batch.expect_version(&grave, tombstone);
        let owned = owned(&self.meta.view().await?, id).await?;
        if owned {
            batch.delete(&grave).put(key(BLOB, id), Bytes::new());
        }
        let decided = won(self.meta.commit(batch).await)?;
        if decided && !owned {
            self.erase(id).await
        } else {
            Ok(false)
        }
    }

    /// Nobody owns the blob and nobody ever will. Any number may do this at once.
    async fn erase(&self, id: BlobId) -> Result<bool, Error> {
        self.blobs.delete(id).await?;
        let mut batch = Batch::new();
        batch.delete(key(TOMBSTONE, id)).delete(key(LOOSE, id));
        self.meta.commit(batch).await?;
        Ok(true)
    }
}

/// What the rows say of a blob, each by its version.
struct Seen {
    lease: Option<u64>,
    shareable: Option<u64>,
    loose: Option<u64>,
    tombstone: bool,
    owned: bool,
}

impl Seen {
    async fn look(view: &View, id: BlobId) -> Result<Seen, Error> {
        let row = async |area| view.get(&key(area, id)).await;
        let version = |row: Option<Row>| row.map(|row| row.version);
        Ok(Seen {
            lease: version(row(PENDING).await?),
            shareable: version(row(BLOB).await?),
            loose: version(row(LOOSE).await?),
            tombstone: row(TOMBSTONE).await?.is_some(),
            owned: owned(view, id).await?,
        })
    }

    /// Writes a tombstone, or takes over the one that stands, in place of what lets owners come. Conflicts when the blob
    /// was owned for the first time, buried or brought back since we looked.
    fn bury(&self, id: BlobId) -> Batch {
        let mut batch = Batch::new();
        for (area, version) in [(PENDING, self.lease), (BLOB, self.shareable)] {
            let key = key(area, id);
            match version {
                Some(version) => batch.expect_version(&key, version).delete(&key),
                None => batch.expect_absent(&key),
            };
        }
        batch.put(key(TOMBSTONE, id), Bytes::new()).take()
    }
}

async fn owned(view: &View, id: BlobId) -> Result<bool, Error> {
    Ok(view.cursor(&owner_key(id, "")).next().await?.is_some())
}

/// Whether any row names a blob.
pub(crate) async fn known(view: &View, id: BlobId) -> Result<bool, Error> {
    for area in [PENDING, TOMBSTONE, LOOSE] {
        if view.get(&key(area, id)).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(view.cursor(&key(BLOB, id)).next().await?.is_some())
}

/// Whether a commit came through, where a conflict means that somebody else has taken care.
pub(crate) fn won(outcome: Result<u64, Error>) -> Result<bool, Error> {
    match outcome {
        Ok(_) => Ok(true),
        Err(Error::Conflict { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

pub(crate) fn key(area: &str, id: BlobId) -> Key {
    [area.as_bytes(), id.as_bytes()].concat().into()
}

/// The reverse of [`key`].
pub(crate) fn id_of(area: &str, row: &Row) -> Result<BlobId, Error> {
    let id = row
        .key
        .strip_prefix(area.as_bytes())
        .and_then(|id| id.try_into().ok());
    let damaged = || Error::Damaged {
        what: format!("`{}` does not name a blob.", row.key.escape_ascii()),
    };
    id.map(BlobId::from_bytes).ok_or_else(damaged)
}

fn owner_key(id: BlobId, owner: impl AsRef<[u8]>) -> Key {
    [BLOB.as_bytes(), id.as_bytes(), b"/", owner.as_ref()]
        .concat()
        .into()
}
