//! Ownership under every order of events that chance finds: releasers, sharers and sweepers that wait at each step, are
//! put in a random order and stopped at random points, as if their process had ended.

use std::{
    collections::BTreeSet,
    task::{Context, Waker},
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use proptest::prelude::{any, proptest};

use super::far;
use crate::{Batch, BlobId, Content, Error, LEASE, Received, Store, disown, own, share, transfer};

const NOON: DateTime<Utc> = DateTime::UNIX_EPOCH;
const LEN: usize = 70_000;

type Task = BoxFuture<'static, ()>;

/// What the memory backend does at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("nothing waits in memory")
}

fn receive(near: &Store) -> BlobId {
    let body = stream::iter([Ok::<_, Error>(Bytes::from(vec![7; LEN]))]);
    match now(near.receive(body, NOON)) {
        Ok(Received::Large { id, .. }) => id,
        other => panic!("{other:?}"),
    }
}

fn fill(fill: impl FnOnce(&mut Batch)) -> Batch {
    let mut batch = Batch::new();
    fill(&mut batch);
    batch
}

/// A commit that may conflict, and then what its caller does next.
async fn attempt(store: &Store, batch: Batch) -> bool {
    match store.meta.commit(batch).await {
        Ok(_) => true,
        Err(Error::Conflict { .. }) => false,
        Err(error) => panic!("{error}"),
    }
}

async fn deletes(store: Store, id: BlobId, owner: &'static str) {
    attempt(&store, fill(|batch| disown(batch, id, owner))).await;
    store.release(id).await.expect("a release succeeds");
}

async fn copies(store: Store, id: BlobId, owner: &'static str) {
    attempt(&store, fill(|batch| share(batch, id, owner))).await;
}

async fn copies_for_a_while(store: Store, id: BlobId) {
    if attempt(&store, fill(|batch| share(batch, id, "brief"))).await {
        deletes(store, id, "brief").await;
    }
}

async fn moves(store: Store, id: BlobId) {
    attempt(&store, fill(|batch| transfer(batch, id, "copy", "moved"))).await;
}

async fn sweeps(store: Store, at: DateTime<Utc>) {
    store.sweep(at).await.expect("a sweep succeeds");
}

async fn owns(store: Store, id: BlobId) {
    attempt(&store, fill(|batch| own(batch, id, "late"))).await;
}

/// The owners, and that there is a whole blob if there are any.
fn owners(near: &Store, id: BlobId) -> BTreeSet<Vec<u8>> {
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

/// Steps the tasks as the schedule says, one poll or one end at a time, and then until all are done.
fn run(near: &Store, id: BlobId, tasks: Vec<Task>, schedule: &[u8]) {
    let mut tasks: Vec<Option<Task>> = tasks.into_iter().map(Some).collect();
    let mut context = Context::from_waker(Waker::noop());
    let rest = std::iter::repeat_n(0..tasks.len() as u8, 200).flatten();
    for step in schedule.iter().copied().chain(rest) {
        let count = tasks.len();
        let slot = &mut tasks[usize::from(step) % count];
        let killed = step >= 250;
        if slot
            .as_mut()
            .is_some_and(|task| killed || task.poll_unpin(&mut context).is_ready())
        {
            *slot = None;
        }
        owners(near, id);
    }
    assert!(tasks.iter().all(Option::is_none), "everything ends");
}

/// When every owner has gone, one sweep leaves neither rows nor bytes.
fn ends_without_a_trace(near: &Store, id: BlobId) {
    now(near.sweep(NOON + LEASE)).expect("a sweep succeeds");
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

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_share_is_lost_and_nothing_is_left(schedule in proptest::collection::vec(any::<u8>(), 0..160)) {
        let near = Store::memory();
        let id = receive(&near);
        now(near.meta.commit(fill(|batch| own(batch, id, "me")))).expect("the lease holds");
        let store = far(near.clone());
        let tasks = vec![
            deletes(store.clone(), id, "me").boxed(),
            copies(store.clone(), id, "copy").boxed(),
            copies_for_a_while(store.clone(), id).boxed(),
            moves(store.clone(), id).boxed(),
            sweeps(store.clone(), NOON).boxed(),
            sweeps(store, NOON).boxed(),
        ];
        run(&near, id, tasks, &schedule);
        ends_without_a_trace(&near, id);
    }

    #[test]
    fn a_late_owner_gets_a_whole_blob_or_none(schedule in proptest::collection::vec(any::<u8>(), 0..100)) {
        let near = Store::memory();
        let id = receive(&near);
        let store = far(near.clone());
        let tasks = vec![
            owns(store.clone(), id).boxed(),
            sweeps(store.clone(), NOON + LEASE).boxed(),
            sweeps(store.clone(), NOON + LEASE).boxed(),
            copies_for_a_while(store, id).boxed(),
        ];
        run(&near, id, tasks, &schedule);
        ends_without_a_trace(&near, id);
    }

    #[test]
    fn a_stopped_upload_leaves_nothing(steps in 0usize..60, len in 65_537usize..300_000) {
        let near = Store::memory();
        let store = far(near.clone());
        let body = stream::iter(std::iter::repeat_n((), len / 10_000 + 1)).map(|()| Ok::<_, Error>(vec![7; 10_000].into()));
        let body = body.flat_map(|piece| stream::iter([piece]).chain(stream::once(async { Ok(Bytes::new()) })));
        {
            let mut receiving = std::pin::pin!(store.receive(Box::pin(body), NOON));
            let mut context = Context::from_waker(Waker::noop());
            let _ = (0..steps).find(|_| receiving.as_mut().poll(&mut context).is_ready());
        }
        now(near.sweep(NOON + LEASE)).expect("a sweep succeeds");
        let rows = now(async { near.meta.view().await?.cursor(b"").take(100).await }).expect("rows");
        assert_eq!(rows, []);
    }
}
