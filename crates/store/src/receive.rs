//! Taking a body in.

use std::{
    fmt::{self, Debug},
    io,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt, stream};

use crate::{
    Batch, BlobId, ByteStream, Error, Store,
    ownership::{PENDING, key},
};

/// The most bytes a body may have that travels in a batch, beside its row; a longer one becomes a blob.
pub const SMALL: usize = 64 * 1024;

/// A body that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// At most [`SMALL`] bytes, in a buffer of exactly this size. Put them into your batch.
    Small(Bytes),
    /// A blob of `len` bytes under a lease. [`own`](crate::own) it in your batch, or [`release`](Store::release) it.
    Large {
        /// Its name.
        id: BlobId,
        /// Its length in bytes, more than [`SMALL`].
        len: u64,
    },
}

/// Why a body could not be taken in.
#[derive(Debug)]
pub enum ReceiveError<E> {
    /// The body itself failed.
    Body(E),
    /// The store failed. [`Error::Conflict`]: the lease was lost, because the store was cleared or no sweep renewed it.
    Store(Error),
}

impl<E: fmt::Display> fmt::Display for ReceiveError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReceiveError::Body(error) => write!(f, "The body could not be read: {error}."),
            ReceiveError::Store(error) => write!(f, "{error}"),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for ReceiveError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ReceiveError::Body(error) => Some(error),
            ReceiveError::Store(error) => Some(error),
        }
    }
}

impl<E> From<Error> for ReceiveError<E> {
    fn from(error: Error) -> Self {
        ReceiveError::Store(error)
    }
}

impl Store {
    /// Takes a body in: up to [`SMALL`] bytes stay in memory, more goes to a blob whose lease was committed before its
    /// first byte. `now` is wall time.
    ///
    /// The lease holds as long as this runs, however slowly, because sweeps renew it, and for up to
    /// [`LEASE`](crate::LEASE) more. On failure nothing stays; when the future is dropped half-way, at most a lease
    /// and an unreadable or complete blob that a later sweep removes.
    pub async fn receive<E: Send + 'static>(
        &self,
        mut body: impl Stream<Item = Result<Bytes, E>> + Send + Unpin + 'static,
        now: DateTime<Utc>,
    ) -> Result<Received, ReceiveError<E>> {
        let mut small = Vec::new();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(ReceiveError::Body)?;
            if small.len() + chunk.len() > SMALL {
                let begun = [Bytes::from(small), chunk].map(Ok);
                return self
                    .receive_large(stream::iter(begun).chain(body), now)
                    .await;
            }
            if small.is_empty() {
                small.reserve_exact(chunk.len()); // most small bodies come in one piece
            }
            small.extend_from_slice(&chunk);
        }
        Ok(Received::Small(small.into_boxed_slice().into()))
    }

    async fn receive_large<E: Send + 'static>(
        &self,
        body: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
        now: DateTime<Utc>,
    ) -> Result<Received, ReceiveError<E>> {
        let id = BlobId::random()?;
        let _live = self.uploads.begin(id);
        self.lease(id, now).await?;
        let failure = Failure::default();
        let outcome = match self.blobs.write(id, failure.catch(body)).await {
            Ok(len) => self.leased(id).await.map(|()| Received::Large { id, len }),
            Err(error) => Err(error),
        };
        match outcome {
            Ok(received) => Ok(received),
            Err(error) => {
                self.withdraw(id).await;
                Err(failure
                    .take()
                    .map_or(ReceiveError::Store(error), ReceiveError::Body))
            }
        }
    }

    /// Fails with a conflict if the lease is gone.
    async fn leased(&self, id: BlobId) -> Result<(), Error> {
        let lease = key(PENDING, id);
        match self.meta.get(&lease).await? {
            Some(_) => Ok(()),
            None => Err(Error::Conflict { key: lease }),
        }
    }

    /// Removes what a failed upload may have left. What cannot be removed now is swept when the lease is over.
    async fn withdraw(&self, id: BlobId) {
        let removed = match self.blobs.delete(id).await {
            Ok(()) => self
                .meta
                .commit(Batch::new().delete(key(PENDING, id)).take())
                .await
                .map(drop),
            Err(error) => Err(error),
        };
        if let Err(error) = removed {
            tracing::warn!(blob = %id, %error, "cannot remove a failed upload yet");
        }
    }
}

/// The body's own failure, kept aside while the blob's writer sees an I/O error in its place.
struct Failure<E>(Arc<Mutex<Option<E>>>);

impl<E> Default for Failure<E> {
    fn default() -> Self {
        Failure(Arc::default())
    }
}

impl<E: Send + 'static> Failure<E> {
    fn catch(&self, body: impl Stream<Item = Result<Bytes, E>> + Send + 'static) -> ByteStream {
        let kept = self.0.clone();
        let keep = move |error| {
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            io::Error::other("the body failed")
        };
        body.map(move |chunk| chunk.map_err(&keep)).boxed()
    }

    fn take(&self) -> Option<E> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
