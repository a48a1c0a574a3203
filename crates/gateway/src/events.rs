//! What object storage tells of what happens to objects.

use std::fmt;
use std::net::IpAddr;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use store::Batch;

use crate::Fault;

/// Whoever acts when objects change. `fc` implements it; `localyun` wires it.
#[async_trait]
pub trait Events: fmt::Debug + Send + Sync + 'static {
    /// Whether anything may come of events in this bucket. Asked before every change, so it has to be quick.
    async fn watches(&self, bucket: &str) -> Result<bool, Fault>;

    /// The same without a future, where it is known already; `None` where it is not.
    fn watches_at_hand(&self, _bucket: &str) -> Option<bool> {
        None
    }

    /// Adds what comes of a change to the commit that makes it, so that both are kept or neither.
    async fn follow(&self, batch: &mut Batch, event: &ObjectEvent) -> Result<FollowUps, Fault>;

    /// Begins what was added, once it is committed. What is not begun is found again after the next start.
    fn begin(&self, follow_ups: FollowUps);
}

/// What comes of a change.
#[derive(Debug)]
pub struct FollowUps {
    /// The keys of its rows.
    pub keys: Vec<String>,
    /// When it is to happen, in virtual time.
    pub at: DateTime<Utc>,
}

/// A change of an object, told in the commit that makes it.
#[derive(Debug, Clone)]
pub struct ObjectEvent {
    /// What happened, such as `ObjectCreated:PutObject`.
    pub name: &'static str,
    /// Where the bucket lies.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// The uid of the bucket's owner.
    pub owner: String,
    /// The object's name.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// How many bytes more there are under this name than before.
    pub delta: i64,
    /// Without quotes.
    pub etag: String,
    /// The type of its content; empty if none was given.
    pub mime: String,
    /// The metadata of the user: names without `x-oss-meta-`, and values.
    pub metadata: Vec<(String, String)>,
    /// Where the request came from.
    pub peer: IpAddr,
    /// The id of who made it: of the user, of the role or of the account. Empty for nobody.
    pub principal: String,
    /// The id of the request.
    pub request_id: String,
    /// Virtual time.
    pub at: DateTime<Utc>,
}
