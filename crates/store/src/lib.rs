//! Bytes at rest: an ordered key-value store with optimistic transactions, and immutable blobs.
//!
//! A [`Store`] is two things. [`Meta`] is an ordered map from bytes to bytes: read through a [`View`], change with a
//! [`Batch`] that is applied whole or not at all. [`Blobs`] keeps bodies of any size under names that we choose
//! ([`BlobId`]) and never changes one. Everything that a service remembers is made of these two, so one snapshot, one
//! reset and one backend serve all of them.
//!
//! What ties both together is who owns a blob: [`own`], [`share`], [`transfer`] and [`disown`] add rows to a batch,
//! [`Store::release`] and [`Store::sweep`] delete what nobody owns any more. The `ownership` module describes the rows.
//!
//! The store knows no clock. Where time matters it is a parameter, and it is always the wall clock.

mod batch;
mod blobs;
mod buffers;
mod cursor;
mod disk;
mod error;
pub mod faults;
mod marks;
mod memory;
mod meta;
mod ownership;
mod receive;
mod sweep;
mod uploads;
mod view;

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
#[cfg(test)]
mod far;

use std::{fmt::Debug, path::Path, sync::Arc};

use async_trait::async_trait;

pub use batch::{Batch, Expect, Keys, Parts, Span, Write};
pub use blobs::{BlobId, Blobs, ByteStream, Content};
pub use buffers::{Buffer, Buffers};
pub use cursor::Cursor;
pub use disk::{FileContent, OpenError, Options};
pub use error::Error;
#[cfg(feature = "faults")]
pub use faults::Faults;
pub use meta::{Key, Meta, Row};
pub use ownership::{RESERVED, disown, own, share, transfer};
pub use receive::{ReceiveError, Received, SMALL};
pub use sweep::{LEASE, Swept};
pub use view::{Pages, Snapshot, View};

use uploads::Uploads;

/// Rows and blobs that belong together. Cheap to clone; clones are the same store.
#[derive(Clone, Debug)]
pub struct Store {
    /// The rows.
    pub meta: Arc<dyn Meta>,
    /// The bodies.
    pub blobs: Arc<dyn Blobs>,
    backend: Arc<dyn Backend>,
    uploads: Arc<Uploads>,
}

/// What concerns rows and blobs together.
#[async_trait]
pub trait Backend: Debug + Send + Sync + 'static {
    /// What it is called, in one lower-case word: `memory` or `disk`.
    fn name(&self) -> &'static str;

    /// See [`Store::path`].
    fn path(&self) -> Option<&Path> {
        None
    }

    /// See [`Store::fork`].
    fn fork(&self) -> Result<Store, Error>;

    /// See [`Store::clear`].
    async fn clear(&self) -> Result<(), Error>;

    /// See [`Store::save_snapshot`].
    fn save_snapshot(&self, _name: &str) -> Result<(), Error> {
        Err(SNAPSHOTS)
    }

    /// See [`Store::restore_snapshot`].
    fn restore_snapshot(&self, _name: &str) -> Result<bool, Error> {
        Err(SNAPSHOTS)
    }

    /// See [`Store::delete_snapshot`].
    fn delete_snapshot(&self, _name: &str) -> Result<bool, Error> {
        Err(SNAPSHOTS)
    }

    /// See [`Store::snapshots`].
    fn snapshots(&self) -> Result<Vec<String>, Error> {
        Err(SNAPSHOTS)
    }

    /// Blobs that may be there without any row, because a crash undid the end of their deletion. Each is named once;
    /// whoever gets the names looks the rows up after that.
    async fn unswept(&self) -> Result<Vec<BlobId>, Error> {
        Ok(Vec::new())
    }
}

const SNAPSHOTS: Error = Error::Unsupported("keep named snapshots");

impl Store {
    /// An empty store that lives in this process and vanishes with it.
    pub fn memory() -> Store {
        memory::empty()
    }

    /// The store in this folder, which is made if it is not there. What it acknowledges is durable: it survives the end
    /// of this process at any point, and a power cut as far as the device keeps what it says it has synced.
    ///
    /// One process has a folder open at a time. It is free again when the last clone of the store and the last view
    /// of it are gone. Blocks while the folder is read.
    pub fn open(folder: impl AsRef<Path>) -> Result<Store, OpenError> {
        Store::open_with(folder, &Options::default())
    }

    /// As [`open`](Store::open), with options.
    pub fn open_with(folder: impl AsRef<Path>, options: &Options) -> Result<Store, OpenError> {
        disk::open(folder.as_ref(), options)
    }

    /// A store made of a backend's three faces. Services never need this.
    pub fn new(meta: Arc<dyn Meta>, blobs: Arc<dyn Blobs>, backend: Arc<dyn Backend>) -> Store {
        Store {
            meta,
            blobs,
            backend,
            uploads: Arc::default(),
        }
    }

    /// The newest row under one key, as [`Meta::get`] has it. Cheaper than that where rows are in memory, which then
    /// takes no future in a box.
    pub async fn get(&self, key: &[u8]) -> Result<Option<Row>, Error> {
        match self.meta.get_at_once(key) {
            Some(row) => row,
            None => self.meta.get(key).await,
        }
    }

    /// Commits a batch, as [`Meta::commit`] does. Cheaper than that where rows are in memory, which then takes no future
    /// in a box.
    pub async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        match self.meta.commit_at_once(batch) {
            Ok(outcome) => outcome,
            Err(batch) => self.meta.commit(batch).await,
        }
    }

    /// A second store that starts with everything this one holds at this instant. From then on neither sees what
    /// happens to the other. Uploads in flight stay with the original.
    ///
    /// Takes constant time in memory. A backend that cannot do it answers [`Error::Unsupported`], as that on disk does.
    pub fn fork(&self) -> Result<Store, Error> {
        self.backend.fork()
    }

    /// Removes every row and every blob. Commit numbers go on counting, so nothing that was read before can be
    /// mistaken for current. An upload in flight fails when it ends or when its owner commits.
    pub async fn clear(&self) -> Result<(), Error> {
        self.backend.clear().await
    }

    /// Keeps everything as it is at this instant under a name, in place of what had that name. Clearing the store leaves
    /// its snapshots alone.
    ///
    /// Takes constant time in memory. A backend that cannot do it, as that on disk, answers [`Error::Unsupported`].
    pub fn save_snapshot(&self, name: &str) -> Result<(), Error> {
        self.backend.save_snapshot(name)
    }

    /// Puts everything back as it was when this snapshot was saved; false if there is none. The snapshot stays. Rows have
    /// their versions of then, and commit numbers go on counting. Uploads in flight fail as in a
    /// [`clear`](Store::clear); whoever has read rows and not yet committed should begin anew.
    pub fn restore_snapshot(&self, name: &str) -> Result<bool, Error> {
        self.backend.restore_snapshot(name)
    }

    /// Forgets a snapshot; false if there is none.
    pub fn delete_snapshot(&self, name: &str) -> Result<bool, Error> {
        self.backend.delete_snapshot(name)
    }

    /// The names of the snapshots, in order.
    pub fn snapshots(&self) -> Result<Vec<String>, Error> {
        self.backend.snapshots()
    }

    /// The backend's name: `memory` or `disk`.
    pub fn backend(&self) -> &'static str {
        self.backend.name()
    }

    /// The folder that everything is kept in, if it is kept.
    pub fn path(&self) -> Option<&Path> {
        self.backend.path()
    }
}
