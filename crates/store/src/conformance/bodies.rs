//! Blobs.

use std::{io, pin::pin};

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::{body, missing, pieces, read};
use crate::{BlobId, Store};

async fn write(store: &Store, body: &Bytes, size: usize) -> BlobId {
    let id = BlobId::random().unwrap();
    assert_eq!(
        store.blobs.write(id, pieces(body, size)).await.unwrap(),
        body.len() as u64
    );
    id
}

pub async fn reads_ranges(store: Store) {
    let body = body(1000);
    let id = write(&store, &body, 1000).await;
    for (start, end) in [
        (0, 1000),
        (0, 0),
        (0, 1),
        (999, 1000),
        (17, 500),
        (500, 500),
    ] {
        assert_eq!(
            read(&store, id, start..end).await.unwrap(),
            body[start as usize..end as usize]
        );
    }
    assert_eq!(read(&store, id, 900..5000).await.unwrap(), body[900..]);
    assert_eq!(read(&store, id, 0..u64::MAX).await.unwrap(), body);
    assert_eq!(read(&store, id, 1000..1001).await.unwrap(), "");
    assert_eq!(read(&store, id, 5000..u64::MAX).await.unwrap(), "");
    #[expect(
        clippy::reversed_empty_ranges,
        reason = "an arithmetic slip of a caller is not a panic of the store"
    )]
    let reversed = read(&store, id, 20..10).await.unwrap();
    assert_eq!(reversed, "");
}

pub async fn reads_across_chunks(store: Store) {
    let body = body(3_000_000);
    for size in [1000, 65_536, 262_144, 262_145, 1_000_000, 3_000_000] {
        let id = write(&store, &body, size).await;
        assert_eq!(
            read(&store, id, 0..3_000_000).await.unwrap(),
            body,
            "chunks of {size}"
        );
        for edge in [
            1000, 65_536, 262_144, 262_145, 524_288, 1_000_000, 2_999_997,
        ] {
            let range = edge - 3..edge + 3;
            assert_eq!(
                read(&store, id, range.clone()).await.unwrap(),
                body[range.start as usize..range.end as usize]
            );
        }
    }
    let with_gaps =
        stream::iter([&b"ab"[..], b"", b"c", b""].map(|piece| Ok(Bytes::from_static(piece))));
    let id = BlobId::random().unwrap();
    assert_eq!(store.blobs.write(id, with_gaps.boxed()).await.unwrap(), 3);
    assert_eq!(read(&store, id, 1..3).await.unwrap(), "bc");
}

pub async fn an_empty_blob_is_a_blob(store: Store) {
    let id = write(&store, &Bytes::new(), 1).await;
    assert_eq!(read(&store, id, 0..0).await.unwrap(), "");
    assert_eq!(read(&store, id, 0..10).await.unwrap(), "");
}

pub async fn misses_what_is_not_there(store: Store) {
    assert!(missing(&store, BlobId::random().unwrap()).await);
}

pub async fn a_failed_write_leaves_nothing(store: Store) {
    let id = BlobId::random().unwrap();
    let cut = pieces(&body(1_000_000), 100_000)
        .chain(stream::once(async { Err(io::Error::other("cut")) }));
    assert!(store.blobs.write(id, cut.boxed()).await.is_err());
    assert!(missing(&store, id).await);
    assert_eq!(
        store.blobs.write(id, pieces(&body(10), 10)).await.unwrap(),
        10,
        "the name is free again"
    );
}

pub async fn a_dropped_write_leaves_nothing(store: Store) {
    let id = BlobId::random().unwrap();
    let (reached, mut stalled) = tokio::sync::mpsc::channel::<()>(1);
    let stall = stream::once(async move {
        reached.send(()).await.unwrap();
        std::future::pending().await
    });
    {
        let writing = store
            .blobs
            .write(id, pieces(&body(1_000_000), 100_000).chain(stall).boxed());
        let mut writing = pin!(writing);
        tokio::select! {
            _ = &mut writing => panic!("the body has not ended"),
            _ = stalled.recv() => {}
        }
        assert!(missing(&store, id).await, "nothing shows before the end");
    }
    assert!(missing(&store, id).await);
}

pub async fn deletes_twice(store: Store) {
    let id = write(&store, &body(100), 10).await;
    let other = write(&store, &body(100), 10).await;
    store.blobs.delete(id).await.unwrap();
    assert!(missing(&store, id).await);
    store.blobs.delete(id).await.unwrap();
    store.blobs.delete(BlobId::random().unwrap()).await.unwrap();
    assert_eq!(read(&store, other, 0..100).await.unwrap(), body(100));
}

pub async fn content_outlives_its_blob(store: Store) {
    let body = body(1_000_000);
    let id = write(&store, &body, 100_000).await;
    let content = store.blobs.read(id, 0..1_000_000).await.unwrap();
    let streamed = store.blobs.read(id, 10..999_990).await.unwrap();
    store.blobs.delete(id).await.unwrap();
    assert_eq!(content.into_bytes().await.unwrap(), body);
    let pieces: Vec<Bytes> = streamed.into_stream().map(Result::unwrap).collect().await;
    assert_eq!(pieces.concat(), body[10..999_990]);
}
