//! For tests: the memory backend as if it were far away. Every call waits once, and views come in pages; so the suite
//! covers what waits, and a test can put two of them in any order and stop them at any point.

mod orders;
mod scene;
mod schedules;

use std::{ops::Range, sync::Arc};

use async_trait::async_trait;
use tokio::task::yield_now;

use crate::{
    Backend, Batch, BlobId, Blobs, ByteStream, Content, Error, Meta, Pages, Row, Store, View,
};

#[derive(Debug)]
struct Far(Store);

#[derive(Debug)]
struct FarView(View);

/// A store from which this one's rows and blobs look far away.
fn far(near: Store) -> Store {
    let far = Arc::new(Far(near));
    Store::new(far.clone(), far.clone(), far)
}

#[async_trait]
impl Meta for Far {
    async fn view(&self) -> Result<View, Error> {
        yield_now().await;
        Ok(View::paged(Arc::new(FarView(self.0.meta.view().await?))))
    }

    async fn get(&self, key: &[u8]) -> Result<Option<Row>, Error> {
        yield_now().await;
        self.0.meta.get(key).await
    }

    async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        yield_now().await;
        self.0.meta.commit(batch).await
    }
}

#[async_trait]
impl Pages for FarView {
    async fn get(&self, key: &[u8]) -> Result<Option<Row>, Error> {
        yield_now().await;
        self.0.get(key).await
    }

    async fn page(&self, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, Error> {
        yield_now().await;
        let mut rows = self.0.cursor(prefix);
        rows.seek(from).await?;
        rows.take(limit).await
    }
}

#[async_trait]
impl Blobs for Far {
    async fn write(&self, id: BlobId, bytes: ByteStream) -> Result<u64, Error> {
        yield_now().await;
        self.0.blobs.write(id, bytes).await
    }

    async fn read(&self, id: BlobId, range: Range<u64>) -> Result<Content, Error> {
        yield_now().await;
        Ok(Content::Stream(
            self.0.blobs.read(id, range).await?.into_stream(),
        ))
    }

    async fn delete(&self, id: BlobId) -> Result<(), Error> {
        yield_now().await;
        self.0.blobs.delete(id).await
    }
}

#[async_trait]
impl Backend for Far {
    fn name(&self) -> &'static str {
        "far"
    }

    fn fork(&self) -> Result<Store, Error> {
        Ok(far(self.0.fork()?))
    }

    async fn clear(&self) -> Result<(), Error> {
        yield_now().await;
        self.0.clear().await
    }
}

mod tests {
    use super::far;
    use crate::Store;

    crate::conformance!(async { far(Store::memory()) });
}
