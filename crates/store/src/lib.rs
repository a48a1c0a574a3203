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
mod cursor;
mod error;
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

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;

pub use batch::{Batch, Expect, Write};
pub use blobs::{BlobId, Blobs, ByteStream, Content};
pub use cursor::Cursor;
pub use error::Error;
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
    /// What it is called, in one lower-case word: `memory`.
    fn name(&self) -> &'static str;

    /// See [`Store::fork`].
    fn fork(&self) -> Result<Store, Error>;

    /// See [`Store::clear`].
    async fn clear(&self) -> Result<(), Error>;
}

impl Store {
    /// An empty store that lives in this process and vanishes with it.
    pub fn memory() -> Store {
        memory::empty()
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

    /// A second store that starts with everything this one holds at this instant. From then on neither sees what
    /// happens to the other. Uploads in flight stay with the original.
    ///
    /// Takes constant time in memory. A backend that cannot do it answers [`Error::Unsupported`].
    pub fn fork(&self) -> Result<Store, Error> {
        self.backend.fork()
    }

    /// Removes every row and every blob. Commit numbers go on counting, so nothing that was read before can be
    /// mistaken for current. An upload in flight fails when it ends or when its owner commits.
    pub async fn clear(&self) -> Result<(), Error> {
        self.backend.clear().await
    }

    /// The backend's name: `memory`.
    pub fn backend(&self) -> &'static str {
        self.backend.name()
    }
}
