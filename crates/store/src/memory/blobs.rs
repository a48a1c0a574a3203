//! Blobs in memory.

use std::{
    fmt,
    ops::Range,
    sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use async_trait::async_trait;
use futures_util::TryStreamExt;
use imbl::HashMap;

use super::frames::{Body, Builder};
use crate::{BlobId, Blobs, ByteStream, Content, Error};

/// All blobs at one instant. A clone shares every byte.
pub(super) type Shelf = HashMap<BlobId, Arc<Body>>;

/// All blobs and the lock around their names.
#[derive(Default)]
pub(super) struct Bodies(RwLock<Shelf>);

impl From<Shelf> for Bodies {
    fn from(shelf: Shelf) -> Self {
        Bodies(RwLock::new(shelf))
    }
}

impl Bodies {
    pub(super) fn read(&self) -> Result<RwLockReadGuard<'_, Shelf>, Error> {
        self.0.read().map_err(|_| Error::Poisoned)
    }

    pub(super) fn write(&self) -> Result<RwLockWriteGuard<'_, Shelf>, Error> {
        self.0.write().map_err(|_| Error::Poisoned)
    }
}

#[async_trait]
impl Blobs for Bodies {
    async fn write(&self, id: BlobId, mut bytes: ByteStream) -> Result<u64, Error> {
        let mut builder = Builder::default();
        while let Some(chunk) = bytes.try_next().await? {
            builder.push(chunk);
        }
        let body = builder.finish();
        let len = body.len();
        Bodies::write(self)?.insert(id, Arc::new(body));
        Ok(len)
    }

    async fn read(&self, id: BlobId, range: Range<u64>) -> Result<Content, Error> {
        let body = Bodies::read(self)?
            .get(&id)
            .cloned()
            .ok_or(Error::Missing(id))?;
        Ok(Content::Bytes(body.slice(range)))
    }

    async fn delete(&self, id: BlobId) -> Result<(), Error> {
        let body = Bodies::write(self)?.remove(&id);
        drop(body); // large ones take a while to free: not under the lock
        Ok(())
    }
}

impl fmt::Debug for Bodies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.try_read() {
            Ok(shelf) => write!(f, "{} blobs", shelf.len()),
            Err(_) => f.write_str("blobs (locked)"),
        }
    }
}
