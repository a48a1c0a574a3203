//! The uploads that this process is receiving right now.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use crate::BlobId;

/// Names of the blobs in flight. A sweep renews their leases.
#[derive(Debug, Default)]
pub(crate) struct Uploads(Mutex<HashSet<BlobId>>);

impl Uploads {
    /// Notes an upload until the guard is dropped.
    pub(crate) fn begin(self: &Arc<Self>, id: BlobId) -> Upload {
        self.change(|live| live.insert(id));
        Upload {
            uploads: self.clone(),
            id,
        }
    }

    /// Those in flight now.
    pub(crate) fn live(&self) -> HashSet<BlobId> {
        self.change(|live| live.clone())
    }

    fn change<T>(&self, change: impl FnOnce(&mut HashSet<BlobId>) -> T) -> T {
        // A set of names is whole after any panic.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An upload in flight.
#[derive(Debug)]
pub(crate) struct Upload {
    uploads: Arc<Uploads>,
    id: BlobId,
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.uploads.change(|live| live.remove(&self.id));
    }
}
