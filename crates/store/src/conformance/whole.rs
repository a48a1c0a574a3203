//! The store as a whole.

use super::{all_keys, body, commit, conflict, counter, fill, missing, put, read, receive, value};
use crate::{Batch, Error, Store, own};

/// A fork, where the backend can do it.
fn fork(store: &Store) -> Option<Store> {
    match store.fork() {
        Ok(fork) => Some(fork),
        Err(Error::Unsupported(_)) => None,
        Err(error) => panic!("{error}"),
    }
}

pub async fn forks_are_independent(store: Store) {
    let version = put(&store, [("a", "both"), ("b", "both")]).await;
    commit(&store, Batch::new().add("n", 1)).await.unwrap();
    let Some(fork) = fork(&store) else { return };
    assert_eq!(
        (fork.backend(), all_keys(&fork).await),
        (store.backend(), all_keys(&store).await)
    );

    commit(
        &store,
        Batch::new()
            .expect_version("a", version)
            .put("a", "store")
            .add("n", 10),
    )
    .await
    .unwrap();
    commit(
        &fork,
        Batch::new()
            .expect_version("a", version)
            .put("a", "fork")
            .add("n", 20),
    )
    .await
    .unwrap();
    commit(&fork, Batch::new().delete("b").put("c", "fork"))
        .await
        .unwrap();
    assert_eq!(
        (
            value(&store, "a").await.unwrap(),
            counter(&store, "n").await
        ),
        ("store".into(), 11)
    );
    assert_eq!(
        (value(&fork, "a").await.unwrap(), counter(&fork, "n").await),
        ("fork".into(), 21)
    );
    assert_eq!(all_keys(&store).await, ["a", "b", "n"]);
    assert_eq!(all_keys(&fork).await, ["a", "c", "n"]);

    fork.clear().await.unwrap();
    assert_eq!(
        (all_keys(&fork).await.len(), all_keys(&store).await.len()),
        (0, 3)
    );
}

pub async fn forks_share_bodies(store: Store) {
    let body = body(300_000);
    let [early, late] = [receive(&store, &body).await, receive(&store, &body).await];
    fill(&store, |batch| own(batch, early, "me")).await.unwrap();
    let Some(fork) = fork(&store) else { return };
    let new = receive(&store, &body).await;
    assert!(missing(&fork, new).await);
    fill(&fork, |batch| own(batch, late, "fork")).await.unwrap();
    store.clear().await.unwrap();
    for id in [early, late] {
        assert!(missing(&store, id).await);
        assert_eq!(read(&fork, id, 0..300_000).await.unwrap(), body);
    }
    fork.blobs.delete(early).await.unwrap();
    assert!(missing(&fork, early).await);
}

pub async fn clears_everything(store: Store) {
    let version = put(&store, [("a", "1"), ("b", "1")]).await;
    let id = receive(&store, &body(100_000)).await;
    let view = store.meta.view().await.unwrap();
    store.clear().await.unwrap();
    assert_eq!(all_keys(&store).await.len(), 0);
    assert!(missing(&store, id).await);
    assert!(
        view.get(b"a").await.unwrap().is_some(),
        "a view taken before stands still"
    );
    conflict(fill(&store, |batch| own(batch, id, "me")).await);
    assert!(
        put(&store, [("a", "1")]).await > version,
        "commits are never numbered twice"
    );
    conflict(commit(&store, Batch::new().expect_version("a", version)).await);
    store.clear().await.unwrap();
    store.clear().await.unwrap();
}

/// Whether the backend keeps named snapshots.
fn keeps_snapshots(store: &Store) -> bool {
    match store.snapshots() {
        Ok(names) => {
            assert_eq!(names, Vec::<String>::new());
            true
        }
        Err(Error::Unsupported(_)) => {
            let refused = |outcome: Result<bool, Error>| {
                assert!(matches!(outcome, Err(Error::Unsupported(_))));
            };
            refused(store.save_snapshot("a").map(|()| true));
            refused(store.restore_snapshot("a"));
            refused(store.delete_snapshot("a"));
            false
        }
        Err(error) => panic!("{error}"),
    }
}

pub async fn snapshots_come_back(store: Store) {
    let body = body(300_000);
    let version = put(&store, [("a", "saved"), ("b", "saved")]).await;
    let id = receive(&store, &body).await;
    fill(&store, |batch| own(batch, id, "me")).await.unwrap();
    if !keeps_snapshots(&store) {
        return;
    }
    store.save_snapshot("s").unwrap();
    let rows = all_keys(&store).await;
    let stamp = store.meta.stamp();
    put(&store, [("a", "later"), ("c", "later")]).await;
    commit(&store, Batch::new().delete("b")).await.unwrap();
    store.clear().await.unwrap();
    let late = receive(&store, &body).await;
    let last = put(&store, [("d", "later")]).await;
    for _ in 0..2 {
        assert!(store.restore_snapshot("s").unwrap());
        assert_eq!(all_keys(&store).await, rows);
        assert_eq!(value(&store, "a").await.unwrap(), "saved");
        assert_eq!(read(&store, id, 0..300_000).await.unwrap(), body);
        assert!(missing(&store, late).await);
        conflict(fill(&store, |batch| own(batch, late, "me")).await);
        commit(&store, Batch::new().expect_version("a", version))
            .await
            .unwrap();
        let next = put(&store, [("a", "changed")]).await;
        assert!(next > last, "commits are never numbered twice");
        store.blobs.delete(id).await.unwrap();
    }
    assert!(stamp.is_none() || store.meta.stamp() != stamp);
}

pub async fn snapshots_are_replaced_and_deleted(store: Store) {
    if !keeps_snapshots(&store) {
        return;
    }
    assert!(!store.restore_snapshot("s").unwrap());
    assert!(!store.delete_snapshot("s").unwrap());
    for (name, text) in [("s", "first"), ("a", "other"), ("s", "second")] {
        put(&store, [("row", text)]).await;
        store.save_snapshot(name).unwrap();
    }
    assert_eq!(store.snapshots().unwrap(), ["a", "s"]);
    assert!(store.restore_snapshot("a").unwrap());
    assert_eq!(value(&store, "row").await.unwrap(), "other");
    assert!(store.restore_snapshot("s").unwrap());
    assert_eq!(value(&store, "row").await.unwrap(), "second");
    assert!(store.delete_snapshot("s").unwrap());
    assert_eq!(store.snapshots().unwrap(), ["a"]);
    assert!(!store.restore_snapshot("s").unwrap());
    assert_eq!(value(&store, "row").await.unwrap(), "second");
}
