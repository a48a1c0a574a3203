//! The backend on disk, each test in a folder of its own.

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use tempfile::TempDir;

use crate::{Backend, BlobId, Error, Store};

crate::conformance!(async { in_a_folder() });

/// An empty store, whose folder is deleted behind it.
fn in_a_folder() -> Store {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let held = Held {
        backend: store.backend,
        _folder: folder,
    };
    Store::new(store.meta, store.blobs, Arc::new(held))
}

#[derive(Debug)]
struct Held {
    backend: Arc<dyn Backend>,
    _folder: TempDir,
}

#[async_trait]
impl Backend for Held {
    fn name(&self) -> &'static str {
        self.backend.name()
    }

    fn path(&self) -> Option<&Path> {
        self.backend.path()
    }

    fn fork(&self) -> Result<Store, Error> {
        self.backend.fork()
    }

    async fn clear(&self) -> Result<(), Error> {
        self.backend.clear().await
    }

    async fn unswept(&self) -> Result<Vec<BlobId>, Error> {
        self.backend.unswept().await
    }
}
