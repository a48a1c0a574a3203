//! A consistent read snapshot.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;

use crate::{Cursor, Error, Key, Row};

/// A snapshot whose rows are at hand, so that reading never waits.
pub trait Snapshot: Debug + Send + Sync + 'static {
    /// The row under this key.
    fn get(&self, key: &[u8]) -> Result<Option<Row>, Error>;

    /// The first `limit` rows in key order that begin with `prefix` and are not before `from`, which may be smaller
    /// or larger than every such key. Fewer rows than `limit` mean that no more follow.
    fn page(&self, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, Error>;

    /// The key of the last row that begins with `prefix`.
    fn last(&self, prefix: &[u8]) -> Result<Option<Key>, Error>;

    /// The first row that is not before `from`, where `from` begins with `prefix` and is not behind the
    /// [last](Self::last) key that does.
    fn next(&self, prefix: &[u8], from: &[u8]) -> Result<Option<Row>, Error> {
        Ok(self.page(prefix, from, 1)?.pop())
    }
}

/// A snapshot whose rows are elsewhere: every call may be a round trip.
#[async_trait]
pub trait Pages: Debug + Send + Sync + 'static {
    /// As [`Snapshot::get`].
    async fn get(&self, key: &[u8]) -> Result<Option<Row>, Error>;

    /// As [`Snapshot::page`].
    async fn page(&self, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, Error>;
}

/// All rows as they were at one instant. Cheap to clone, and may outlive the store.
#[derive(Clone, Debug)]
pub struct View(Source);

#[derive(Clone, Debug)]
pub(crate) enum Source {
    Local(Arc<dyn Snapshot>),
    Paged(Arc<dyn Pages>),
}

impl View {
    /// For backends: a view of rows at hand. Its futures never wait.
    pub fn local(snapshot: Arc<dyn Snapshot>) -> View {
        View(Source::Local(snapshot))
    }

    /// For backends: a view of rows elsewhere.
    pub fn paged(pages: Arc<dyn Pages>) -> View {
        View(Source::Paged(pages))
    }

    /// The row under this key.
    pub async fn get(&self, key: &[u8]) -> Result<Option<Row>, Error> {
        match &self.0 {
            Source::Local(snapshot) => snapshot.get(key),
            Source::Paged(pages) => pages.get(key).await,
        }
    }

    /// A cursor before the first row that begins with `prefix` (every row, when it is empty). It keeps the snapshot
    /// alive by itself.
    pub fn cursor(&self, prefix: &[u8]) -> Cursor {
        Cursor::new(self.0.clone(), prefix)
    }
}
