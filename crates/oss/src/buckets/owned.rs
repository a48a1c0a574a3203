//! The buckets of an account.

use std::sync::Arc;

use gateway::Fault;
use store::{Cursor, View};

use crate::Oss;
use crate::rows::{self, Bucket};
use crate::settings::BucketTags;

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
    /// Only buckets with a tag of this key, and of this value if there is one.
    pub(crate) tag: Option<(&'a str, Option<&'a str>)>,
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
    /// The names of all buckets of all accounts, for people who look for one.
    pub async fn bucket_names(&self) -> Result<Vec<String>, Fault> {
        let view = self.store.meta.view().await?;
        let mut cursor = view.cursor(&rows::bucket_key(""));
        let mut names = Vec::new();
        while let Some(row) = cursor.next().await? {
            names.push(super::read(&row)?.name.to_string());
        }
        Ok(names)
    }

    /// The buckets that are wanted, of all regions, and whether more follow.
    pub(crate) async fn owned(
        &self,
        wanted: &Wanted<'_>,
    ) -> Result<(Vec<Arc<Bucket>>, bool), Fault> {
        let view = self.store.meta.view().await?;
        let mut owned = Owned::of(&view, wanted.owner, wanted.prefix, wanted.marker).await?;
        let mut buckets = Vec::new();
        while let Some(bucket) = owned.next().await? {
            if !self.is_tagged(&bucket, wanted).await? {
                continue;
            }
            if buckets.len() == wanted.limit {
                return Ok((buckets, true));
            }
            buckets.push(bucket);
        }
        Ok((buckets, false))
    }

    async fn is_tagged(&self, bucket: &Bucket, wanted: &Wanted<'_>) -> Result<bool, Fault> {
        let Some((key, value)) = wanted.tag else {
            return Ok(true);
        };
        let tags = self.setting::<BucketTags>(bucket).await?;
        let fits = |(k, v): &(String, String)| k == key && value.is_none_or(|value| v == value);
        Ok(tags.is_some_and(|tags| tags.0.iter().any(fits)))
    }
}
