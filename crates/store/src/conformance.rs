//! What every backend must do: one suite, a function per behaviour.
//!
//! A backend is done when the tests that [`conformance!`](crate::conformance!) makes of it pass. Each function takes an
//! empty store, panics where the store misbehaves, and waits for conditions, never for time. The functions need a
//! multi-threaded tokio runtime.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict")]
#![allow(missing_docs, reason = "the name of a behaviour is its documentation")]

pub mod bodies;
pub mod commits;
pub mod owners;
pub mod rows;
pub mod uploads;
pub mod walks;
pub mod whole;

pub mod model;

use std::{future::Future, ops::Range};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, stream};

use crate::{Batch, BlobId, ByteStream, Error, Key, Received, Store, View};

/// Makes a test of each behaviour, in the module where it stands. The expression is a future of an empty store, made
/// anew for every test. The crate needs `tokio` for its tests, with `macros` and `rt-multi-thread`.
///
/// ```
/// mod tests {
///     store::conformance!(async { store::Store::memory() });
/// }
/// ```
#[macro_export]
macro_rules! conformance {
    ($make:expr) => {
        $crate::conformance!(@ $make,
            rows: reads_what_was_written orders_by_bytes stays_in_its_prefix takes_long_keys
                snapshots_stand_still;
            walks: reads_in_order jumps_within_the_prefix jumps_among_all_rows seeks_forwards_and_back seeks_beyond_the_prefix skips_common_prefixes
                walks_beside_writers;
            commits: numbers_grow every_change_changes_the_stamp every_write_changes_the_mark expects_absent expects_present expects_version
                expects_what_is_remembered what_is_remembered_is_not_outlived
                an_expectation_may_stand_alone changes_nothing_on_conflict writes_each_key_once
                adds_start_at_zero adds_refuse_other_rows adds_sum_up one_of_many_wins
                retries_lose_no_update strangers_do_not_conflict;
            bodies: reads_ranges reads_across_chunks an_empty_blob_is_a_blob misses_what_is_not_there
                a_failed_write_leaves_nothing a_dropped_write_leaves_nothing deletes_twice
                content_outlives_its_blob;
            uploads: splits_small_from_large gathers_small_pieces a_failed_body_leaves_nothing
                leases_before_the_first_byte sweeps_spare_a_slow_upload sweeps_take_a_dropped_upload
                sweeps_take_what_nobody_owned a_swept_upload_cannot_be_owned
                an_unwanted_body_is_released;
            owners: the_last_owner_takes_it_along a_shared_blob_stays a_deleted_blob_cannot_be_shared
                changes_hands a_sweep_finishes_what_a_releaser_left a_stopped_release_does_no_harm
                shares_race_releases;
            whole: forks_are_independent forks_share_bodies clears_everything snapshots_come_back
                snapshots_are_replaced_and_deleted;
            model: agrees_with_a_model;
        );
    };
    (@ $make:expr, $($group:ident: $($name:ident)+;)+) => {
        $(mod $group {
            #[allow(unused_imports, reason = "the expression may need them")]
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                $crate::conformance::$group::$name($make.await).await;
            })+
        })+
    };
}

/// Some instant of wall time.
fn noon() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

/// Writes these rows in one commit.
async fn put<K: AsRef<[u8]>>(
    store: &Store,
    rows: impl IntoIterator<Item = (K, &'static str)>,
) -> u64 {
    let mut batch = Batch::new();
    for (key, value) in rows {
        batch.put(key, value);
    }
    store.meta.commit(batch).await.unwrap()
}

/// The value under a key.
async fn value(store: &Store, key: &str) -> Option<Bytes> {
    store
        .meta
        .get(key.as_bytes())
        .await
        .unwrap()
        .map(|row| row.value)
}

/// The sum under a key.
async fn counter(store: &Store, key: &str) -> i64 {
    store
        .meta
        .get(key.as_bytes())
        .await
        .unwrap()
        .map_or(0, |row| row.counter())
}

/// The keys of a prefix, in the order a cursor gives them.
async fn keys(view: &View, prefix: impl AsRef<[u8]>) -> Vec<Key> {
    let rows = view.cursor(prefix.as_ref()).take(usize::MAX).await.unwrap();
    rows.into_iter().map(|row| row.key).collect()
}

/// Every key of a store.
async fn all_keys(store: &Store) -> Vec<Key> {
    keys(&store.meta.view().await.unwrap(), "").await
}

/// That a commit conflicts, and on which key.
fn conflict(outcome: Result<u64, Error>) -> Key {
    match outcome {
        Err(Error::Conflict { key }) => key,
        other => panic!("expected a conflict, got {other:?}"),
    }
}

/// A body in which every place can be told from its neighbours.
fn body(len: usize) -> Bytes {
    (0..len).map(|place| (place % 251) as u8).collect()
}

/// A body in pieces.
fn pieces(body: &Bytes, size: usize) -> ByteStream {
    let body = body.clone();
    let starts = (0..body.len()).step_by(size);
    stream::iter(starts.map(move |at| Ok(body.slice(at..body.len().min(at + size))))).boxed()
}

/// Part of a blob.
async fn read(store: &Store, id: BlobId, range: Range<u64>) -> Result<Bytes, Error> {
    store.blobs.read(id, range).await?.into_bytes().await
}

/// That a blob is not there.
async fn missing(store: &Store, id: BlobId) -> bool {
    matches!(store.blobs.read(id, 0..1).await, Err(Error::Missing(missed)) if missed == id)
}

/// A large body under a lease from [`noon`].
async fn receive(store: &Store, body: &Bytes) -> BlobId {
    match store.receive(pieces(body, 10_000), noon()).await.unwrap() {
        Received::Large { id, len } => {
            assert_eq!(len, body.len() as u64);
            id
        }
        Received::Small(_) => panic!("{} bytes are not small", body.len()),
    }
}

/// Commits a batch as a chain leaves it.
async fn commit(store: &Store, batch: &mut Batch) -> Result<u64, Error> {
    store.commit(batch.take()).await
}

/// Commits what this adds to a batch.
async fn fill(store: &Store, fill: impl FnOnce(&mut Batch)) -> Result<u64, Error> {
    let mut batch = Batch::new();
    fill(&mut batch);
    store.meta.commit(batch).await
}

/// Runs tasks that start together, and returns what they return.
async fn together<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    tasks: impl IntoIterator<Item = F>,
) -> Vec<T> {
    let tasks: Vec<F> = tasks.into_iter().collect();
    let start = std::sync::Arc::new(tokio::sync::Barrier::new(tasks.len()));
    let started = tasks.into_iter().map(|task| {
        let start = start.clone();
        tokio::spawn(async move {
            start.wait().await;
            task.await
        })
    });
    let started: Vec<_> = started.collect();
    let mut outcomes = Vec::new();
    for task in started {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}
