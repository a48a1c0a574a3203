//! Cursors.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::Barrier;

use super::put;
use crate::{Batch, Cursor, Store};

async fn cursor(store: &Store, prefix: &str) -> Cursor {
    store.meta.view().await.unwrap().cursor(prefix.as_bytes())
}

async fn numbered(store: &Store, rows: std::ops::Range<usize>) {
    let mut batch = Batch::new();
    for row in rows {
        batch.put(format!("row/{row:06}"), "old");
    }
    store.meta.commit(batch).await.unwrap();
}

/// The next row's number.
async fn number(cursor: &mut Cursor) -> Option<usize> {
    let row = cursor.next().await.unwrap()?;
    std::str::from_utf8(&row.key[4..]).unwrap().parse().ok()
}

async fn seek(cursor: &mut Cursor, row: usize) -> Option<usize> {
    cursor
        .seek(format!("row/{row:06}").as_bytes())
        .await
        .unwrap();
    number(cursor).await
}

pub async fn reads_in_order(store: Store) {
    numbered(&store, 0..3000).await; // more than any page
    put(&store, [("row", ""), ("row0", "")]).await;
    let mut cursor = cursor(&store, "row/").await;
    assert_eq!(cursor.take(10).await.unwrap().len(), 10);
    for row in 10..3000 {
        assert_eq!(number(&mut cursor).await, Some(row));
    }
    assert_eq!(cursor.next().await.unwrap(), None);
    assert_eq!(cursor.next().await.unwrap(), None);
}

/// Other rows are before and behind the prefix, and some that are gone.
pub async fn jumps_within_the_prefix(store: Store) {
    let keys = ["a", "r/b/1", "r/b/2", "r/c", "r/e/1", "r0", "s"];
    put(&store, keys.map(|key| (key, ""))).await;
    put(&store, [("r/d", ""), ("r/f", ""), ("r/f/1", "")]).await;
    let mut batch = Batch::new();
    batch.delete("r/d").delete("r/f").delete("r/f/1");
    store.meta.commit(batch).await.unwrap();
    let mut cursor = cursor(&store, "r/").await;
    for (to, found) in [
        ("r/b/", Some("r/b/1")),
        ("r/b0", Some("r/c")),
        ("r/d", Some("r/e/1")),
        ("r/e0", None),
        ("r/f", None),
        ("r/z", None),
        ("t", None),
        ("r/e/1", Some("r/e/1")),
        ("r/b/2", Some("r/b/2")),
        ("", Some("r/b/1")),
    ] {
        cursor.seek(to.as_bytes()).await.unwrap();
        let row = cursor.next().await.unwrap();
        let key = row.as_ref().map(|row| &*row.key);
        assert_eq!(key, found.map(str::as_bytes), "{to}");
    }
    assert_eq!(cursor.next().await.unwrap().unwrap().key, "r/b/2");
}

/// Everywhere, so that no table of a backend is left out.
pub async fn jumps_among_all_rows(store: Store) {
    let keys = ["a", "oss/body/1", "oss/body/2", "oss/c", "z"];
    put(&store, keys.map(|key| (key, ""))).await;
    for prefix in ["", "oss/", "oss/body/", "oss/c", "z", "zz"] {
        let expected = keys.iter().filter(|key| key.starts_with(prefix));
        let expected: Vec<_> = expected.map(|key| key.as_bytes()).collect();
        let mut cursor = cursor(&store, prefix).await;
        for _ in 0..2 {
            for from in keys.iter().rev() {
                cursor.seek(from.as_bytes()).await.unwrap();
                let row = cursor.next().await.unwrap();
                let next = expected.iter().find(|key| **key >= from.as_bytes());
                let key = row.as_ref().map(|row| &*row.key);
                assert_eq!(key, next.copied(), "{prefix:?} from {from:?}");
            }
        }
    }
}

pub async fn seeks_forwards_and_back(store: Store) {
    numbered(&store, 0..3000).await;
    let mut cursor = cursor(&store, "row/").await;
    for row in [
        0, 1, 3, 4, 40, 39, 41, 2999, 0, 1500, 1500, 1501, 1504, 2900, 17,
    ] {
        assert_eq!(seek(&mut cursor, row).await, Some(row));
        assert_eq!(
            number(&mut cursor).await,
            Some(row + 1).filter(|row| *row < 3000)
        );
    }
    cursor.seek(b"row/000041\0").await.unwrap();
    assert_eq!(number(&mut cursor).await, Some(42));
}

pub async fn seeks_beyond_the_prefix(store: Store) {
    numbered(&store, 0..10).await;
    put(&store, [("a", ""), ("row", ""), ("row0", ""), ("z", "")]).await;
    let mut cursor = cursor(&store, "row/").await;
    for before in ["", "a", "row", "row."] {
        cursor.seek(before.as_bytes()).await.unwrap();
        assert_eq!(number(&mut cursor).await, Some(0), "seek {before}");
    }
    for behind in ["row/000010", "row0", "row\u{7f}", "z", "zz"] {
        cursor.seek(behind.as_bytes()).await.unwrap();
        assert_eq!(number(&mut cursor).await, None, "seek {behind}");
    }
    assert_eq!(seek(&mut cursor, 9).await, Some(9));
}

/// As a listing with a delimiter does.
pub async fn skips_common_prefixes(store: Store) {
    let mut batch = Batch::new();
    for (folder, file) in (0..20).flat_map(|folder| (0..folder + 1).map(move |file| (folder, file)))
    {
        batch.put(format!("{folder:02}/{file:02}"), "");
    }
    store.meta.commit(batch).await.unwrap();
    let mut cursor = cursor(&store, "").await;
    let mut folders = 0;
    while let Some(row) = cursor.next().await.unwrap() {
        assert_eq!(*row.key, *format!("{folders:02}/00").as_bytes());
        cursor.seek(&[&row.key[..2], b"0"].concat()).await.unwrap(); // '0' follows '/'
        folders += 1;
    }
    assert_eq!(folders, 20);
}

pub async fn walks_beside_writers(store: Store) {
    const ROWS: usize = 100_000;
    for first in (0..ROWS).step_by(1000) {
        numbered(&store, first..first + 1000).await;
    }
    let mut cursor = cursor(&store, "row/").await;
    let (stop, running) = (Arc::new(AtomicBool::new(false)), Arc::new(Barrier::new(3)));
    let writers = [0, 1].map(|writer| {
        let writing = write_until(store.clone(), writer, stop.clone(), running.clone());
        tokio::spawn(writing)
    });
    running.wait().await;
    let mut rows = 0;
    while let Some(row) = cursor.next().await.unwrap() {
        assert_eq!(
            (&*row.key, &*row.value),
            (format!("row/{rows:06}").as_bytes(), &b"old"[..])
        );
        rows += 1;
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(rows, ROWS);
}

/// Changes, deletes and adds rows all over, and says when it has begun.
async fn write_until(store: Store, writer: usize, stop: Arc<AtomicBool>, running: Arc<Barrier>) {
    let mut commits = 0;
    while !stop.load(Ordering::Relaxed) || commits < 10 {
        let row = (commits * 7919 + writer) % 100_000;
        let mut batch = Batch::new();
        batch
            .put(format!("row/{row:06}"), "new")
            .put(format!("row/{row:06}+"), "new");
        batch
            .delete(format!("row/{:06}", 99_999 - row))
            .add("commits", 1);
        store.meta.commit(batch).await.unwrap();
        if commits == 0 {
            running.wait().await;
        }
        commits += 1;
    }
}
