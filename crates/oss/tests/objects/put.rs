//! PutObject, DeleteObject.

use bytes::Bytes;
use gateway::Body;
use http_body_util::StreamBody;

use crate::cloud::{Cloud, HOST};

/// A body that comes in these pieces and then ends, or breaks off.
fn pieces(pieces: Vec<Bytes>, breaks: bool, declared: Option<u64>) -> Body {
    let frames = pieces.into_iter().map(|p| Ok(http_body::Frame::data(p)));
    let end = breaks.then(|| Err(std::io::Error::other("reset")));
    let stream = futures_util::stream::iter(frames.chain(end));
    Body::new(StreamBody::new(stream), declared)
}

#[tokio::test]
async fn a_put_says_what_it_stored() {
    let cloud = Cloud::new().await;
    let answer = cloud.store("/k", "123456789").await;
    assert_eq!(
        answer.header("etag"),
        "\"25F9E794323B453885F5181F1B624D0B\""
    );
    assert_eq!(answer.header("content-md5"), "JfnnlDI7RTiF9RgfG2JNCw==");
    assert_eq!(
        answer.header("x-oss-hash-crc64ecma"),
        "11051210869376104954"
    );
    assert_eq!(answer.header("content-length"), "0");
    assert_eq!(answer.header("server"), "AliyunOSS");
    assert_eq!(answer.header("connection"), "keep-alive");
    assert_eq!(answer.header("date"), "Thu, 15 Jan 2026 02:03:04 GMT");
    assert_eq!(answer.header("x-oss-request-id").len(), 24);
    assert!(answer.header("x-oss-server-time").parse::<u64>().is_ok());
    assert_eq!(answer.header("x-oss-ec"), "-");
}

#[tokio::test]
async fn an_empty_object_has_a_crc_of_zero() {
    let cloud = Cloud::new().await;
    let answer = cloud.store("/k", "").await;
    assert_eq!(answer.header("x-oss-hash-crc64ecma"), "0");
    assert_eq!(
        answer.header("etag"),
        "\"D41D8CD98F00B204E9800998ECF8427E\""
    );
    let got = cloud.ask("GET", "/k").send().await.expect(200);
    assert_eq!((got.body.len(), got.header("content-length")), (0, "0"));
}

#[tokio::test]
async fn every_size_comes_back_as_it_went() {
    let cloud = Cloud::new().await;
    for size in [1, 1024, 65_536, 65_537, 300_000, 3_000_001_usize] {
        let bytes: Vec<u8> = (0..size).map(|n| (n % 253) as u8).collect();
        let parts = bytes.chunks(40_000).map(Bytes::copy_from_slice).collect();
        cloud
            .ask("PUT", "/k")
            .header("transfer-encoding", "chunked")
            .stream(pieces(parts, false, None))
            .send()
            .await
            .expect(200);
        let got = cloud.ask("GET", "/k").send().await.expect(200);
        assert!(got.body == bytes, "{size}");
        assert_eq!(got.header("content-length"), size.to_string());
    }
    // One head and one body: what was replaced is gone.
    assert_eq!(cloud.rows("oss/head/").await, 1);
    assert_eq!(cloud.rows("oss/body/").await, 0);
    assert_eq!(cloud.rows("blob/").await, 2);
    cloud.ask("DELETE", "/k").send().await.expect(204);
    for prefix in [
        "oss/head/",
        "oss/body/",
        "blob/",
        "loose/",
        "pending/",
        "tombstone/",
    ] {
        assert_eq!(cloud.rows(prefix).await, 0, "{prefix}");
    }
}

#[tokio::test]
async fn a_put_without_a_length_is_refused() {
    let cloud = Cloud::new().await;
    let answer = cloud.ask("PUT", "/k").send().await;
    answer.refused(411, "MissingContentLength", "-");
}

#[tokio::test]
async fn digests_are_verified_and_nothing_is_kept() {
    let cloud = Cloud::new().await;
    cloud.store("/k", "before").await;
    let large = "x".repeat(100_000);
    for body in ["small", large.as_str()] {
        for (name, value, code, ec) in [
            (
                "content-md5",
                "1B2M2Y8AsgTpgAmY7PhCfg==",
                "InvalidDigest",
                "0017-00000503",
            ),
            (
                "content-md5",
                "25f9e794323b453885f5181f1b624d0b",
                "InvalidDigest",
                "0017-00000503",
            ),
            ("content-md5", "AA==", "InvalidDigest", "0017-00000503"),
            ("x-oss-hash-crc64ecma", "1", "InvalidCRC64", "-"),
            ("x-oss-hash-crc64ecma", "-1", "InvalidCRC64", "-"),
        ] {
            let ask = cloud.ask("PUT", "/k").header(name, value);
            let answer = ask.body(body.to_owned()).send().await;
            answer.refused(400, code, ec);
        }
    }
    let got = cloud.ask("GET", "/k").send().await.expect(200);
    assert_eq!(got.body, b"before");
    assert_eq!(cloud.rows("blob/").await + cloud.rows("pending/").await, 0);
    let good = cloud
        .ask("PUT", "/k")
        .header("content-md5", "JfnnlDI7RTiF9RgfG2JNCw==")
        .header("x-oss-hash-crc64ecma", "11051210869376104954");
    good.body("123456789").send().await.expect(200);
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing() {
    let cloud = Cloud::new().await;
    for size in [10, 200_000] {
        let part = Bytes::from(vec![1; size]);
        let body = pieces(vec![part], true, Some(1_000_000));
        let ask = cloud.ask("PUT", "/k").header("content-length", "1000000");
        let answer = ask.stream(body).send().await;
        answer.refused(400, "IncompleteBody", "-");
    }
    cloud.ask("GET", "/k").send().await.expect(404);
    assert_eq!(cloud.rows("blob/").await + cloud.rows("pending/").await, 0);
}

#[tokio::test]
async fn five_gigabytes_are_the_limit() {
    let cloud = Cloud::new().await;
    let length = 5 * 1024 * 1024 * 1024_u64 + 1;
    let body = pieces(vec![], false, Some(length));
    let ask = cloud
        .ask("PUT", "/k")
        .header("content-length", &length.to_string());
    ask.stream(body)
        .send()
        .await
        .refused(400, "EntityTooLarge", "-");
}

#[tokio::test]
async fn overwriting_can_be_forbidden() {
    let cloud = Cloud::new().await;
    let put = |value| {
        cloud
            .ask("PUT", "/k")
            .header("x-oss-forbid-overwrite", value)
            .body("1")
    };
    put("true").send().await.expect(200);
    put("true")
        .send()
        .await
        .refused(409, "FileAlreadyExists", "-");
    put("false").send().await.expect(200);
}

#[tokio::test]
async fn of_many_puts_that_forbid_it_one_wins() {
    let cloud = Cloud::new().await;
    let puts = (0..20).map(|n| {
        let ask = cloud
            .ask("PUT", "/k")
            .header("x-oss-forbid-overwrite", "true");
        tokio::spawn(ask.body(n.to_string()).send())
    });
    let mut stored = 0;
    for answer in futures_util::future::join_all(puts).await {
        stored += usize::from(answer.unwrap().status == 200);
    }
    assert_eq!(stored, 1);
}

#[tokio::test]
async fn counters_follow_every_change() {
    let cloud = Cloud::new().await;
    cloud.store("/a", "12345").await;
    cloud.store("/b", "1").await;
    cloud.store("/a", "12").await;
    cloud.ask("DELETE", "/b").send().await.expect(204);
    cloud.ask("DELETE", "/b").send().await.expect(204);
    let stat = cloud.ask("GET", "/?stat").send().await.expect(200);
    assert_eq!(
        (stat.element("ObjectCount"), stat.element("Storage")),
        ("1".into(), "2".into())
    );
}

#[tokio::test]
async fn an_object_has_the_class_of_its_request() {
    let cloud = Cloud::new().await;
    let put = |class| {
        cloud
            .ask("PUT", "/k")
            .header("x-oss-storage-class", class)
            .body("1")
            .send()
    };
    put("Cold").await.refused(400, "InvalidArgument", "-");
    for class in [
        "IA",
        "Archive",
        "ColdArchive",
        "DeepColdArchive",
        "Standard",
    ] {
        put(class).await.expect(200);
        let head = cloud.ask("HEAD", "/k").send().await.expect(200);
        assert_eq!(head.header("x-oss-storage-class"), class);
    }
}

#[tokio::test]
async fn digests_that_are_no_text_are_refused() {
    let cloud = Cloud::new().await;
    for (name, code) in [
        ("content-md5", "InvalidDigest"),
        ("x-oss-hash-crc64ecma", "InvalidCRC64"),
    ] {
        let answer = cloud
            .ask("PUT", "/k")
            .header_bytes(name, b"1B2M2Y8AsgTpgAmY7PhCf\xff==")
            .body("1")
            .send()
            .await;
        assert_eq!((answer.status, answer.element("Code")), (400, code.into()));
    }
    cloud.ask("GET", "/k").send().await.expect(404);
}

#[tokio::test]
async fn metadata_has_its_limits() {
    let cloud = Cloud::new().await;
    let put = |name, value: &str| cloud.ask("PUT", "/k").header(name, value).body("1").send();
    put("x-oss-meta-a", &"v".repeat(8181))
        .await
        .refused(400, "InvalidArgument", "0011-00000002");
    put("x-oss-meta-a_b", "v")
        .await
        .refused(400, "InvalidArgument", "0011-00000004");
    cloud.ask("GET", "/k").send().await.expect(404);
}

#[tokio::test]
async fn a_bucket_that_was_made_anew_has_nothing_of_the_old_one() {
    let cloud = Cloud::new().await;
    cloud.store("/k", "1").await;
    cloud.ask("DELETE", "/k").send().await.expect(204);
    cloud.ask("DELETE", "/").send().await.expect(204);
    let put = cloud.ask("PUT", "/k").host(HOST).body("1").send().await;
    put.refused(404, "NoSuchBucket", "0015-00000101");
    assert_eq!(put.element("BucketName"), "my-bucket");
}
