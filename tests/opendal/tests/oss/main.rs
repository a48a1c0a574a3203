//! Objects, multipart uploads, appends, listings, signed URLs and refusals through OpenDAL, against the binary.

mod server;

use std::time::Duration;

use futures_util::TryStreamExt;
use opendal::{ErrorKind, Operator};
use server::Server;

/// Bytes in which no part looks like another.
fn bytes(len: usize) -> Vec<u8> {
    (0u32..).flat_map(u32::to_le_bytes).take(len).collect()
}

async fn read(operator: &Operator, path: &str) -> Vec<u8> {
    operator.read(path).await.unwrap().to_vec()
}

#[tokio::test]
async fn an_objects_life() {
    let server = Server::start();
    let lake = server.admin("/data");
    lake.check().await.unwrap();
    lake.write_with("a/b c.txt", "hello")
        .content_type("text/plain")
        .cache_control("no-cache")
        .user_metadata([("color".to_owned(), "red".to_owned())])
        .await
        .unwrap();
    assert_eq!(read(&lake, "a/b c.txt").await, b"hello");
    let part = lake.read_with("a/b c.txt").range(1..3).await.unwrap();
    assert_eq!(part.to_vec(), b"el");
    let stat = lake.stat("a/b c.txt").await.unwrap();
    assert_eq!(
        (stat.content_length(), stat.content_type()),
        (5, Some("text/plain"))
    );
    assert_eq!(stat.cache_control(), Some("no-cache"));
    let color = stat.user_metadata().unwrap().get("color");
    assert_eq!(color.map(String::from).as_deref(), Some("red"));
    assert_eq!(stat.etag(), Some("\"5D41402ABC4B2A76B9719D911017C592\""));

    lake.copy("a/b c.txt", "copied").await.unwrap();
    assert_eq!(read(&lake, "copied").await, b"hello");
    let again = lake.write_with("copied", "other").if_not_exists(true).await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::ConditionNotMatch);
    assert_eq!(read(&lake, "copied").await, b"hello");

    lake.delete("a/b c.txt").await.unwrap();
    lake.delete("a/b c.txt").await.unwrap();
    let gone = lake.read("a/b c.txt").await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
    assert!(gone.to_string().contains("NoSuchKey"), "{gone}");
}

#[tokio::test]
async fn a_multipart_upload() {
    let server = Server::start();
    let lake = server.admin("/");
    let body = bytes(1_000_001);
    let mut writer = lake
        .writer_with("large")
        .chunk(128 * 1024)
        .concurrent(4)
        .await
        .unwrap();
    for piece in body.chunks(100_000) {
        writer.write(piece.to_vec()).await.unwrap();
    }
    let stat = writer.close().await.unwrap();
    assert_eq!(stat.content_length(), 1_000_001);
    assert!(
        lake.stat("large")
            .await
            .unwrap()
            .etag()
            .unwrap()
            .ends_with("-8\"")
    );
    assert_eq!(read(&lake, "large").await, body);
    let pieces: Vec<_> = lake
        .reader_with("large")
        .chunk(70_000)
        .concurrent(4)
        .await
        .unwrap()
        .into_stream(1000..900_000)
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    let read: Vec<u8> = pieces.iter().flat_map(|piece| piece.to_vec()).collect();
    assert_eq!(read, body[1000..900_000]);
}

/// What was there stays, until an upload completes; one that is aborted leaves nothing.
#[tokio::test]
async fn an_interrupted_upload_changes_nothing() {
    let server = Server::start();
    let lake = server.admin("/");
    lake.write("table", "before").await.unwrap();
    let mut writer = lake.writer_with("table").chunk(100 * 1024).await.unwrap();
    writer.write(bytes(350_000)).await.unwrap();
    assert_eq!(read(&lake, "table").await, b"before");
    writer.abort().await.unwrap();
    assert_eq!(read(&lake, "table").await, b"before");
    lake.delete("table").await.unwrap();

    let mut writer = lake.writer_with("table").chunk(100 * 1024).await.unwrap();
    writer.write(bytes(350_000)).await.unwrap();
    writer.close().await.unwrap();
    assert_eq!(read(&lake, "table").await, bytes(350_000));
}

#[tokio::test]
async fn appending() {
    let server = Server::start();
    let lake = server.admin("/");
    for line in ["one\n", "two\n", "three\n"] {
        let mut log = lake.writer_with("log").append(true).await.unwrap();
        log.write(line).await.unwrap();
        log.close().await.unwrap();
    }
    assert_eq!(read(&lake, "log").await, b"one\ntwo\nthree\n");
    lake.write("normal", "x").await.unwrap();
    let mut refused = lake.writer_with("normal").append(true).await.unwrap();
    refused
        .write("y")
        .await
        .and(refused.close().await.map(drop))
        .unwrap_err();
    assert_eq!(read(&lake, "normal").await, b"x");
}

#[tokio::test]
async fn listing_and_deleting_many() {
    let server = Server::start();
    let lake = server.admin("/warehouse");
    let names: Vec<_> = (0..1100)
        .map(|n| format!("t/{:02}/{n:04}.parquet", n % 3))
        .collect();
    for name in &names {
        lake.write(name, "x").await.unwrap();
    }
    lake.write("t/readme", "x").await.unwrap();
    let paths = |entries: Vec<opendal::Entry>| -> Vec<String> {
        entries
            .iter()
            .map(|entry| entry.path().to_owned())
            .collect()
    };
    let here = paths(lake.list("t/").await.unwrap());
    assert_eq!(here, ["t/00/", "t/01/", "t/02/", "t/readme"]);
    let all = paths(lake.list_with("t/").recursive(true).await.unwrap());
    assert_eq!(all.len(), 1101);
    let rest = lake
        .list_with("t/")
        .recursive(true)
        .start_after("t/02/1000.parquet")
        .await;
    assert!(
        rest.unwrap()
            .iter()
            .all(|entry| entry.path() > "t/02/1000.parquet")
    );
    lake.delete_with("t/").recursive(true).await.unwrap();
    assert_eq!(lake.list_with("t/").recursive(true).await.unwrap().len(), 0);
}

#[tokio::test]
async fn signed_urls() {
    let server = Server::start();
    let lake = server.admin("/");
    let put = lake
        .presign_write("signed", Duration::from_secs(60))
        .await
        .unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let send = async |request: &opendal::raw::PresignedRequest, body: &'static str| {
        let url = request.uri().to_string();
        let mut headers = request.header().clone();
        headers.remove("content-length"); // OpenDAL states that of a body of its own, which is empty
        let sent = client
            .request(request.method().clone(), url)
            .headers(headers);
        let answer = sent.body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(send(&put, "by URL").await.0, 200);
    let get = lake
        .presign_read("signed", Duration::from_secs(60))
        .await
        .unwrap();
    assert_eq!(send(&get, "").await, (200, "by URL".to_owned()));
    let forged = server.operator("/", "localyun", "wrong");
    let get = forged
        .presign_read("signed", Duration::from_secs(60))
        .await
        .unwrap();
    let (status, text) = send(&get, "").await;
    assert_eq!(status, 403);
    assert!(text.contains("SignatureDoesNotMatch"), "{text}");
}

#[tokio::test]
async fn refusals() {
    let server = Server::start();
    let lake = server.admin("/");
    lake.write("secret", "x").await.unwrap();
    for (key, secret, code) in [
        ("localyun", "wrong", "SignatureDoesNotMatch"),
        ("nobody", "x", "InvalidAccessKeyId"),
    ] {
        let error = server
            .operator("/", key, secret)
            .read("secret")
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
        assert!(error.to_string().contains(code), "{error}");
        let error = server.operator("/", key, secret).write("secret", "y").await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::PermissionDenied);
    }
    assert_eq!(read(&lake, "secret").await, b"x");
}
