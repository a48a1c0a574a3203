//! GetObject, HeadObject, GetObjectMeta.

use crate::cloud::{Answer, Cloud, OWNER};

async fn with_alphabet() -> Cloud {
    let cloud = Cloud::new().await;
    cloud
        .ask("PUT", "/k")
        .header("content-type", "text/plain")
        .header("cache-control", "no-cache")
        .header("content-encoding", "utf-8")
        .header("content-disposition", "attachment; filename=\"ä.txt\"")
        .header("expires", "whenever")
        .header("x-oss-meta-color", "grün")
        .body("abcdefghijklmnopqrstuvwxyz")
        .send()
        .await
        .expect(200);
    cloud
}

fn check_all(answer: &Answer) {
    for (name, value) in [
        ("content-type", "text/plain"),
        ("content-length", "26"),
        ("cache-control", "no-cache"),
        ("content-encoding", "utf-8"),
        ("content-disposition", "attachment; filename=\"ä.txt\""),
        ("expires", "whenever"),
        ("x-oss-meta-color", "grün"),
        ("etag", "\"C3FCD3D76192E4007DFB496CCA67E13B\""),
        ("content-md5", "w/zT12GS5AB9+0lsymfhOw=="),
        ("last-modified", "Thu, 15 Jan 2026 02:03:04 GMT"),
        ("accept-ranges", "bytes"),
        ("x-oss-object-type", "Normal"),
        ("x-oss-storage-class", "Standard"),
        ("x-oss-version-id", "-"),
    ] {
        let got = answer.headers.get(name).map_or(&b"-"[..], |v| v.as_bytes());
        assert_eq!(got, value.as_bytes(), "{name}");
    }
    assert_ne!(answer.header("x-oss-hash-crc64ecma"), "-");
}

#[tokio::test]
async fn get_and_head_say_the_same() {
    let cloud = with_alphabet().await;
    let got = cloud.ask("GET", "/k").send().await.expect(200);
    check_all(&got);
    assert_eq!(got.text(), "abcdefghijklmnopqrstuvwxyz");
    let head = cloud.ask("HEAD", "/k").send().await.expect(200);
    check_all(&head);
    assert!(head.body.is_empty());
}

/// More than enough to have an object kept for the next read (`oss::hot`).
const OFTEN: usize = 100;

/// All headers but those that differ from one answer to the next, in their order.
fn lasting(answer: &Answer) -> Vec<(String, Vec<u8>)> {
    const CHANGING: [&str; 3] = ["date", "x-oss-request-id", "x-oss-server-time"];
    let pairs = answer.headers.iter();
    let pairs = pairs.filter(|(name, _)| !CHANGING.contains(&name.as_str()));
    pairs
        .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
        .collect()
}

#[tokio::test]
async fn what_is_read_often_says_what_it_said_first() {
    for methods in [["HEAD", "GET"], ["GET", "HEAD"]] {
        let cloud = with_alphabet().await;
        let mut first = Vec::new();
        for _ in 0..OFTEN {
            for method in methods {
                let answer = cloud.ask(method, "/k").send().await.expect(200);
                check_all(&answer);
                let mut said = lasting(&answer);
                said.sort();
                if first.is_empty() {
                    first = said;
                } else {
                    assert_eq!(said, first);
                }
                for name in ["date", "x-oss-request-id", "x-oss-server-time"] {
                    assert_ne!(answer.header(name), "");
                }
                let text = if method == "GET" {
                    "abcdefghijklmnopqrstuvwxyz"
                } else {
                    ""
                };
                assert_eq!(answer.text(), text);
            }
        }
        let some = cloud.ask("GET", "/k").header("range", "bytes=1-3").send();
        let some = some.await.expect(206);
        assert_eq!(
            (some.text(), some.header("content-length")),
            ("bcd".to_owned(), "3")
        );
        let tag = first.iter().find(|(name, _)| name == "etag").unwrap();
        let tag = std::str::from_utf8(&tag.1).unwrap();
        let same = cloud.ask("GET", "/k").header("if-none-match", tag).send();
        assert_eq!(same.await.expect(304).header("content-length"), "-");
        let other = cloud.ask("GET", "/k?response-content-type=a%2Fb").send();
        assert_eq!(other.await.expect(200).header("content-type"), "a/b");
        check_all(&cloud.ask("GET", "/k").send().await.expect(200));
    }
}

#[tokio::test]
async fn what_is_read_often_is_read_anew_once_it_changes() {
    let cloud = Cloud::new().await;
    for round in 0..OFTEN {
        let (old, new) = (format!("{round} old"), format!("{round} new, and longer"));
        for text in [&old, &new] {
            cloud.store("/k", text).await;
            for _ in 0..4 {
                let got = cloud.ask("GET", "/k").send().await.expect(200);
                assert_eq!(&got.text(), text);
                assert_eq!(got.header("content-length"), text.len().to_string());
            }
        }
        let tagged = cloud.ask("PUT", "/k?tagging");
        let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
        tagged.body(tags).send().await.expect(200);
        let got = cloud.ask("GET", "/k").send().await.expect(200);
        assert_eq!(got.header("x-oss-tagging-count"), "1");
        cloud.ask("DELETE", "/k").send().await.expect(204);
        cloud.ask("GET", "/k").send().await.expect(404);
    }
}

#[tokio::test]
async fn v4_works_too() {
    let cloud = with_alphabet().await;
    cloud
        .ask("GET", "/k")
        .v4(OWNER, "cn-hangzhou")
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn the_meta_of_an_object_is_little() {
    let cloud = with_alphabet().await;
    for (method, length) in [("HEAD", "26"), ("GET", "0")] {
        let meta = cloud.ask(method, "/k?objectMeta").send().await.expect(200);
        assert_eq!(meta.header("content-length"), length);
        assert_eq!(meta.header("etag"), "\"C3FCD3D76192E4007DFB496CCA67E13B\"");
        assert_eq!(
            meta.header("last-modified"),
            "Thu, 15 Jan 2026 02:03:04 GMT"
        );
        assert_eq!(meta.header("x-oss-meta-color"), "-");
        assert!(meta.body.is_empty());
    }
}

#[tokio::test]
async fn ranges() {
    let cloud = with_alphabet().await;
    let get = |range: &str| cloud.ask("GET", "/k").header("range", range).send();
    for (range, content_range, text) in [
        ("bytes=0-2", "bytes 0-2/26", "abc"),
        ("bytes=24-", "bytes 24-25/26", "yz"),
        ("bytes=-1", "bytes 25-25/26", "z"),
    ] {
        let part = get(range).await.expect(206);
        assert_eq!(part.text(), text);
        assert_eq!(part.header("content-range"), content_range);
        assert_eq!(part.header("content-length"), text.len().to_string());
    }
    for range in ["bytes=26-", "bytes=0-26", "bytes=x-y", "bytes=3-1"] {
        let whole = get(range).await.expect(200);
        assert_eq!((whole.body.len(), whole.header("content-range")), (26, "-"));
    }
    let standard = |range: &str| {
        let ask = cloud.ask("GET", "/k").header("range", range);
        ask.header("x-oss-range-behavior", "standard").send()
    };
    standard("bytes=26-")
        .await
        .refused(416, "InvalidRange", "-");
    assert_eq!(standard("bytes=25-99").await.expect(206).text(), "z");
}

#[tokio::test]
async fn ranges_of_a_large_object() {
    let cloud = Cloud::new().await;
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 251) as u8).collect();
    cloud
        .ask("PUT", "/k")
        .body(bytes.clone())
        .send()
        .await
        .expect(200);
    let ask = cloud
        .ask("GET", "/k")
        .header("range", "bytes=299990-800009");
    let part = ask.send().await.expect(206);
    assert!(part.body == bytes[299_990..=800_009]);
}

#[tokio::test]
async fn conditions() {
    let cloud = with_alphabet().await;
    for method in ["GET", "HEAD"] {
        let ask = |name, value| cloud.ask(method, "/k").header(name, value).send();
        let etag = "\"C3FCD3D76192E4007DFB496CCA67E13B\"";
        ask("if-match", etag).await.expect(200);
        let failed = ask("if-match", "\"0\"").await;
        failed.refused(412, "PreconditionFailed", "-");
        assert_eq!(failed.element("Condition"), "If-Match");
        let same = ask("if-none-match", etag).await.expect(304);
        assert_eq!((same.header("etag"), same.body.len()), (etag, 0));
        assert_eq!(same.header("x-oss-err"), "-");
        assert_eq!(same.header("content-length"), "-");
        let at = "Thu, 15 Jan 2026 02:03:04 GMT";
        ask("if-modified-since", at).await.expect(304);
        ask("if-unmodified-since", at).await.expect(200);
    }
}

#[tokio::test]
async fn responses_can_be_overridden() {
    let cloud = with_alphabet().await;
    let target = "/k?response-content-type=a%2Fb&response-expires=never";
    let got = cloud.ask("GET", target).send().await.expect(200);
    assert_eq!(
        (got.header("content-type"), got.header("expires")),
        ("a/b", "never")
    );
    cloud
        .ask("PUT", "/k?acl")
        .header("x-oss-object-acl", "public-read")
        .send()
        .await
        .expect(200);
    let anonymous = cloud.ask("GET", target).by_nobody().send().await;
    anonymous.refused(400, "InvalidRequest", "-");
    let bad = cloud.ask("GET", "/k?response-expires=a%0Ab").send().await;
    bad.refused(400, "InvalidArgument", "-");
}

#[tokio::test]
async fn a_key_that_is_not_there() {
    let cloud = Cloud::new().await;
    for (method, target) in [
        ("GET", "/a%26b"),
        ("HEAD", "/a%26b"),
        ("HEAD", "/a%26b?objectMeta"),
        ("GET", "/a%26b?acl"),
    ] {
        let answer = cloud.ask(method, target).send().await;
        answer.refused(404, "NoSuchKey", "0026-00000001");
        assert_eq!(answer.element("Key"), "a&amp;b");
        assert_eq!(
            answer.element("RequestId"),
            answer.header("x-oss-request-id")
        );
        assert_eq!(answer.body.is_empty(), method == "HEAD");
    }
}

#[tokio::test]
async fn the_elements_of_an_error_are_in_their_order() {
    let cloud = Cloud::new().await;
    let answer = cloud.ask("GET", "/k").send().await;
    let id = answer.header("x-oss-request-id");
    let expected = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>\
         <Message>The specified key does not exist.</Message><RequestId>{id}</RequestId>\
         <HostId>my-bucket.oss-cn-hangzhou.aliyuncs.com</HostId><Key>k</Key>\
         <EC>0026-00000001</EC>\
         <RecommendDoc>https://api.aliyun.com/troubleshoot?q=0026-00000001</RecommendDoc></Error>"
    );
    assert_eq!(answer.text(), expected);
    assert_eq!(answer.header("content-type"), "application/xml");
    assert_eq!(answer.header("content-length"), expected.len().to_string());
}

#[tokio::test]
async fn a_head_on_a_missing_bucket_carries_the_error() {
    let cloud = Cloud::new().await;
    let host = "none.oss-cn-hangzhou.aliyuncs.com";
    let answer = cloud.ask("HEAD", "/k").host(host).send().await;
    answer.refused(404, "NoSuchBucket", "0015-00000101");
    assert_eq!(
        answer.element("Message"),
        "The specified bucket does not exist."
    );
}

#[tokio::test]
async fn readers_beside_a_writer_see_whole_objects() {
    let cloud = Cloud::new().await;
    let body = |n: usize| {
        n.to_string()
            .repeat(if n.is_multiple_of(2) { 100 } else { 100_000 })
    };
    cloud.store("/k", &body(0)).await;
    let writer = tokio::spawn({
        let cloud = cloud.clone();
        async move {
            for n in 0..100 {
                cloud.store("/k", &body(n % 10)).await;
                tokio::task::yield_now().await;
            }
        }
    });
    while !writer.is_finished() {
        let got = cloud.ask("GET", "/k").send().await.expect(200);
        let n = usize::from(got.body[0] - b'0');
        assert!(got.body == body(n).as_bytes());
        tokio::task::yield_now().await;
    }
    writer.await.unwrap();
}
