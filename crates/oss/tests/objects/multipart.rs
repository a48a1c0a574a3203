//! Uploads in parts: what becomes of them.

use std::sync::Arc;

use oss::Oss;

use crate::cloud::{Answer, Cloud, USER};

/// A part of the least size that may stand anywhere, and one that may only stand last.
pub(crate) const LEAST: usize = 100 * 1024;

pub(crate) fn bytes(len: usize, seed: usize) -> Vec<u8> {
    (0..len).map(|n| ((n * 7 + seed) % 251) as u8).collect()
}

pub(crate) async fn begin(cloud: &Cloud, key: &str) -> String {
    let begun = cloud.ask("POST", &format!("{key}?uploads")).send().await;
    begun.expect(200).element("UploadId")
}

pub(crate) async fn part(cloud: &Cloud, key: &str, id: &str, number: u16, body: &[u8]) -> Answer {
    let target = format!("{key}?partNumber={number}&uploadId={id}");
    let ask = cloud.ask("PUT", &target).body(body.to_vec());
    ask.send().await
}

/// The list of these parts.
pub(crate) fn list(parts: &[(u16, &str)]) -> String {
    let part = |(number, etag): &(u16, &str)| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
    };
    let parts: String = parts.iter().map(part).collect();
    format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>")
}

pub(crate) async fn complete(cloud: &Cloud, key: &str, id: &str, parts: &[(u16, &str)]) -> Answer {
    let ask = cloud.ask("POST", &format!("{key}?uploadId={id}"));
    ask.body(list(parts)).send().await
}

fn crc(bytes: &[u8]) -> String {
    crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Xz, bytes).to_string()
}

#[tokio::test]
async fn an_object_of_parts() {
    let cloud = Cloud::new().await;
    let id = begin(&cloud, "/dir/key").await;
    let digit = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase();
    assert!(id.len() == 32 && id.chars().all(digit), "{id}");
    cloud.ask("GET", "/dir/key").send().await.expect(404);

    let bodies = [bytes(LEAST, 1), bytes(200_000, 2), bytes(5, 3)];
    let mut etags = Vec::new();
    for (body, number) in bodies.iter().zip([1, 7, 10_000]) {
        let stored = part(&cloud, "/dir/key", &id, number, body).await;
        let stored = stored.expect(200);
        assert_eq!(stored.header("x-oss-hash-crc64ecma"), crc(body));
        assert_eq!(stored.header("content-md5").len(), 24);
        etags.push(stored.header("etag").to_owned());
    }
    // Quoted, unquoted and in lower case: all are taken.
    let lower = etags[2].trim_matches('"').to_lowercase();
    let plain = etags[1].trim_matches('"');
    let listed = [(1, etags[0].as_str()), (7, plain), (10_000, &lower)];
    let done = complete(&cloud, "/dir/key", &id, &listed).await.expect(200);
    let whole = bodies.concat();
    assert!(done.header("etag").ends_with("-3\""));
    let url = "http://my-bucket.oss-cn-hangzhou.aliyuncs.com/dir/key";
    assert_eq!(done.element("Location"), url);
    assert_eq!(done.element("Key"), "dir/key");
    assert_eq!(done.header("x-oss-hash-crc64ecma"), crc(&whole));

    let got = cloud.ask("GET", "/dir/key").send().await.expect(200);
    assert!(got.body == whole);
    for same in ["etag", "x-oss-hash-crc64ecma"] {
        assert_eq!(got.header(same), done.header(same));
    }
    assert_eq!(got.header("x-oss-object-type"), "Multipart");
    assert_eq!(got.header("content-md5"), "-");
    let range = format!("bytes={}-{}", LEAST - 2, LEAST + 1);
    let ask = cloud.ask("GET", "/dir/key").header("range", &range);
    let some = ask.send().await.expect(206);
    assert_eq!(some.body, whole[LEAST - 2..LEAST + 2]);

    let stat = cloud.ask("GET", "/?stat").send().await;
    assert_eq!(stat.element("Storage"), whole.len().to_string());
    assert_eq!(stat.element("MultipartUploadCount"), "0");
    cloud.ask("DELETE", "/dir/key").send().await.expect(204);
    cloud.emptied().await;
    assert_eq!(cloud.rows("oss/upload/").await, 0);
}

#[tokio::test]
async fn what_is_said_at_the_beginning_holds_at_the_end() {
    let cloud = Cloud::new().await;
    let mut ask = cloud.ask("POST", "/a%20b?uploads&encoding-type=url");
    for (name, value) in [
        ("x-oss-meta-a", "1"),
        ("content-type", "text/x"),
        ("x-oss-object-acl", "public-read"),
        ("x-oss-tagging", "t=1"),
        ("x-oss-storage-class", "IA"),
        ("x-oss-server-side-encryption", "AES256"),
    ] {
        ask = ask.header(name, value);
    }
    let begun = ask.send().await.expect(200);
    assert_eq!(begun.element("Bucket"), "my-bucket");
    assert_eq!(begun.element("EncodingType"), "url");
    assert_eq!(begun.element("Key"), "a%20b");
    let id = begun.element("UploadId");
    let stored = part(&cloud, "/a%20b", &id, 1, b"x").await.expect(200);
    let listed = [(1, stored.header("etag"))];
    complete(&cloud, "/a%20b", &id, &listed).await.expect(200);
    let head = cloud.ask("HEAD", "/a%20b").send().await;
    assert_eq!(head.header("x-oss-storage-class"), "IA");
    assert_eq!(head.header("x-oss-meta-a"), "1");
    assert_eq!(head.header("content-type"), "text/x");
    for answer in [&begun, &stored, &head] {
        assert_eq!(answer.header("x-oss-server-side-encryption"), "AES256");
    }
    let acl = cloud.ask("GET", "/a%20b?acl").send().await;
    assert_eq!(acl.element("Grant"), "public-read");
    let tags = cloud.ask("GET", "/a%20b?tagging").send().await;
    assert_eq!(tags.element("Value"), "1");
}

#[tokio::test]
async fn unlisted_and_replaced_parts_are_dropped() {
    let cloud = Cloud::new().await;
    let id = begin(&cloud, "/key").await;
    part(&cloud, "/key", &id, 1, &bytes(300_000, 9))
        .await
        .expect(200);
    assert_eq!(cloud.rows("blob/").await, 2);
    let first = part(&cloud, "/key", &id, 1, &bytes(LEAST, 1))
        .await
        .expect(200);
    assert_eq!(cloud.rows("blob/").await, 2, "the first one was released");
    part(&cloud, "/key", &id, 2, &bytes(LEAST, 2))
        .await
        .expect(200);
    part(&cloud, "/key", &id, 3, b"small").await.expect(200);
    let last = part(&cloud, "/key", &id, 4, b"last").await.expect(200);
    let listed = [(1, first.header("etag")), (4, last.header("etag"))];
    complete(&cloud, "/key", &id, &listed).await.expect(200);
    let got = cloud.ask("GET", "/key").send().await;
    assert!(got.body == [&bytes(LEAST, 1)[..], b"last"].concat());
    while cloud.rows("oss/part/").await + cloud.rows("oss/trash/").await > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(cloud.rows("oss/piece/").await, 1);
    assert_eq!(cloud.rows("blob/").await, 2);
    cloud.ask("DELETE", "/key").send().await.expect(204);
    cloud.emptied().await;
}

#[tokio::test]
async fn all_parts_without_a_list() {
    let cloud = Cloud::new().await;
    let id = begin(&cloud, "/key").await;
    let ask = cloud.ask("POST", &format!("/key?uploadId={id}"));
    let none = ask.header("x-oss-complete-all", "yes").send().await;
    none.refused(400, "MalformedXML", "0042-00000205");
    for number in [2, 9, 4] {
        part(&cloud, "/key", &id, number, &bytes(LEAST, number.into()))
            .await
            .expect(200);
    }
    let target = format!("/key?uploadId={id}");
    let ask = || {
        cloud
            .ask("POST", &target)
            .header("x-oss-complete-all", "yes")
    };
    let refused = ask().body(list(&[(2, "A")])).send().await;
    refused.refused(400, "InvalidArgument", "0042-00000216");
    let text = "Should not speficy both complete all header and http body.";
    assert_eq!(refused.element("Message"), text);
    let other = cloud
        .ask("POST", &target)
        .header("x-oss-complete-all", "no");
    other.send().await.refused(400, "InvalidArgument", "-");
    let done = ask().send().await.expect(200);
    assert!(done.header("etag").ends_with("-3\""));
    let got = cloud.ask("GET", "/key").send().await;
    assert!(got.body == [2, 4, 9].map(|n| bytes(LEAST, n)).concat());
}

#[tokio::test]
async fn an_upload_ends_once() {
    let cloud = Cloud::new().await;
    let id = begin(&cloud, "/key").await;
    let stored = part(&cloud, "/key", &id, 1, b"abc").await.expect(200);
    let listed = [(1, stored.header("etag"))];
    complete(&cloud, "/key", &id, &listed).await.expect(200);
    let again = complete(&cloud, "/key", &id, &listed).await;
    again.refused(404, "NoSuchUpload", "0042-00000002");
    let late = part(&cloud, "/key", &id, 2, &bytes(LEAST, 1)).await;
    late.refused(404, "NoSuchUpload", "0042-00000104");
    let target = format!("/key?uploadId={id}");
    for method in ["DELETE", "GET"] {
        let late = cloud.ask(method, &target).send().await;
        late.refused(404, "NoSuchUpload", "0042-00000002");
        assert_eq!(late.element("UploadId"), id);
    }
    assert_eq!(cloud.ask("GET", "/key").send().await.body, b"abc");

    let id = begin(&cloud, "/other").await;
    part(&cloud, "/other", &id, 1, &bytes(LEAST, 1))
        .await
        .expect(200);
    part(&cloud, "/other", &id, 2, b"x").await.expect(200);
    let target = format!("/other?uploadId={id}");
    cloud.ask("DELETE", &target).send().await.expect(204);
    let again = cloud.ask("DELETE", &target).send().await;
    again.refused(404, "NoSuchUpload", "0042-00000002");
    cloud.ask("DELETE", "/key").send().await.expect(204);
    cloud.emptied().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_completions_one_wins() {
    let cloud = Cloud::new().await;
    for _ in 0..30 {
        let id = begin(&cloud, "/key").await;
        let a = part(&cloud, "/key", &id, 1, &bytes(LEAST, 1))
            .await
            .expect(200);
        let b = part(&cloud, "/key", &id, 2, &bytes(LEAST, 2))
            .await
            .expect(200);
        let (a, b) = (a.header("etag").to_owned(), b.header("etag").to_owned());
        let racers = [
            vec![(1, a.clone())],
            vec![(2, b.clone())],
            vec![(1, a), (2, b)],
        ];
        let racers = racers.map(|listed| {
            let (cloud, id) = (cloud.clone(), id.clone());
            tokio::spawn(async move {
                let listed: Vec<_> = listed.iter().map(|(n, e)| (*n, e.as_str())).collect();
                complete(&cloud, "/key", &id, &listed).await
            })
        });
        let mut won = Vec::new();
        for racer in racers {
            let answer = racer.await.unwrap();
            match answer.status {
                200 => won.push(answer.header("etag").to_owned()),
                _ => answer.refused(404, "NoSuchUpload", "0042-00000002"),
            }
        }
        let head = cloud.ask("HEAD", "/key").send().await;
        assert_eq!(won, [head.header("etag")]);
        cloud.ask("GET", "/key").send().await.expect(200);
    }
    cloud.ask("DELETE", "/key").send().await.expect(204);
    cloud.emptied().await;
}

/// A part is replaced, or comes late, while the upload is completed: no byte of another part gets in, nothing stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_against_completion() {
    let cloud = Cloud::new().await;
    let old = bytes(LEAST, 1);
    for round in 0..60u16 {
        let id = begin(&cloud, "/key").await;
        let stored = part(&cloud, "/key", &id, 1, &old).await.expect(200);
        let racer = {
            let (cloud, id) = (cloud.clone(), id.clone());
            let number = 1 + round % 2;
            tokio::spawn(async move { part(&cloud, "/key", &id, number, &bytes(LEAST, 2)).await })
        };
        let done = complete(&cloud, "/key", &id, &[(1, stored.header("etag"))]).await;
        racer.await.unwrap();
        match done.status {
            200 => assert!(cloud.ask("GET", "/key").send().await.body == old),
            _ => done.refused(400, "InvalidPart", "-"),
        }
        let target = format!("/key?uploadId={id}");
        cloud.ask("DELETE", &target).send().await;
        cloud.ask("DELETE", "/key").send().await.expect(204);
        cloud.emptied().await;
    }
}

#[tokio::test]
async fn a_sweep_cleans_up_after_an_abort_and_a_crash() {
    let cloud = Cloud::new().await;
    let id = begin(&cloud, "/key").await;
    for number in 1..150 {
        let body = bytes(if number % 5 == 0 { LEAST } else { 9 }, 1);
        part(&cloud, "/key", &id, number, &body).await.expect(200);
    }
    cloud
        .ask("DELETE", &format!("/key?uploadId={id}"))
        .send()
        .await
        .expect(204);
    let stopped = cloud.store.fork().unwrap();
    let rows = async |prefix: &str| {
        let view = stopped.meta.view().await.unwrap();
        view.cursor(prefix.as_bytes())
            .take(usize::MAX)
            .await
            .unwrap()
            .len()
    };
    assert_eq!(rows("oss/part/").await, 149);
    Arc::new(Oss::new(stopped.clone())).sweep().await.unwrap();
    for prefix in ["oss/part/", "oss/piece/", "oss/trash/", "blob/", "loose/"] {
        assert_eq!(rows(prefix).await, 0, "{prefix}");
    }
}

#[tokio::test]
async fn forbidding_to_overwrite() {
    let cloud = Cloud::new().await;
    cloud.store("/key", "old").await;
    let ask = cloud.ask("POST", "/key?uploads");
    let refused = ask.header("x-oss-forbid-overwrite", "true").send().await;
    assert_eq!(refused.refusal().1, "FileAlreadyExists");
    let id = begin(&cloud, "/key").await;
    let stored = part(&cloud, "/key", &id, 1, b"new").await.expect(200);
    let listed = list(&[(1, stored.header("etag"))]);
    let ask = cloud.ask("POST", &format!("/key?uploadId={id}"));
    let ask = ask.header("x-oss-forbid-overwrite", "true");
    let refused = ask.body(listed).send().await;
    assert_eq!(refused.refusal().1, "FileAlreadyExists");
    assert_eq!(cloud.ask("GET", "/key").send().await.body, b"old");
    complete(&cloud, "/key", &id, &[(1, stored.header("etag"))])
        .await
        .expect(200);
    assert_eq!(cloud.ask("GET", "/key").send().await.body, b"new");

    // Said when it is begun, it holds when it is completed.
    let ask = cloud.ask("POST", "/later?uploads");
    let id = ask.header("x-oss-forbid-overwrite", "true").send().await;
    let id = id.expect(200).element("UploadId");
    let stored = part(&cloud, "/later", &id, 1, b"new").await.expect(200);
    cloud.store("/later", "first").await;
    let refused = complete(&cloud, "/later", &id, &[(1, stored.header("etag"))]).await;
    assert_eq!(refused.refusal().1, "FileAlreadyExists");
}

#[tokio::test]
async fn parts_in_order() {
    let cloud = Cloud::new().await;
    let begun = cloud.ask("POST", "/key?sequential&uploads").send().await;
    let id = begun.expect(200).element("UploadId");
    let early = part(&cloud, "/key", &id, 2, &bytes(LEAST, 2)).await;
    early.refused(400, "PartNotSequential", "-");
    let mut etags = Vec::new();
    for number in 1..=3u16 {
        let body = bytes(LEAST, number.into());
        let stored = part(&cloud, "/key", &id, number, &body).await.expect(200);
        etags.push((number, stored.header("etag").to_owned()));
    }
    let early = part(&cloud, "/key", &id, 5, b"x").await;
    early.refused(400, "PartNotSequential", "-");
    let listed: Vec<_> = etags.iter().map(|(n, e)| (*n, e.as_str())).collect();
    let gap = complete(&cloud, "/key", &id, &[listed[0], listed[2]]).await;
    gap.refused(400, "PartNotSequential", "-");
    complete(&cloud, "/key", &id, &listed).await.expect(200);
    let head = cloud.ask("HEAD", "/key").send().await;
    let whole = [1, 2, 3].map(|n| bytes(LEAST, n)).concat();
    let put = cloud.ask("PUT", "/same").body(whole).send().await;
    assert_eq!(head.header("content-md5"), put.header("content-md5"));
    assert!(head.header("etag").ends_with("-3\""));
}

#[tokio::test]
async fn a_copy_of_an_object_of_parts_is_one_too() {
    let cloud = Cloud::new().await;
    let id = begin(&cloud, "/key").await;
    let a = part(&cloud, "/key", &id, 1, &bytes(LEAST, 1)).await;
    let b = part(&cloud, "/key", &id, 2, b"x").await;
    let listed = [(1, a.header("etag")), (2, b.header("etag"))];
    let done = complete(&cloud, "/key", &id, &listed).await.expect(200);
    let ask = cloud
        .ask("PUT", "/copy")
        .header("x-oss-copy-source", "/my-bucket/key");
    ask.send().await.expect(200);
    let head = cloud.ask("HEAD", "/copy").send().await;
    assert_eq!(head.header("etag"), done.header("etag"));
    assert_eq!(head.header("x-oss-object-type"), "Multipart");
    cloud.ask("DELETE", "/key").send().await.expect(204);
    cloud.oss.sweep().await.unwrap();
    let got = cloud.ask("GET", "/copy").send().await.expect(200);
    assert!(got.body == [&bytes(LEAST, 1)[..], b"x"].concat());
    cloud.ask("DELETE", "/copy").send().await.expect(204);
    cloud.emptied().await;
}

#[tokio::test]
async fn a_bucket_with_uploads_stays() {
    let cloud = Cloud::new().await;
    let id = begin(&cloud, "/key").await;
    part(&cloud, "/key", &id, 1, b"x").await.expect(200);
    part(&cloud, "/key", &id, 2, b"x").await.expect(200);
    begin(&cloud, "/other").await;
    let stat = cloud.ask("GET", "/?stat").send().await;
    assert_eq!(stat.element("MultipartUploadCount"), "2");
    assert_eq!(stat.element("MultipartPartCount"), "2");
    assert_eq!(stat.element("ObjectCount"), "0");
    let refused = cloud.ask("DELETE", "/").send().await;
    refused.refused(409, "BucketNotEmpty", "-");
    part(&cloud, "/key", &id, 3, b"x").await.expect(200);
}

#[tokio::test]
async fn each_step_needs_its_permission() {
    let cloud = Cloud::new().await;
    let id = begin(&cloud, "/key").await;
    part(&cloud, "/key", &id, 1, b"x").await.expect(200);
    let target = format!("/key?uploadId={id}");
    cloud.allow(r#"{"Effect":"Allow","Action":"oss:PutObject","Resource":"*"}"#);
    for (method, target) in [
        ("GET", target.as_str()),
        ("DELETE", &target),
        ("GET", "/?uploads"),
    ] {
        let refused = cloud.ask(method, target).by(USER).send().await;
        assert_eq!(refused.refusal().1, "AccessDenied", "{method} {target}");
    }
    let ask = cloud.ask("POST", "/key?uploads").by(USER);
    let refused = ask.header("x-oss-object-acl", "private").send().await;
    assert_eq!(refused.refusal().1, "AccessDenied");
    cloud.allow(
        r#"{"Effect":"Allow","Action":["oss:ListParts","oss:AbortMultipartUpload","oss:ListMultipartUploads"],"Resource":"*"}"#,
    );
    let put = cloud.ask("PUT", &format!("{target}&partNumber=1")).by(USER);
    assert_eq!(put.body("x").send().await.refusal().1, "AccessDenied");
    cloud
        .ask("GET", "/?uploads")
        .by(USER)
        .send()
        .await
        .expect(200);
    cloud.ask("GET", &target).by(USER).send().await.expect(200);
    cloud
        .ask("DELETE", &target)
        .by(USER)
        .send()
        .await
        .expect(204);
}
