//! What a store says after it was closed and opened again.

use std::fs;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::stream;
use tempfile::TempDir;

use crate::{Batch, BlobId, Error, LEASE, Received, Store, disown, own};

fn noon() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

async fn commit(store: &Store, batch: &mut Batch) -> u64 {
    store.meta.commit(batch.take()).await.unwrap()
}

async fn receive(store: &Store, body: &Bytes) -> BlobId {
    let body = stream::iter([Ok::<_, Error>(body.clone())]);
    match store.receive(body, noon()).await.unwrap() {
        Received::Large { id, .. } => id,
        Received::Small(_) => panic!("small"),
    }
}

async fn whole(store: &Store, id: BlobId) -> Result<Bytes, Error> {
    store.blobs.read(id, 0..u64::MAX).await?.into_bytes().await
}

async fn keys(store: &Store) -> Vec<Bytes> {
    let view = store.meta.view().await.unwrap();
    let rows = view.cursor(b"").take(usize::MAX).await.unwrap();
    rows.into_iter().map(|row| row.key).collect()
}

#[tokio::test]
async fn rows_counters_and_versions_stay() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let first = commit(&store, Batch::new().put("a", "1").put("oss/body/x", "body")).await;
    let second = commit(&store, Batch::new().add("n", 5).add("m", -1).put("b", "")).await;
    let third = commit(&store, Batch::new().add("n", 2).delete("b")).await;
    drop(store);

    let store = Store::open(folder.path()).unwrap();
    let a = store.meta.get(b"a").await.unwrap().unwrap();
    assert_eq!((a.version, &a.value[..]), (first, &b"1"[..]));
    let body = store.meta.get(b"oss/body/x").await.unwrap().unwrap();
    assert_eq!((body.version, &body.value[..]), (first, &b"body"[..]));
    let n = store.meta.get(b"n").await.unwrap().unwrap();
    assert_eq!((n.version, n.counter()), (third, 7));
    let m = store.meta.get(b"m").await.unwrap().unwrap();
    assert_eq!((m.version, m.counter()), (second, -1));
    assert_eq!(keys(&store).await, ["a", "m", "n", "oss/body/x"]);
    let fourth = commit(&store, Batch::new().expect_version("a", first).add("n", 1)).await;
    assert!(fourth > third, "commits are never numbered twice");
}

#[tokio::test]
async fn commits_are_counted_on_when_every_row_is_gone() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path()).unwrap();
    commit(&store, Batch::new().put("a", "1")).await;
    let last = commit(&store, Batch::new().delete("a")).await;
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let alone = commit(&store, Batch::new().expect_absent("a")).await;
    assert!(alone > last);
    store.clear().await.unwrap();
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    assert!(commit(&store, Batch::new().put("a", "2")).await > alone);
    assert_eq!(keys(&store).await, ["a"]);
}

#[tokio::test]
async fn blobs_stay_and_go() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let body = Bytes::from(vec![3; 300_000]);
    let [kept, gone, cleared] = [
        receive(&store, &body).await,
        receive(&store, &body).await,
        receive(&store, &body).await,
    ];
    let mut batch = Batch::new();
    own(&mut batch, kept, "me");
    own(&mut batch, gone, "me");
    own(&mut batch, cleared, "me");
    commit(&store, &mut batch).await;
    disown(&mut batch, gone, "me");
    commit(&store, &mut batch).await;
    assert!(store.release(gone).await.unwrap());
    drop(store);

    let store = Store::open(folder.path()).unwrap();
    assert_eq!(whole(&store, kept).await.unwrap(), body);
    assert!(matches!(whole(&store, gone).await, Err(Error::Missing(_))));
    store.clear().await.unwrap();
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    assert!(matches!(
        whole(&store, cleared).await,
        Err(Error::Missing(_))
    ));
    assert_eq!(keys(&store).await.len(), 0);
    assert_eq!(fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0);
    let generations = fs::read_dir(folder.path().join("blobs")).unwrap();
    assert_eq!(generations.count(), 1);
}

#[tokio::test]
async fn uploads_of_an_earlier_process_are_swept_at_once() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let body = Bytes::from(vec![3; 100_000]);
    let id = receive(&store, &body).await;
    assert_eq!(
        store.sweep(noon()).await.unwrap().expired,
        0,
        "its lease holds"
    );
    drop(store);
    fs::write(folder.path().join("tmp/half-a-blob"), "half").unwrap();

    let store = Store::open(folder.path()).unwrap();
    assert_eq!(fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0);
    let swept = store.sweep(noon()).await.unwrap();
    assert_eq!((swept.expired, swept.failed), (1, 0));
    assert!(matches!(whole(&store, id).await, Err(Error::Missing(_))));
    assert_eq!(keys(&store).await.len(), 0);
}

#[tokio::test]
async fn files_without_rows_are_swept_and_others_are_not() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let body = Bytes::from(vec![3; 100_000]);
    let [owned, stray] = [receive(&store, &body).await, receive(&store, &body).await];
    let mut batch = Batch::new();
    own(&mut batch, owned, "me");
    own(&mut batch, stray, "me");
    commit(&store, &mut batch).await;
    // A power cut may undo the end of a deletion: the rows are gone, and the name of the file is back.
    let name = stray.to_string();
    let file = folder.path().join("blobs/0").join(&name[..2]).join(&name);
    let copy = folder.path().join("copy");
    fs::copy(&file, &copy).unwrap();
    disown(&mut batch, stray, "me");
    commit(&store, &mut batch).await;
    assert!(store.release(stray).await.unwrap());
    drop(store);
    fs::rename(copy, &file).unwrap();

    let store = Store::open(folder.path()).unwrap();
    let leased = receive(&store, &body).await;
    let swept = store.sweep(noon()).await.unwrap();
    assert_eq!((swept.strays, swept.failed), (1, 0));
    assert!(!file.exists());
    assert_eq!(whole(&store, owned).await.unwrap(), body);
    assert_eq!(whole(&store, leased).await.unwrap(), body);
    assert_eq!(store.sweep(noon() + LEASE).await.unwrap().strays, 0);
}

#[tokio::test]
async fn a_view_stands_when_the_store_is_cleared_and_ends_with_it() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path()).unwrap();
    commit(&store, Batch::new().put("a", "1").put("oss/body/x", "2")).await;
    let view = store.meta.view().await.unwrap();
    for _ in 0..3 {
        store.clear().await.unwrap();
        commit(&store, Batch::new().put("b", "1")).await;
    }
    let rows = view.cursor(b"").take(10).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| &row.key[..]).collect::<Vec<_>>(),
        [&b"a"[..], b"oss/body/x"]
    );
    drop((store, view));
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(keys(&store).await, ["b"]);
}

#[tokio::test]
async fn what_waits_when_the_store_is_dropped_is_written() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let meta = store.meta.clone();
    let mut waiting = Vec::new();
    for place in 0..50 {
        let meta = meta.clone();
        waiting.push(tokio::spawn(async move {
            meta.commit(Batch::new().put(format!("{place:02}"), "").take())
                .await
        }));
    }
    drop((store, meta));
    for task in waiting {
        task.await.unwrap().unwrap();
    }
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(keys(&store).await.len(), 50);
}

#[tokio::test]
async fn many_rows_are_cleared_as_few_are() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let mut last = 0;
    for rows in [10, 25_000, 10] {
        let mut batch = Batch::new();
        for row in 0..rows {
            batch
                .put(format!("row {row:05}"), "")
                .put(format!("oss/body/{row:05}"), "");
        }
        let filled = commit(&store, &mut batch).await;
        assert!(filled > last);
        last = filled;
        let view = store.meta.view().await.unwrap();
        store.clear().await.unwrap();
        assert_eq!(keys(&store).await.len(), 0);
        assert_eq!(view.cursor(b"").take(60_000).await.unwrap().len(), 2 * rows);
    }
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(keys(&store).await.len(), 0);
    assert!(commit(&store, Batch::new().put("a", "")).await > last);
}
