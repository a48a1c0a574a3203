//! What services ask of object storage.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Fault, Guard};

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
