//! Objects of many extents: reading, sharing, and what is left of them.

use std::sync::Arc;

use oss::Oss;

use crate::cloud::{Cloud, read};

/// Every third piece is too large for a row, so that rows and blobs alternate.
fn piece(n: usize) -> Vec<u8> {
    let len = if n % 3 == 2 { 66_000 + n } else { 1 + n * 7 };
    (0..len).map(|at| (at % 251 + n) as u8).collect()
}

/// An appendable object of so many extents, and its bytes.
async fn grown(cloud: &Cloud, key: &str, pieces: usize) -> Vec<u8> {
    let mut whole = Vec::new();
    for piece in (0..pieces).map(piece) {
        let target = format!("{key}?append&position={}", whole.len());
        let ask = cloud.ask("POST", &target).body(piece.clone());
        ask.send().await.expect(200);
        whole.extend(piece);
    }
    whole
}

async fn copy(cloud: &Cloud, from: &str, to: &str) {
    let source = format!("/my-bucket{from}");
    let ask = cloud.ask("PUT", to).header("x-oss-copy-source", &source);
    ask.send().await.expect(200);
}

#[tokio::test]
async fn ranges_across_extents() {
    let cloud = Cloud::new().await;
    let whole = grown(&cloud, "/log", 150).await;
    assert_eq!(cloud.rows("oss/layout/").await, 1 + 3, "64 extents a row");
    let got = cloud.ask("GET", "/log").send().await.expect(200);
    assert!(got.body == whole);
    let size = whole.len();
    for n in 0..200 {
        let start = n * 7919 % size;
        let end = (start + 1 + n * n * 131 % (size - start)).min(size);
        let range = format!("bytes={start}-{}", end - 1);
        let got = cloud
            .ask("GET", "/log")
            .header("range", &range)
            .send()
            .await;
        let got = got.expect(206);
        assert!(got.body == whole[start..end], "{range}");
        assert_eq!(got.header("content-length"), (end - start).to_string());
    }
}

#[tokio::test]
async fn a_head_stays_small() {
    let cloud = Cloud::new().await;
    grown(&cloud, "/log", 70).await;
    let view = cloud.store.meta.view().await.unwrap();
    let head = view.cursor(b"oss/head/").next().await.unwrap().unwrap();
    assert!(head.value.len() <= 512, "{}", head.value.len());
}

#[tokio::test]
async fn nothing_is_left_of_what_was_deleted_or_replaced() {
    let cloud = Cloud::new().await;
    grown(&cloud, "/deleted", 100).await;
    cloud.ask("DELETE", "/deleted").send().await.expect(204);
    cloud.emptied().await;
    grown(&cloud, "/replaced", 100).await;
    cloud.store("/replaced", "").await;
    cloud.emptied().await;
    let stat = cloud.ask("GET", "/?stat").send().await;
    assert_eq!(stat.element("Storage"), "0");
    assert_eq!(stat.element("ObjectCount"), "1");
}

#[tokio::test]
async fn a_copy_shares_and_outlives_its_original() {
    let cloud = Cloud::new().await;
    let whole = grown(&cloud, "/log", 70).await;
    let extents = cloud.rows("oss/piece/").await + cloud.rows("blob/").await;
    copy(&cloud, "/log", "/copy").await;
    copy(&cloud, "/log", "/copy").await;
    copy(&cloud, "/copy", "/third").await;
    let now = cloud.rows("oss/piece/").await + cloud.rows("blob/").await;
    assert_eq!(now, extents, "nothing was copied");

    // The original grows on, into the row that both read.
    let target = format!("/log?append&position={}", whole.len());
    cloud
        .ask("POST", &target)
        .body("more")
        .send()
        .await
        .expect(200);
    let head = cloud.ask("HEAD", "/copy").send().await;
    assert_eq!(head.header("x-oss-object-type"), "Normal");
    assert_eq!(head.header("x-oss-next-append-position"), "-");
    let appended = cloud.ask("POST", &format!("/copy?append&position={}", whole.len()));
    let refused = appended.body("x").send().await;
    refused.refused(409, "ObjectNotAppendable", "0026-00000017");

    cloud.ask("DELETE", "/log").send().await.expect(204);
    cloud.ask("DELETE", "/third").send().await.expect(204);
    cloud.oss.sweep().await.unwrap();
    let got = cloud.ask("GET", "/copy").send().await.expect(200);
    assert!(got.body == whole);
    cloud.ask("DELETE", "/copy").send().await.expect(204);
    cloud.emptied().await;
}

#[tokio::test]
async fn new_metadata_leaves_an_object_appendable() {
    let cloud = Cloud::new().await;
    let whole = grown(&cloud, "/log", 3).await;
    let ask = cloud.ask("PUT", "/log");
    let ask = ask.header("x-oss-copy-source", "/my-bucket/log");
    let ask = ask.header("x-oss-metadata-directive", "REPLACE");
    ask.header("x-oss-meta-a", "1").send().await.expect(200);
    let head = cloud.ask("HEAD", "/log").send().await;
    assert_eq!(head.header("x-oss-object-type"), "Appendable");
    assert_eq!(head.header("x-oss-meta-a"), "1");
    let target = format!("/log?append&position={}", whole.len());
    cloud
        .ask("POST", &target)
        .body("more")
        .send()
        .await
        .expect(200);
    let got = cloud.ask("GET", "/log").send().await;
    assert!(got.body == [&whole[..], b"more"].concat());
    cloud.ask("DELETE", "/log").send().await.expect(204);
    cloud.emptied().await;
}

/// Who reads has the object as it was, and what it had goes when the last reader has.
#[tokio::test]
async fn a_reader_keeps_what_is_deleted_meanwhile() {
    let cloud = Cloud::new().await;
    let whole = grown(&cloud, "/log", 150).await;
    let first = cloud.ask("GET", "/log").open().await;
    let second = cloud.ask("GET", "/log").open().await;
    cloud.ask("DELETE", "/log").send().await.expect(204);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    cloud.oss.sweep().await.unwrap();
    drop(second);
    assert!(read(first.into_body()).await == whole);
    cloud.emptied().await;
}

/// What a process that stops right after the commit leaves, the next sweep cleans up.
#[tokio::test]
async fn a_sweep_cleans_up_after_a_crash() {
    let cloud = Cloud::new().await;
    grown(&cloud, "/log", 150).await;
    cloud.ask("DELETE", "/log").send().await.expect(204);
    let stopped = cloud.store.fork().unwrap();
    let oss = Arc::new(Oss::new(stopped.clone()));
    let trash = stopped
        .meta
        .view()
        .await
        .unwrap()
        .cursor(b"oss/trash/")
        .next()
        .await;
    assert!(trash.unwrap().is_some(), "the commit is all that happened");
    oss.sweep().await.unwrap();
    for prefix in ["oss/layout", "oss/piece", "oss/trash", "blob/", "loose/"] {
        let mut left = stopped.meta.view().await.unwrap().cursor(prefix.as_bytes());
        assert_eq!(left.next().await.unwrap(), None, "{prefix}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_against_deletions_and_overwritings() {
    let cloud = Cloud::new().await;
    for round in 0..40 {
        let whole = grown(&cloud, "/log", 5).await;
        let copies = (0..3).map(|n| {
            let cloud = cloud.clone();
            tokio::spawn(async move {
                let to = format!("/copy-{n}");
                let ask = cloud.ask("PUT", &to);
                let ask = ask.header("x-oss-copy-source", "/my-bucket/log");
                (to, ask.send().await.status)
            })
        });
        let copies: Vec<_> = copies.collect();
        let method = if round % 2 == 0 { "DELETE" } else { "PUT" };
        cloud.ask(method, "/log").body("").send().await;
        for copy in copies {
            let (key, status) = copy.await.unwrap();
            let got = cloud.ask("GET", &key).send().await;
            match status {
                200 => assert!(got.body == whole || got.body.is_empty(), "{key}"),
                404 => {}
                other => panic!("{other}"),
            }
        }
        cloud.ask("DELETE", "/log").send().await;
        for n in 0..3 {
            cloud.ask("DELETE", &format!("/copy-{n}")).send().await;
        }
        cloud.emptied().await;
    }
}
