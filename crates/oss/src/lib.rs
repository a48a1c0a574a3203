//! The Object Storage Service.
//!
//! A request comes in through [`gateway::serve()`], which asks [`Oss`] in order: which operation and which bucket
//! and key (`route`, `name`), what they are and what guards them (`locate`), to run the operation (`ops`), and
//! to put its answer on the wire (`render`). The operations are thin: what they do to buckets and objects is in
//! `buckets`, `listing` and `objects`, which know nothing of HTTP, over the rows that `rows` describes.
//!
//! Facts about the wire are in the specification's digest, whose sections (§) the modules name.

#![cfg_attr(
    not(test),
    deny(clippy::expect_used, clippy::panic, clippy::unwrap_used)
)]

mod attributes;
mod buckets;
mod cors;
mod document;
mod events;
mod fault;
pub mod form;
mod headers;
mod hot;
mod keywords;
mod known;
mod layouts;
mod lent;
pub mod listing;
mod live;
mod locate;
mod name;
mod objects;
mod ops;
mod platform;
mod render;
mod reply;
mod restores;
mod restricted;
mod route;
mod rows;
mod service;
mod settings;
mod sums;
mod symlinks;
mod text;
mod time;
mod uploads;
mod website;
pub mod xml_in;

use std::sync::{Arc, OnceLock, Weak};

use buckets::NewBucket;
use chrono::{DateTime, Utc};
use gateway::{Events, Fault};
use store::Store;

pub use headers::range;
pub use locate::{ObjectTarget, Target};
pub use name::Name;
pub use reply::Reply;
pub use route::{Bucketless, Need, Route, Scope, Verb};
pub use rows::{Bucket, Kinds, Object, ObjectAcl, Redundancy, StorageClass};

/// The service: every bucket and object of one cloud.
#[derive(Debug)]
pub struct Oss {
    pub(crate) store: Store,
    pub(crate) body_ids: rows::BodyIds,
    pub(crate) buckets: known::Buckets,
    pub(crate) decoded: settings::Decoded,
    pub(crate) hot: hot::HotObjects,
    pub(crate) layouts: Arc<layouts::Layouts>,
    pub(crate) routes: route::Routes,
    pub(crate) summing: sums::Summing,
    /// Who is told of what happens to objects.
    pub(crate) events: OnceLock<Weak<dyn Events>>,
}

impl Oss {
    /// Its operations.
    pub const OPS: &'static [gateway::Op<Self>] = ops::ALL;

    /// The service over what `store` holds.
    pub fn new(store: Store) -> Self {
        Self {
            layouts: layouts::Layouts::new(store.clone()),
            store,
            body_ids: rows::BodyIds::new(),
            buckets: known::Buckets::default(),
            decoded: settings::Decoded::default(),
            hot: hot::HotObjects::default(),
            routes: route::Routes::default(),
            summing: sums::Summing::default(),
            events: OnceLock::new(),
        }
    }

    /// Cleans up what deletions, replaced parts and crashes left. Blobs that this leaves without an owner are deleted, or
    /// are what the store's own sweep goes through.
    ///
    /// Errors: the store's.
    pub async fn sweep(&self) -> Result<(), store::Error> {
        self.layouts.sweep().await
    }

    /// Makes a private bucket, as PutBucket would. `now` is virtual time. That the account has it already is no
    /// error.
    ///
    /// Errors: `InvalidBucketName`, `BucketAlreadyExists`, `TooManyBuckets`; an unknown region is `InvalidArgument`.
    pub async fn make_bucket(
        &self,
        name: &str,
        region: &str,
        owner: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Fault> {
        if !name::is_bucket_name(name) {
            return Err(fault::invalid_bucket_name(name));
        }
        if !gateway::region::is_known(region) {
            return Err(fault::no_such_region(region));
        }
        let new = NewBucket {
            name: name.into(),
            owner: owner.into(),
            region: region.into(),
            acl: None,
            storage_class: None,
            redundancy: None,
        };
        self.create_bucket(&new, now).await?;
        Ok(())
    }
}
