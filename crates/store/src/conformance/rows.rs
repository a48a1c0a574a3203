//! Rows: order, prefixes, snapshots.

use super::{keys, put};
use crate::{Batch, Store};

pub async fn reads_what_was_written(store: Store) {
    let number = put(&store, [("a", "1"), ("b", "")]).await;
    let row = store.meta.get(b"a").await.unwrap().unwrap();
    assert_eq!(
        (&*row.key, row.version, &*row.value),
        (&b"a"[..], number, &b"1"[..])
    );
    let view = store.meta.view().await.unwrap();
    assert_eq!(view.get(b"a").await.unwrap(), Some(row.clone()));
    assert_eq!(view.get(b"b").await.unwrap().unwrap().value, "");
    assert_eq!(view.cursor(b"a").next().await.unwrap(), Some(row));
    for absent in [&b"c"[..], b"A", b"a\0", b"aa"] {
        assert_eq!(store.meta.get(absent).await.unwrap(), None);
        assert_eq!(view.get(absent).await.unwrap(), None);
    }
}

/// In order: a prefix stands before what it begins, and bytes compare unsigned.
const ORDERED: [&[u8]; 14] = [
    b"\0",
    b"\0\0",
    b"A",
    b"Z",
    b"a",
    b"a\0",
    b"a/",
    b"a/b",
    b"a0",
    b"b",
    "\u{e9}".as_bytes(),
    b"\xfe\xff",
    b"\xff",
    b"\xff\xff",
];

pub async fn orders_by_bytes(store: Store) {
    put(&store, ORDERED.iter().rev().map(|key| (key, ""))).await;
    assert_eq!(keys(&store.meta.view().await.unwrap(), "").await, ORDERED);
}

pub async fn stays_in_its_prefix(store: Store) {
    put(&store, ORDERED.map(|key| (key, ""))).await;
    let view = store.meta.view().await.unwrap();
    for prefix in ORDERED
        .into_iter()
        .chain([&b"a/c"[..], b"B", b"\xff\xff\xff", b"\xfe"])
    {
        let expected: Vec<&[u8]> = ORDERED
            .into_iter()
            .filter(|key| key.starts_with(prefix))
            .collect();
        assert_eq!(
            keys(&view, prefix).await,
            expected,
            "prefix {}",
            prefix.escape_ascii()
        );
    }
}

pub async fn takes_long_keys(store: Store) {
    let long = "k".repeat(2048);
    let longest = long.clone().into_bytes();
    put(&store, [(&long[..], "long"), (&long[..2047], "shorter")]).await;
    assert_eq!(
        store.meta.get(&longest).await.unwrap().unwrap().value,
        "long"
    );
    assert_eq!(
        keys(&store.meta.view().await.unwrap(), "k").await,
        [&longest[..2047], &longest]
    );
}

pub async fn snapshots_stand_still(store: Store) {
    put(&store, [("a", "old"), ("b", "old"), ("d", "old")]).await;
    let view = store.meta.view().await.unwrap();
    let mut begun = view.cursor(b"");
    assert_eq!(begun.next().await.unwrap().unwrap().key, "a");
    let mut batch = Batch::new();
    batch
        .put("a", "new")
        .delete("b")
        .put("c", "new")
        .add("n", 1);
    store.meta.commit(batch).await.unwrap();

    assert_eq!(view.get(b"a").await.unwrap().unwrap().value, "old");
    assert_eq!(view.get(b"c").await.unwrap(), None);
    assert_eq!(keys(&view, "").await, ["a", "b", "d"]);
    let rest = begun.take(10).await.unwrap();
    assert!(rest.iter().all(|row| row.value == "old") && rest.len() == 2);
    assert_eq!(
        keys(&store.meta.view().await.unwrap(), "").await,
        ["a", "c", "d", "n"]
    );
}
