//! A panic inside an operation, provoked in the store, is the answer to its own request and to no other.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;
use futures_util::stream;
use gateway::Body;
use http_body::Frame;
use http_body_util::StreamBody;
use store::{Backend, Batch, Error, Meta, Row, Store, View};
use tokio::sync::mpsc::{self, Receiver};

use crate::cloud::Cloud;

/// Every commit panics that is about a row with this in its name.
const CURSED: &str = "cursed";

/// A store in memory with a curse on it.
#[derive(Debug)]
struct Haunted {
    store: Store,
}

#[async_trait]
impl Meta for Haunted {
    async fn view(&self) -> Result<View, Error> {
        self.store.meta.view().await
    }

    async fn get(&self, key: &[u8]) -> Result<Option<Row>, Error> {
        self.store.meta.get(key).await
    }

    async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        let named = format!("{batch:?}").contains(CURSED);
        assert!(!named, "only the log may say this");
        self.store.meta.commit(batch).await
    }
}

#[async_trait]
impl Backend for Haunted {
    fn name(&self) -> &'static str {
        "haunted"
    }

    fn fork(&self) -> Result<Store, Error> {
        self.store.fork()
    }

    async fn clear(&self) -> Result<(), Error> {
        self.store.clear().await
    }
}

fn haunted() -> Store {
    let store = Store::memory();
    let blobs = store.blobs.clone();
    let haunted = Arc::new(Haunted { store });
    Store::new(haunted.clone(), blobs, haunted)
}

/// A body that comes as it is sent.
fn body_of(pieces: Receiver<&'static str>) -> Body {
    let frames = stream::unfold(pieces, async |mut pieces| {
        let piece = Bytes::from_static(pieces.recv().await?.as_bytes());
        Some((Ok::<_, std::io::Error>(Frame::data(piece)), pieces))
    });
    Body::new(StreamBody::new(frames), Some(6))
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_says_no_more() {
    let cloud = Cloud::over(haunted()).await;
    let answer = cloud.ask("PUT", "/cursed").body("1").send().await;
    answer.refused(500, "InternalError", "-");
    assert!(!answer.text().contains("panic") && !answer.text().contains("only the log"));
    let id = answer.header("x-oss-request-id").to_owned();
    let record = cloud.gateway.records.find(&id).unwrap();
    assert_eq!((record.status, record.op), (500, Some("PutObject")));
}

#[tokio::test]
async fn a_panic_harms_no_other_request() {
    let cloud = Cloud::over(haunted()).await;
    cloud.store("/old", "before").await;
    let (pieces, waiting) = mpsc::channel(1);
    let slow = cloud.ask("PUT", "/slow").header("content-length", "6");
    let slow = tokio::spawn(slow.stream(body_of(waiting)).send());
    pieces.send("be").await.unwrap();
    for _ in 0..20 {
        let cursed = cloud.ask("PUT", "/cursed").body("1").send();
        let beside = cloud.ask("PUT", "/new").body("beside").send();
        let (cursed, beside) = tokio::join!(cursed, beside);
        cursed.refused(500, "InternalError", "-");
        beside.expect(200);
    }
    pieces.send("side").await.unwrap();
    drop(pieces);
    slow.await.unwrap().expect(200);
    for (target, body) in [("/old", "before"), ("/new", "beside"), ("/slow", "beside")] {
        let got = cloud.ask("GET", target).send().await.expect(200);
        assert_eq!(got.text(), body, "{target}");
    }
    cloud.ask("GET", "/cursed").send().await.expect(404);
}

#[tokio::test]
async fn what_a_panic_leaves_behind_is_swept() {
    let cloud = Cloud::over(haunted()).await;
    let large = vec![7; store::SMALL + 1];
    let answer = cloud.ask("PUT", "/cursed").body(large).send().await;
    answer.refused(500, "InternalError", "-");
    let later = cloud.gateway.clock.wall() + store::LEASE + TimeDelta::seconds(1);
    cloud.store.sweep(later).await.unwrap();
    assert_eq!(cloud.rows("blob/").await + cloud.rows("pending/").await, 0);
}
