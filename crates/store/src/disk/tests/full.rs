//! A device without room.

use std::{fs, path::Path};

use bytes::Bytes;
use chrono::DateTime;
use futures_util::stream;
use tempfile::TempDir;

use super::Mounted;
use crate::{Batch, Error, ReceiveError, Received, Store};

/// Leaves so many MiB on a small device.
fn fill(folder: &Path, left: u64) {
    let device = rustix::fs::statvfs(folder).unwrap();
    let free = device.f_bavail * device.f_frsize;
    let filling = vec![1; usize::try_from(free - (left << 20)).unwrap()];
    fs::write(folder.join("filling"), filling).unwrap();
}

#[tokio::test]
async fn a_full_device_takes_nothing_and_loses_nothing() {
    let device = TempDir::new().unwrap();
    let Some(_mounted) = Mounted::small(device.path(), 96) else {
        return;
    };
    let folder = device.path().join("data");
    let store = Store::open(&folder).unwrap();
    let put = |key: &'static str, len: usize| {
        let mut batch = Batch::new();
        batch.put(key, vec![9; len]);
        store.meta.commit(batch)
    };
    let first = put("before", 50_000).await.unwrap();

    fill(device.path(), 30);
    assert!(matches!(put("large", 50_000).await, Err(Error::Full)));
    let body = stream::iter([Ok::<_, Error>(Bytes::from(vec![1; 200_000]))]);
    let received = store.receive(body, DateTime::UNIX_EPOCH).await;
    assert!(
        matches!(received, Err(ReceiveError::Store(Error::Full))),
        "{received:?}"
    );
    // What takes next to no room, such as deleting something, still works.
    let little = put("little", 100).await.unwrap();
    assert!(little > first);

    fill_up(device.path());
    assert!(matches!(put("less", 100).await, Err(Error::Full)));
    let row = store.meta.get(b"before").await.unwrap().unwrap();
    assert_eq!((row.version, row.value.len()), (first, 50_000));

    fs::remove_file(device.path().join("filling")).unwrap();
    fs::remove_file(device.path().join("rest")).unwrap();
    put("after", 50_000).await.unwrap();
    let body = stream::iter([Ok::<_, Error>(Bytes::from(vec![1; 200_000]))]);
    let received = store.receive(body, DateTime::UNIX_EPOCH).await.unwrap();
    assert!(matches!(received, Received::Large { .. }));
    drop(store);

    let store = Store::open(&folder).unwrap();
    let view = store.meta.view().await.unwrap();
    for (key, there) in [
        ("before", true),
        ("large", false),
        ("little", true),
        ("less", false),
        ("after", true),
    ] {
        let found = view.get(key.as_bytes()).await.unwrap();
        assert_eq!(found.is_some(), there, "{key}");
    }
}

fn fill_up(folder: &Path) {
    let device = rustix::fs::statvfs(folder).unwrap();
    let free = device.f_bavail * device.f_frsize;
    let rest = vec![1; usize::try_from(free.saturating_sub(4 << 20)).unwrap()];
    fs::write(folder.join("rest"), rest).unwrap();
}

#[tokio::test]
async fn a_device_without_room_for_a_store_is_refused() {
    let device = TempDir::new().unwrap();
    let Some(_mounted) = Mounted::small(device.path(), 1) else {
        return;
    };
    fs::write(device.path().join("filling"), vec![1; (1 << 20) - 4096]).unwrap();
    let folder = device.path().join("data");
    let error = Store::open(&folder).unwrap_err();
    assert!(error.to_string().contains("data"), "{error}");
    fs::remove_file(device.path().join("filling")).unwrap();
    Store::open(&folder).unwrap();
}
