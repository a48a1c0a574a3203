//! What services ask of object storage.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;

use crate::{Fault, Guard, Moment};

/// How long buckets of the platform keep an object, in virtual time.
pub const KEPT: TimeDelta = TimeDelta::days(1);

/// Objects of buckets. `oss` implements it; `localyun` wires it.
#[async_trait]
pub trait Objects: fmt::Debug + Send + Sync + 'static {
    /// Finds an object, and says what guards it against being read. `None` where there is no such object, or no such
    /// bucket in this region.
    async fn find(
        &self,
        region: &str,
        bucket: &str,
        key: &str,
    ) -> Result<Option<FoundObject>, Fault>;

    /// Whether the account has a bucket of this name in this region.
    async fn has_bucket(&self, region: &str, account: &str, bucket: &str) -> Result<bool, Fault>;

    /// The bytes of an object. Who reads has been allowed to: this asks nobody. `None` if it is gone, or has more than
    /// `limit` bytes.
    async fn read(&self, bucket: &str, key: &str, limit: u64) -> Result<Option<Bytes>, Fault>;

    /// Makes a bucket of the platform, which can be reached through the acceleration endpoints too, unless it is there.
    /// Its objects are deleted [`KEPT`] after they were stored. An account that has the name is an error.
    async fn platform_bucket(&self, region: &str, bucket: &str, now: &Moment) -> Result<(), Fault>;

    /// Stores an object in a bucket of the platform, in the place of one that is there.
    async fn store(&self, bucket: &str, key: &str, bytes: Bytes, now: &Moment)
    -> Result<(), Fault>;
}

/// What is known of an object before it is read.
#[derive(Debug, Clone)]
pub struct FoundObject {
    /// The resource that policies see: `acs:oss:*:<uid>:<bucket>/<key>`.
    pub arn: String,
    /// What guards it, for [`Call::require_on`](crate::Call::require_on) with `oss:GetObject`.
    pub guard: Guard,
    /// Its size in bytes.
    pub size: u64,
}
