//! Buckets on the store: made, found, changed and deleted. Knows nothing of HTTP.
//!
//! A bucket is two rows that exist together: its configuration, and its incarnation, which puts expect; settings may
//! add rows of their own (`settings`). Making one
//! writes both where there are none. Deleting one marks the incarnation, looks for objects, and then either removes
//! both rows or takes the mark away. A put that began before the mark expects the row as it was and fails; one that
//! meets the mark clears it in its own commit, and then the removal, which expects the mark, fails. So either the
//! put or the deletion wins, and no object is ever left without its bucket.

mod create;
mod delete;
mod owned;
mod stat;

use std::sync::Arc;

use gateway::Fault;
use policy::Acl;
use store::Row;

use crate::Oss;
use crate::rows::{self, Bucket};

pub(crate) use create::NewBucket;
pub(crate) use owned::Wanted;
pub(crate) use stat::{Held, Stat};

pub(crate) use owned::Owned;

/// The most buckets of one account in one region (§5).
pub(crate) const MOST: usize = 100;

impl Oss {
    /// Gives a bucket another ACL. A bucket that was deleted meanwhile is `NoSuchBucket`.
    pub(crate) async fn set_bucket_acl(&self, bucket: &Bucket, acl: Acl) -> Result<(), Fault> {
        self.reconfigure(bucket, |bucket, _| bucket.acl = acl).await
    }
}

/// A bucket from its row.
fn read(row: &Row) -> Result<Arc<Bucket>, Fault> {
    let name = row.key.get(rows::BUCKETS.len()..).unwrap_or_default();
    let name = std::str::from_utf8(name).map_err(Fault::internal)?;
    Ok(Arc::new(Bucket::decode(name, &row.value)?))
}
