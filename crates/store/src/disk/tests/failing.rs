//! Syncs that fail.

use bytes::Bytes;
use chrono::DateTime;
use futures_util::stream;
use tempfile::TempDir;

use crate::{
    Batch, Error, Faults, OpenError, Options, ReceiveError, Received, Store,
    faults::{Fault, SyncPoint},
};

fn options(faults: &Faults) -> Options {
    Options {
        faults: faults.clone(),
    }
}

async fn put(store: &Store, key: &str) -> Result<u64, Error> {
    store.meta.commit(Batch::new().put(key, "").take()).await
}

async fn receive(store: &Store) -> Result<Received, ReceiveError<Error>> {
    let body = stream::iter([Ok::<_, Error>(Bytes::from(vec![1; 200_000]))]);
    store.receive(body, DateTime::UNIX_EPOCH).await
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_written_and_everything_read() {
    for (point, fault) in [
        (SyncPoint::Rows, Fault::Io),
        (SyncPoint::Rows, Fault::Full),
        (SyncPoint::Body, Fault::Io),
        (SyncPoint::BodyFolder, Fault::Io),
        (SyncPoint::BodyFolder, Fault::Full),
        (SyncPoint::Shard, Fault::Io),
    ] {
        let folder = TempDir::new().unwrap();
        let faults = Faults::default();
        let store = Store::open_with(folder.path(), &options(&faults)).unwrap();
        put(&store, "before").await.unwrap();
        faults.arm(point, fault);
        match point {
            SyncPoint::Rows => {
                let failed = put(&store, "lost").await;
                assert!(matches!(failed, Err(Error::Io(_))), "{point:?}: {failed:?}");
            }
            _ => {
                let failed = receive(&store).await;
                let failed_io = matches!(failed, Err(ReceiveError::Store(Error::Io(_))));
                assert!(failed_io, "{point:?}: {failed:?}");
            }
        }
        faults.disarm();
        // It stays so, also when the device is well again: what it forgot is not known.
        assert!(
            matches!(put(&store, "later").await, Err(Error::Poisoned)),
            "{point:?}"
        );
        let later = receive(&store).await;
        assert!(
            matches!(later, Err(ReceiveError::Store(Error::Poisoned))),
            "{point:?}: {later:?}"
        );
        assert!(matches!(store.clear().await, Err(Error::Poisoned)));
        assert!(store.meta.get(b"before").await.unwrap().is_some());
        assert!(store.meta.get(b"lost").await.unwrap().is_none());
        assert_eq!(
            store
                .meta
                .view()
                .await
                .unwrap()
                .cursor(b"b")
                .take(9)
                .await
                .unwrap()
                .len(),
            1
        );
        drop(store);

        let store = Store::open(folder.path()).unwrap();
        assert!(store.meta.get(b"before").await.unwrap().is_some());
        put(&store, "after").await.unwrap();
        receive(&store).await.unwrap();
        assert_eq!(store.sweep(DateTime::UNIX_EPOCH).await.unwrap().failed, 0);
    }
}

#[tokio::test]
async fn a_body_without_room_is_refused_and_harms_nothing() {
    let folder = TempDir::new().unwrap();
    let faults = Faults::default();
    let store = Store::open_with(folder.path(), &options(&faults)).unwrap();
    faults.arm(SyncPoint::Body, Fault::Full);
    let full = receive(&store).await;
    assert!(
        matches!(full, Err(ReceiveError::Store(Error::Full))),
        "{full:?}"
    );
    let left = store.meta.view().await.unwrap().cursor(b"").take(9).await;
    assert_eq!(left.unwrap(), []);
    faults.disarm();
    put(&store, "later").await.unwrap();
    receive(&store).await.unwrap();
}

#[tokio::test]
async fn a_failed_clear_poisons() {
    for point in [SyncPoint::Rows, SyncPoint::Tables, SyncPoint::Shard] {
        let folder = TempDir::new().unwrap();
        let faults = Faults::default();
        let store = Store::open_with(folder.path(), &options(&faults)).unwrap();
        put(&store, "before").await.unwrap();
        faults.arm(point, Fault::Io);
        assert!(store.clear().await.is_err());
        faults.disarm();
        assert!(matches!(put(&store, "later").await, Err(Error::Poisoned)));
        drop(store);
        let store = Store::open(folder.path()).unwrap();
        assert!(store.meta.get(b"before").await.unwrap().is_some());
        store.clear().await.unwrap();
    }
}

#[tokio::test]
async fn a_start_that_fails_can_be_tried_again() {
    for point in [
        SyncPoint::Format,
        SyncPoint::Folder,
        SyncPoint::Tables,
        SyncPoint::Shard,
    ] {
        let folder = TempDir::new().unwrap();
        let faults = Faults::default();
        faults.arm(point, Fault::Io);
        let error = Store::open_with(folder.path(), &options(&faults)).unwrap_err();
        assert!(matches!(error, OpenError::Io { .. }), "{point:?}: {error}");
        faults.disarm();
        let store = Store::open_with(folder.path(), &options(&faults)).unwrap();
        put(&store, "a").await.unwrap();
    }
}

#[tokio::test]
async fn a_skipped_sync_is_reported_as_done() {
    for point in SyncPoint::ALL {
        let folder = TempDir::new().unwrap();
        let faults = Faults::default();
        faults.arm(point, Fault::Skip);
        let store = Store::open_with(folder.path(), &options(&faults)).unwrap();
        put(&store, "a").await.unwrap();
        receive(&store).await.unwrap();
        store.clear().await.unwrap();
        put(&store, "b").await.unwrap();
        drop(store);
        let store = Store::open(folder.path()).unwrap();
        assert!(store.meta.get(b"b").await.unwrap().is_some());
    }
}
