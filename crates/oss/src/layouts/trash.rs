//! Cleaning up after layouts and uploads that are over.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use store::{Batch, BlobId, Error};

use super::Layouts;
use crate::rows::{self, CHUNK, Chunk, Extent, Part, Piece, Trash};

/// How many blobs are released at a time.
const AT_ONCE: usize = 16;

impl Layouts {
    /// Cleans up what a commit has just put into the trash, in a task of its own: the client need not wait.
    pub(crate) fn clean_soon(self: &Arc<Self>, id: [u8; 16]) {
        let layouts = Arc::clone(self);
        // Without a runtime, while a process ends, the next sweep does it.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        runtime.spawn(async move { layouts.clean_or_log(id).await });
    }

    /// Cleans up everything that is in the trash and not being read. What fails is tried again by the next sweep.
    pub(crate) async fn sweep(self: &Arc<Self>) -> Result<(), Error> {
        let mut rows = self.store.meta.view().await?.cursor(rows::TRASH);
        while let Some(row) = rows.next().await? {
            let id = row
                .key
                .get(rows::TRASH.len()..)
                .and_then(|id| id.try_into().ok());
            match id {
                Some(id) => self.clean_or_log(id).await,
                None => {
                    tracing::error!(key = %row.key.escape_ascii(), "what is this in the trash?")
                }
            }
        }
        Ok(())
    }

    async fn clean_or_log(self: &Arc<Self>, id: [u8; 16]) {
        if let Err(error) = self.clean(id).await {
            tracing::warn!(%error, "cannot clean up yet");
        }
    }

    async fn clean(self: &Arc<Self>, id: [u8; 16]) -> Result<(), Error> {
        let row = rows::trash_key(&id);
        let Some(trash) = self.store.meta.get(&row).await? else {
            return Ok(());
        };
        match Trash::decode(&trash.value) {
            Ok(Trash::Layout) if self.is_read(&id) => return Ok(()),
            Ok(Trash::Layout) => self.clean_layout(&id).await?,
            Ok(Trash::Parts) => self.clean_parts(&id).await?,
            Err(_) => {
                let what = "a row of the trash cannot be read.".to_owned();
                return Err(Error::Damaged { what });
            }
        }
        self.store
            .meta
            .commit(Batch::new().delete(row).take())
            .await?;
        Ok(())
    }

    async fn clean_layout(&self, id: &[u8; 16]) -> Result<(), Error> {
        let mut rows = self.store.meta.view().await?.cursor(&rows::layout_key(id));
        while let Some(row) = rows.next().await? {
            let Ok(chunk) = Chunk::decode(&row.value) else {
                tracing::error!(key = %row.key.escape_ascii(), "a row of extents cannot be read");
                continue;
            };
            let mut batch = Batch::new();
            batch.delete(&row.key);
            self.drop_all(batch, &chunk.0).await?;
        }
        Ok(())
    }

    async fn clean_parts(&self, id: &[u8; 16]) -> Result<(), Error> {
        let mut rows = self.store.meta.view().await?.cursor(&rows::parts(id));
        loop {
            let some = rows.take(CHUNK).await?;
            if some.is_empty() {
                return Ok(());
            }
            let mut batch = Batch::new();
            let mut extents = Vec::new();
            for row in &some {
                batch.delete(&row.key);
                let part = Part::decode(&row.value).ok();
                extents.extend(part.and_then(|part| part.extent));
            }
            self.drop_all(batch, &extents).await?;
        }
    }

    /// Commits that these extents are nobody's, and deletes what they had.
    async fn drop_all(&self, mut batch: Batch, extents: &[Extent]) -> Result<(), Error> {
        for extent in extents {
            drop_extent(&mut batch, extent);
        }
        self.store.meta.commit(batch).await?;
        let blobs: Vec<_> = extents.iter().filter_map(blob).collect();
        stream::iter(blobs)
            .for_each_concurrent(AT_ONCE, |id| async move {
                if let Err(error) = self.store.release(id).await {
                    tracing::warn!(blob = %id, %error, "cannot release a body yet");
                }
            })
            .await;
        Ok(())
    }
}

/// The blob that an extent is in.
pub(crate) fn blob(extent: &Extent) -> Option<BlobId> {
    match extent.at {
        Piece::Blob(id, _) => Some(id),
        Piece::Small(_) => None,
    }
}

/// Takes from an extent what it has.
pub(crate) fn drop_extent(batch: &mut Batch, extent: &Extent) {
    match &extent.at {
        Piece::Small(body) => {
            batch.delete(rows::piece_key(body));
        }
        Piece::Blob(id, owner) => store::disown(batch, *id, owner),
    }
}
