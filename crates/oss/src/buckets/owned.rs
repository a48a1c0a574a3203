//! The buckets of an account.

use std::sync::Arc;

use gateway::Fault;
use store::{Cursor, View};

use crate::Oss;
use crate::rows::{self, Bucket};

/// Which buckets are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// The uid of the account.
    pub(crate) owner: &'a str,
    /// What names begin with.
    pub(crate) prefix: &'a str,
    /// Names up to and including this one are left out.
    pub(crate) marker: &'a str,
    /// The most buckets to return.
    pub(crate) limit: usize,
}

/// A walk over the buckets of an account in the order of their names.
#[derive(Debug)]
pub(crate) struct Owned<'a> {
    owner: &'a str,
    cursor: Cursor,
}

impl<'a> Owned<'a> {
    /// Those whose names begin with `prefix` and come after `marker`.
    pub(crate) async fn of(
        view: &View,
        owner: &'a str,
        prefix: &str,
        marker: &str,
    ) -> Result<Self, Fault> {
        let mut cursor = view.cursor(&rows::bucket_key(prefix));
        if !marker.is_empty() {
            let behind = [&rows::bucket_key(marker)[..], b"\0"].concat();
            cursor.seek(&behind).await?;
        }
        Ok(Self { owner, cursor })
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> Result<Option<Arc<Bucket>>, Fault> {
        while let Some(row) = self.cursor.next().await? {
            let bucket = super::read(&row)?;
            if *bucket.owner == *self.owner {
                return Ok(Some(bucket));
            }
        }
        Ok(None)
    }
}

impl Oss {
    /// The buckets that are wanted, of all regions, and whether more follow.
    pub(crate) async fn owned(
        &self,
        wanted: &Wanted<'_>,
    ) -> Result<(Vec<Arc<Bucket>>, bool), Fault> {
        let view = self.store.meta.view().await?;
        let mut owned = Owned::of(&view, wanted.owner, wanted.prefix, wanted.marker).await?;
        let mut buckets = Vec::new();
        while let Some(bucket) = owned.next().await? {
            if buckets.len() == wanted.limit {
                return Ok((buckets, true));
            }
            buckets.push(bucket);
        }
        Ok((buckets, false))
    }
}
