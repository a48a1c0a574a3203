//! The objects of a bucket as a listing reads them.

use gateway::Fault;
use store::{Cursor, View};

use super::{Ask, Heads, Page, list};
use crate::Oss;
use crate::rows::{self, Bucket, Listed};

/// A cursor over the rows of a bucket's objects.
#[derive(Debug)]
struct Rows {
    cursor: Cursor,
    /// What every row's key begins with; the object's key follows.
    prefix: Vec<u8>,
}

impl Rows {
    fn of(bucket: &Bucket, view: &View) -> Self {
        let prefix = rows::heads(bucket.incarnation);
        let cursor = view.cursor(&prefix);
        Self { cursor, prefix }
    }
}

impl Heads for Rows {
    type Head = Listed;
    type Error = Fault;

    async fn seek(&mut self, key: &[u8]) -> Result<(), Fault> {
        let row = [self.prefix.as_slice(), key].concat();
        Ok(self.cursor.seek(&row).await?)
    }

    async fn next(&mut self) -> Result<Option<(String, Listed)>, Fault> {
        let Some(row) = self.cursor.next().await? else {
            return Ok(None);
        };
        let key = row.key.get(self.prefix.len()..).unwrap_or_default();
        let key = std::str::from_utf8(key).map_err(Fault::internal)?;
        Ok(Some((key.to_owned(), Listed::decode(&row.value)?)))
    }
}

impl Oss {
    /// The entries of a bucket that are asked for, all as they were at one instant.
    pub(crate) async fn list(&self, bucket: &Bucket, ask: &Ask<'_>) -> Result<Page<Listed>, Fault> {
        let view = self.store.meta.view().await?;
        list(&mut Rows::of(bucket, &view), ask).await
    }
}
