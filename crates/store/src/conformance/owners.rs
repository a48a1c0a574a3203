//! Who a blob belongs to.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use super::{all_keys, body, conflict, fill, missing, noon, read, receive, together};
use crate::{Batch, BlobId, Store, Swept, disown, own, share, transfer};

const LEN: usize = 70_000;

/// A blob that belongs to these.
async fn owned_by(store: &Store, owners: &[&str]) -> BlobId {
    let id = receive(store, &body(LEN)).await;
    fill(store, |batch| own(batch, id, owners[0]))
        .await
        .unwrap();
    for owner in &owners[1..] {
        fill(store, |batch| share(batch, id, owner)).await.unwrap();
    }
    id
}

async fn whole(store: &Store, id: BlobId) -> bool {
    read(store, id, 0..u64::MAX)
        .await
        .is_ok_and(|bytes| bytes == body(LEN))
}

async fn disowned(store: &Store, id: BlobId, owner: &str) {
    fill(store, |batch| disown(batch, id, owner)).await.unwrap();
}

pub async fn the_last_owner_takes_it_along(store: Store) {
    let id = owned_by(&store, &["me"]).await;
    assert!(!store.release(id).await.unwrap());
    assert!(whole(&store, id).await);
    disowned(&store, id, "me").await;
    assert!(whole(&store, id).await, "disowning alone deletes nothing");
    assert!(store.release(id).await.unwrap());
    assert!(missing(&store, id).await);
    assert_eq!(all_keys(&store).await.len(), 0);
    store.release(id).await.unwrap();
    assert_eq!(all_keys(&store).await.len(), 0);
}

pub async fn a_shared_blob_stays(store: Store) {
    let id = owned_by(&store, &["me", "you", ""]).await;
    for owner in ["me", ""] {
        disowned(&store, id, owner).await;
        assert!(!store.release(id).await.unwrap());
        assert!(whole(&store, id).await);
    }
    assert_eq!(store.sweep(noon()).await.unwrap(), Swept::default());
    disowned(&store, id, "me").await; // again: it stays with the other
    assert!(!store.release(id).await.unwrap());
    disowned(&store, id, "you").await;
    assert!(store.release(id).await.unwrap());
    assert_eq!(all_keys(&store).await.len(), 0);
}

pub async fn a_deleted_blob_cannot_be_shared(store: Store) {
    let id = owned_by(&store, &["me"]).await;
    disowned(&store, id, "me").await;
    fill(&store, |batch| share(batch, id, "in time"))
        .await
        .unwrap();
    assert!(!store.release(id).await.unwrap());
    disowned(&store, id, "in time").await;
    assert!(store.release(id).await.unwrap());
    let late = fill(&store, |batch| share(batch, id, "late")).await;
    assert!(conflict(late).starts_with(b"blob/"));
    let again = fill(&store, |batch| own(batch, id, "late")).await;
    assert!(conflict(again).starts_with(b"pending/"));
    assert_eq!(all_keys(&store).await.len(), 0);
}

pub async fn changes_hands(store: Store) {
    let id = owned_by(&store, &["part"]).await;
    fill(&store, |batch| transfer(batch, id, "part", "object"))
        .await
        .unwrap();
    let gone = fill(&store, |batch| transfer(batch, id, "part", "other")).await;
    assert!(conflict(gone).ends_with(b"/part"));
    assert!(!store.release(id).await.unwrap());
    assert!(whole(&store, id).await);
    disowned(&store, id, "object").await;
    assert!(store.release(id).await.unwrap());
}

pub async fn a_sweep_finishes_what_a_releaser_left(store: Store) {
    let lost = owned_by(&store, &["me"]).await;
    let kept = owned_by(&store, &["me", "you"]).await;
    disowned(&store, lost, "me").await;
    disowned(&store, kept, "me").await;
    let swept = store.sweep(noon()).await.unwrap();
    assert_eq!(
        swept,
        Swept {
            ownerless: 1,
            ..Swept::default()
        }
    );
    assert!(missing(&store, lost).await);
    assert!(whole(&store, kept).await);
    assert_eq!(store.sweep(noon()).await.unwrap(), Swept::default());
    disowned(&store, kept, "you").await;
    store.sweep(noon()).await.unwrap();
    assert_eq!(all_keys(&store).await.len(), 0);
}

/// A releaser may stop at any point at which it waits; a sweep puts it right.
pub async fn a_stopped_release_does_no_harm(store: Store) {
    for steps in 0..40 {
        let lost = owned_by(&store, &["me"]).await;
        let kept = owned_by(&store, &["me", "you"]).await;
        for id in [lost, kept] {
            disowned(&store, id, "me").await;
            stopped(store.release(id), steps).await;
        }
        assert!(whole(&store, kept).await);
        store.sweep(noon()).await.unwrap();
        assert!(missing(&store, lost).await && whole(&store, kept).await);
        fill(&store, |batch| share(batch, kept, "they"))
            .await
            .unwrap();
        fill(&store, |batch| {
            ["you", "they"]
                .iter()
                .for_each(|owner| disown(batch, kept, owner))
        })
        .await
        .unwrap();
        stopped(store.sweep(noon()), steps).await;
        store.sweep(noon()).await.unwrap();
        assert!(missing(&store, kept).await);
        assert_eq!(
            all_keys(&store).await.len(),
            0,
            "stopped after {steps} steps"
        );
    }
}

async fn stopped(future: impl Future, steps: usize) {
    let mut future = pin!(future);
    for _ in 0..steps {
        if poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Copies an object while it is being deleted: the copy is whole or refused, and nothing stays behind.
pub async fn shares_race_releases(store: Store) {
    for _ in 0..100 {
        let id = owned_by(&store, &["me"]).await;
        disowned(&store, id, "me").await;
        let tasks = (0..4).map(|task| race(store.clone(), id, task));
        let shared = together(tasks).await;
        assert_eq!(
            whole(&store, id).await,
            shared.contains(&true),
            "{shared:?}"
        );
        let mut batch = Batch::new();
        (0..4).for_each(|task| disown(&mut batch, id, format!("{task}")));
        store.meta.commit(batch).await.unwrap();
        store.sweep(noon()).await.unwrap();
        assert!(missing(&store, id).await);
        assert_eq!(all_keys(&store).await.len(), 0);
    }
}

/// Whether this task got a share; the others release and sweep.
async fn race(store: Store, id: BlobId, task: usize) -> bool {
    match task {
        0 => drop(store.release(id).await.unwrap()),
        1 => drop(store.sweep(noon()).await.unwrap()),
        _ => {
            let outcome = fill(&store, |batch| share(batch, id, format!("{task}"))).await;
            assert!(
                outcome
                    .as_ref()
                    .map_or_else(crate::Error::is_conflict, |_| true)
            );
            return outcome.is_ok();
        }
    }
    false
}
