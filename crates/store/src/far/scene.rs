//! A blob, those who do something to it, and what must hold at every step.

use std::{
    collections::BTreeSet,
    task::{Context, Waker},
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{FutureExt, future::BoxFuture, stream};

use crate::{Batch, BlobId, Content, Error, LEASE, Received, Store, disown, own, share, transfer};

pub(super) const NOON: DateTime<Utc> = DateTime::UNIX_EPOCH;
pub(super) const LEN: usize = 70_000;

pub(super) type Task = BoxFuture<'static, ()>;

/// What the memory backend does at once.
pub(super) fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("nothing waits in memory")
}

pub(super) fn receive(near: &Store) -> BlobId {
    let body = stream::iter([Ok::<_, Error>(Bytes::from(vec![7; LEN]))]);
    match now(near.receive(body, NOON)) {
        Ok(Received::Large { id, .. }) => id,
        other => panic!("{other:?}"),
    }
}

pub(super) fn fill(fill: impl FnOnce(&mut Batch)) -> Batch {
    let mut batch = Batch::new();
    fill(&mut batch);
    batch
}

/// A commit that may conflict, and then what its caller does next.
pub(super) async fn attempt(store: &Store, batch: Batch) -> bool {
    match store.meta.commit(batch).await {
        Ok(_) => true,
        Err(Error::Conflict { .. }) => false,
        Err(error) => panic!("{error}"),
    }
}

pub(super) async fn disowns(store: Store, id: BlobId, owner: &'static str) {
    attempt(&store, fill(|batch| disown(batch, id, owner))).await;
}

pub(super) async fn releases(store: Store, id: BlobId) {
    store.release(id).await.expect("a release succeeds");
}

pub(super) async fn deletes(store: Store, id: BlobId, owner: &'static str) {
    disowns(store.clone(), id, owner).await;
    releases(store, id).await;
}

pub(super) async fn copies(store: Store, id: BlobId, owner: &'static str) {
    attempt(&store, fill(|batch| share(batch, id, owner))).await;
}

pub(super) async fn copies_for_a_while(store: Store, id: BlobId) {
    if attempt(&store, fill(|batch| share(batch, id, "brief"))).await {
        deletes(store, id, "brief").await;
    }
}

pub(super) async fn moves(store: Store, id: BlobId) {
    attempt(&store, fill(|batch| transfer(batch, id, "copy", "moved"))).await;
}

pub(super) async fn sweeps(store: Store, at: DateTime<Utc>) {
    store.sweep(at).await.expect("a sweep succeeds");
}

pub(super) async fn owns(store: Store, id: BlobId) {
    attempt(&store, fill(|batch| own(batch, id, "late"))).await;
}

/// The owners, and that there is a whole blob if there are any.
pub(super) fn owners(near: &Store, id: BlobId) -> BTreeSet<Vec<u8>> {
    let prefix = [&b"blob/"[..], id.as_bytes(), b"/"].concat();
    let rows =
        now(async { near.meta.view().await?.cursor(&prefix).take(100).await }).expect("rows");
    let owners: BTreeSet<_> = rows
        .iter()
        .map(|row| row.key[prefix.len()..].to_vec())
        .collect();
    if !owners.is_empty() {
        let content = now(near.blobs.read(id, 0..u64::MAX)).expect("an owned blob is there");
        let Content::Bytes(pieces) = content else {
            panic!("in memory")
        };
        assert_eq!(pieces.iter().map(Bytes::len).sum::<usize>(), LEN);
    }
    owners
}

/// What happens next: which task goes on, and for how many steps; 0 is where its process ends.
pub(super) type Burst = (usize, u8);

/// Steps the tasks as the schedule says, and then until all are done.
pub(super) fn run(
    near: &Store,
    id: BlobId,
    tasks: Vec<Task>,
    schedule: impl IntoIterator<Item = Burst>,
) {
    let mut tasks: Vec<Option<Task>> = tasks.into_iter().map(Some).collect();
    let mut context = Context::from_waker(Waker::noop());
    let rest = (0..tasks.len()).map(|task| (task, u8::MAX));
    for (task, steps) in schedule.into_iter().chain(rest) {
        let slot = &mut tasks[task];
        if steps == 0 {
            *slot = None;
        }
        for _ in 0..steps {
            let Some(going) = slot else { break };
            if going.poll_unpin(&mut context).is_ready() {
                *slot = None;
            }
            owners(near, id);
        }
    }
    assert!(tasks.iter().all(Option::is_none), "everything ends");
}

/// When all have stopped, a sweep makes what is owned shareable; when every owner has gone, one leaves neither rows nor
/// bytes.
pub(super) fn ends_without_a_trace(near: &Store, id: BlobId) {
    now(near.sweep(NOON + LEASE)).expect("a sweep succeeds");
    let left = owners(near, id);
    if !left.is_empty() {
        assert!(now(attempt(near, fill(|batch| share(batch, id, "again")))));
    }
    let left = owners(near, id);
    let gone = fill(|batch| left.iter().for_each(|owner| disown(batch, id, owner)));
    now(near.meta.commit(gone)).expect("disowning never conflicts");
    now(near.sweep(NOON + LEASE)).expect("a sweep succeeds");
    assert!(matches!(
        now(near.blobs.read(id, 0..1)),
        Err(Error::Missing(_))
    ));
    let rows = now(async { near.meta.view().await?.cursor(b"").take(100).await }).expect("rows");
    assert_eq!(rows, []);
}
