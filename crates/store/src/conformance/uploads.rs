//! Receiving bodies, and sweeping what became of them.

use std::{io, pin::pin};

use bytes::Bytes;
use chrono::TimeDelta;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::mpsc;

use super::{all_keys, body, conflict, fill, keys, missing, noon, pieces, read, receive};
use crate::{BlobId, LEASE, ReceiveError, Received, SMALL, Store, Swept, own};

pub async fn splits_small_from_large(store: Store) {
    assert_eq!(SMALL, 65_536);
    for size in [1, 1000, 65_535, 65_536, usize::MAX] {
        for len in [0, 1, 65_535, 65_536] {
            let body = body(len);
            let received = store.receive(pieces(&body, size), noon()).await.unwrap();
            assert_eq!(
                received,
                Received::Small(body),
                "{len} bytes in pieces of {size}"
            );
        }
    }
    assert_eq!(all_keys(&store).await.len(), 0);
    for (len, size) in [
        (65_537, 1),
        (65_537, 65_536),
        (65_537, 65_537),
        (1_000_000, 999),
        (1_000_000, 1_000_000),
    ] {
        let body = body(len);
        let Received::Large { id, len } = store.receive(pieces(&body, size), noon()).await.unwrap()
        else {
            panic!("{len} bytes are not small");
        };
        assert_eq!(read(&store, id, 0..len).await.unwrap(), body);
        assert_eq!(len, body.len() as u64);
    }
}

pub async fn gathers_small_pieces(store: Store) {
    let empty = std::iter::repeat_n("", 1000);
    let letters = stream::iter(
        empty
            .chain(["a", "", "b"])
            .map(|piece| Ok::<_, io::Error>(piece.into())),
    );
    let received = store.receive(letters, noon()).await.unwrap();
    assert_eq!(received, Received::Small("ab".into()));
}

#[derive(Debug, PartialEq)]
struct HungUp;

/// A body that fails after so many bytes.
fn cut(len: usize) -> impl Stream<Item = Result<Bytes, HungUp>> + Send + Unpin + 'static {
    pieces(&body(len), 1000)
        .map(|piece| piece.map_err(|_| HungUp))
        .chain(stream::iter([Err(HungUp)]))
}

pub async fn a_failed_body_leaves_nothing(store: Store) {
    for len in [0, 1000, SMALL, SMALL + 1, 1_000_000] {
        let failed = store.receive(cut(len), noon()).await;
        assert!(
            matches!(failed, Err(ReceiveError::Body(HungUp))),
            "{failed:?}"
        );
        assert_eq!(all_keys(&store).await.len(), 0, "after {len} bytes");
    }
    assert_eq!(
        store.sweep(noon() + LEASE * 2).await.unwrap(),
        Swept::default()
    );
}

/// A body that comes when we say so.
fn slow() -> (
    mpsc::Sender<Bytes>,
    impl Stream<Item = Result<Bytes, io::Error>> + Send + Unpin + 'static,
) {
    let (pieces, mut coming) = mpsc::channel(1);
    (
        pieces,
        stream::poll_fn(move |context| coming.poll_recv(context).map(|piece| piece.map(Ok))),
    )
}

/// Sends pieces until the blob is being written: all but the last have been taken, the last but one by the writer.
async fn begin(pieces: &mpsc::Sender<Bytes>) {
    for _ in 0..4 {
        pieces.send(body(SMALL)).await.unwrap();
    }
}

/// The blob that is under a lease.
async fn leased(store: &Store) -> BlobId {
    let leases = keys(&store.meta.view().await.unwrap(), "pending/").await;
    let [lease] = &leases[..] else {
        panic!("{leases:?}")
    };
    BlobId::from_bytes(lease["pending/".len()..].try_into().unwrap())
}

pub async fn leases_before_the_first_byte(store: Store) {
    let (pieces, body) = slow();
    let receiver = store.clone();
    let receiving = tokio::spawn(async move { receiver.receive(body, noon()).await });
    begin(&pieces).await;
    let id = leased(&store).await;
    assert!(
        missing(&store, id).await,
        "it cannot be read before its end"
    );
    drop(pieces);
    assert_eq!(
        receiving.await.unwrap().unwrap(),
        Received::Large {
            id,
            len: 4 * SMALL as u64
        }
    );
    assert_eq!(
        leased(&store).await,
        id,
        "the lease stays until somebody owns it"
    );
}

pub async fn sweeps_spare_a_slow_upload(store: Store) {
    let (pieces, body) = slow();
    let receiver = store.clone();
    let receiving = tokio::spawn(async move { receiver.receive(body, noon()).await });
    begin(&pieces).await;
    let id = leased(&store).await;
    for hours in 1..5 {
        let swept = store.sweep(noon() + TimeDelta::hours(hours)).await.unwrap();
        assert_eq!(
            swept,
            Swept {
                renewed: 1,
                ..Swept::default()
            }
        );
        pieces.send("more".into()).await.unwrap();
    }
    drop(pieces);
    assert_eq!(
        receiving.await.unwrap().unwrap(),
        Received::Large {
            id,
            len: 4 * SMALL as u64 + 16
        }
    );
    let swept = store
        .sweep(noon() + TimeDelta::hours(4) + LEASE / 2)
        .await
        .unwrap();
    assert_eq!(swept, Swept::default(), "the renewed lease goes on");
    fill(&store, |batch| own(batch, id, "me")).await.unwrap();
    let swept = store.sweep(noon() + TimeDelta::days(4)).await.unwrap();
    assert_eq!(swept, Swept::default(), "an owner needs no lease");
    assert_eq!(
        read(&store, id, 4 * SMALL as u64..u64::MAX).await.unwrap(),
        "moremoremoremore"
    );
}

pub async fn sweeps_take_a_dropped_upload(store: Store) {
    let (pieces, body) = slow();
    {
        let mut receiving = pin!(store.receive(body, noon()));
        tokio::select! {
            _ = &mut receiving => panic!("the body has not ended"),
            () = begin(&pieces) => {}
        }
    }
    let id = leased(&store).await;
    assert!(missing(&store, id).await);
    assert_eq!(
        store.sweep(noon() + LEASE / 2).await.unwrap(),
        Swept::default()
    );
    let swept = store.sweep(noon() + LEASE).await.unwrap();
    assert_eq!(
        swept,
        Swept {
            expired: 1,
            ..Swept::default()
        }
    );
    assert_eq!(all_keys(&store).await.len(), 0);
}

pub async fn sweeps_take_what_nobody_owned(store: Store) {
    let id = receive(&store, &body(100_000)).await;
    assert_eq!(store.sweep(noon()).await.unwrap(), Swept::default());
    assert_eq!(read(&store, id, 0..10).await.unwrap(), body(10));
    let swept = store.sweep(noon() + LEASE).await.unwrap();
    assert_eq!(
        swept,
        Swept {
            expired: 1,
            ..Swept::default()
        }
    );
    assert!(missing(&store, id).await);
    assert_eq!(all_keys(&store).await.len(), 0);
    assert_eq!(store.sweep(noon() + LEASE).await.unwrap(), Swept::default());
}

pub async fn a_swept_upload_cannot_be_owned(store: Store) {
    let id = receive(&store, &body(100_000)).await;
    store.sweep(noon() + LEASE).await.unwrap();
    let late = fill(&store, |batch| {
        own(batch, id, "me");
        batch.put("head", "");
    });
    assert!(conflict(late.await).starts_with(b"pending/"));
    assert_eq!(all_keys(&store).await.len(), 0);
}

pub async fn an_unwanted_body_is_released(store: Store) {
    let id = receive(&store, &body(100_000)).await;
    assert!(store.release(id).await.unwrap());
    assert!(missing(&store, id).await);
    assert_eq!(all_keys(&store).await.len(), 0);
}
