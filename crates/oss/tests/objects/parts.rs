//! Parts: errors, copies and listings.

use crate::cloud::{Answer, Cloud, USER};
use crate::multipart::{LEAST, begin, bytes, complete, list, part};

const NOWHERE: &str = "0123456789ABCDEF0123456789ABCDEF";

#[tokio::test]
async fn every_caller_has_its_own_ec() {
    let cloud = Cloud::new().await;
    cloud.store("/source", "abc").await;
    let real = begin(&cloud, "/key").await;
    for id in [NOWHERE, "1", "", &real.to_lowercase(), &format!("{real}0")] {
        let put = part(&cloud, "/key", id, 1, b"x").await;
        put.refused(404, "NoSuchUpload", "0042-00000104");
        let ask = cloud.ask("PUT", &format!("/key?partNumber=1&uploadId={id}"));
        let copy = ask
            .header("x-oss-copy-source", "/my-bucket/source")
            .send()
            .await;
        copy.refused(404, "NoSuchUpload", "0042-00000311");
        let target = format!("/key?uploadId={id}");
        for method in ["GET", "DELETE"] {
            let refused = cloud.ask(method, &target).send().await;
            refused.refused(404, "NoSuchUpload", "0042-00000002");
        }
        let done = complete(&cloud, "/key", id, &[(1, "A")]).await;
        assert_eq!(done.refusal().1, "NoSuchUpload");
    }
    // An upload belongs to its key.
    let other = part(&cloud, "/other", &real, 1, b"x").await;
    other.refused(404, "NoSuchUpload", "0042-00000104");
    assert_eq!(cloud.rows("oss/part/").await, 0);
}

#[tokio::test]
async fn numbers_of_parts() {
    let cloud = Cloud::new().await;
    let id = begin(&cloud, "/key").await;
    for bad in [
        "0",
        "10001",
        "-1",
        "x",
        "1.0",
        "%2B1",
        "99999999999999999999",
    ] {
        let target = format!("/key?partNumber={bad}&uploadId={id}");
        let refused = cloud.ask("PUT", &target).body("x").send().await;
        refused.refused(400, "InvalidArgument", "0017-00000220");
        assert_eq!(refused.element("ArgumentName"), "PartNumber");
        let text = "Part number must be an integer between 1 and 10000, inclusive.";
        assert_eq!(refused.element("Message"), text);
    }
    for target in [
        format!("/key?uploadId={id}"),
        format!("/key?partNumber=&uploadId={id}"),
    ] {
        let refused = cloud.ask("PUT", &target).body("x").send().await;
        refused.refused(400, "InvalidArgument", "0017-00000219");
        assert_eq!(refused.element("ArgumentName"), "ResourceType");
        assert_eq!(refused.element("ArgumentValue"), "partNumber");
    }
}

#[tokio::test]
async fn a_part_that_is_not_what_it_says_is_not_kept() {
    let cloud = Cloud::new().await;
    let id = begin(&cloud, "/key").await;
    let target = format!("/key?partNumber=1&uploadId={id}");
    let ask = |name, value| {
        let ask = cloud.ask("PUT", &target).header(name, value);
        ask.body(bytes(LEAST, 1)).send()
    };
    let refused = ask("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==").await;
    refused.refused(400, "InvalidDigest", "0017-00000503");
    ask("x-oss-hash-crc64ecma", "7")
        .await
        .refused(400, "InvalidCRC64", "-");
    let refused = ask("x-oss-server-side-encryption", "AES256").await;
    refused.refused(400, "InvalidArgument", "-");
    let refused = ask("x-oss-server-side-data-encryption", "SM4").await;
    refused.refused(400, "InvalidArgument", "-");
    let refused = cloud.ask("PUT", &target).send().await;
    refused.refused(411, "MissingContentLength", "-");
    assert_eq!(cloud.rows("oss/part/").await, 0);
    cloud.emptied().await;
}

#[tokio::test]
async fn lists_that_are_refused_change_nothing() {
    let cloud = Cloud::new().await;
    let id = begin(&cloud, "/key").await;
    let small = part(&cloud, "/key", &id, 1, b"small").await;
    let large = part(&cloud, "/key", &id, 2, &bytes(LEAST, 1)).await;
    let (small, large) = (small.header("etag"), large.header("etag"));
    let target = format!("/key?uploadId={id}");
    for body in ["", "<CompleteMultipartUpload/>", "{}", "<Other/>"] {
        let refused = cloud.ask("POST", &target).body(body).send().await;
        refused.refused(400, "MalformedXML", "0042-00000205");
    }
    for parts in [&[(2, large), (1, small)][..], &[(2, large), (2, large)]] {
        let refused = complete(&cloud, "/key", &id, parts).await;
        refused.refused(400, "InvalidPartOrder", "0042-00000209");
    }
    for parts in [
        &[(1, large)][..],
        &[(3, small)],
        &[(2, large), (4, small)],
        &[(2, "")],
    ] {
        let refused = complete(&cloud, "/key", &id, parts).await;
        refused.refused(400, "InvalidPart", "-");
    }
    let refused = complete(&cloud, "/key", &id, &[(1, small), (2, large)]).await;
    refused.refused(400, "EntityTooSmall", "0042-00000213");
    assert_eq!(refused.element("ProposedSize"), "5");
    assert_eq!(refused.element("MinSizeAllowed"), "102400");
    assert_eq!(refused.element("PartNumber"), "1");
    assert_eq!(refused.element("ETag"), small.trim_matches('"'));
    for (name, value, code) in [
        ("x-oss-server-side-encryption", "AES256", "InvalidArgument"),
        ("x-oss-tagging", "a=b", "NotImplemented"),
        ("x-oss-callback", "e30=", "NotImplemented"),
        ("x-oss-object-acl", "open", "InvalidArgument"),
    ] {
        let ask = cloud.ask("POST", &target).header(name, value);
        let refused = ask.body(list(&[(1, small)])).send().await;
        assert_eq!(refused.refusal().1, code, "{name}");
    }
    let digest = cloud.ask("POST", &target).header("content-md5", "AAAA");
    let refused = digest.body(list(&[(1, small)])).send().await;
    refused.refused(400, "InvalidDigest", "0017-00000503");
    cloud.ask("GET", "/key").send().await.expect(404);
    assert_eq!(cloud.rows("oss/part/").await, 2);
    complete(&cloud, "/key", &id, &[(1, small)])
        .await
        .expect(200);
}

const RANGE: &str = "x-oss-copy-source-range";

type Headers<'a> = &'a [(&'static str, &'a str)];

/// Takes a part from an object.
async fn copy(cloud: &Cloud, to: (&str, &str, u16), source: &str, headers: Headers<'_>) -> Answer {
    let (key, id, number) = to;
    let mut ask = cloud.ask("PUT", &format!("{key}?partNumber={number}&uploadId={id}"));
    ask = ask.header("x-oss-copy-source", source);
    for (name, value) in headers {
        ask = ask.header(name, value);
    }
    ask.send().await
}

#[tokio::test]
async fn parts_from_objects() {
    let cloud = Cloud::new().await;
    let large = bytes(300_000, 5);
    let put = cloud.ask("PUT", "/large").body(large.clone()).send().await;
    cloud.store("/small", "0123456789").await;
    let id = begin(&cloud, "/key").await;
    let take = async |number, source, headers: Headers<'_>| {
        let to = ("/key", id.as_str(), number);
        copy(&cloud, to, source, headers).await.expect(200)
    };
    let whole = take(1, "/my-bucket/large", &[]).await;
    assert_eq!(whole.header("etag"), put.header("etag"));
    assert_eq!(whole.element("LastModified"), "2026-01-15T02:03:04.000Z");
    let crc = "x-oss-hash-crc64ecma";
    assert_eq!(whole.header(crc), put.header(crc));
    assert_eq!(cloud.rows("blob/").await, 3, "shared, not copied");
    let some = take(2, "/my-bucket/large", &[(RANGE, "bytes=1000-199999")]).await;
    let tail = take(3, "/my-bucket/small", &[(RANGE, "bytes=-3")]).await;
    cloud.ask("DELETE", "/large").send().await.expect(204);
    let etags = [&whole, &some, &tail].map(|part| part.header("etag"));
    let listed = [(1, etags[0]), (2, etags[1]), (3, etags[2])];
    complete(&cloud, "/key", &id, &listed).await.expect(200);
    let got = cloud.ask("GET", "/key").send().await;
    assert!(got.body == [&large[..], &large[1000..200_000], b"789"].concat());
    let expected = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Xz, &got.body);
    assert_eq!(got.header(crc), expected.to_string());
    for key in ["/key", "/small"] {
        cloud.ask("DELETE", key).send().await.expect(204);
    }
    cloud.emptied().await;
}

/// The source has several extents, and the range lies across them.
#[tokio::test]
async fn a_part_from_an_object_of_parts() {
    let cloud = Cloud::new().await;
    let id = begin(&cloud, "/key").await;
    let a = part(&cloud, "/key", &id, 1, &bytes(LEAST, 1)).await;
    let b = part(&cloud, "/key", &id, 2, &bytes(LEAST, 2)).await;
    let listed = [(1, a.header("etag")), (2, b.header("etag"))];
    complete(&cloud, "/key", &id, &listed).await.expect(200);
    let id = begin(&cloud, "/second").await;
    let range = format!("bytes=10-{}", LEAST + 99);
    let to = ("/second", id.as_str(), 1);
    let across = copy(&cloud, to, "/my-bucket/key", &[(RANGE, &range)]).await;
    let listed = [(1, across.expect(200).header("etag").to_owned())];
    let listed = listed.each_ref().map(|(n, etag)| (*n, etag.as_str()));
    complete(&cloud, "/second", &id, &listed).await.expect(200);
    let got = cloud.ask("GET", "/second").send().await;
    let whole = [bytes(LEAST, 1), bytes(LEAST, 2)].concat();
    assert!(got.body == whole[10..LEAST + 100]);
    for key in ["/key", "/second"] {
        cloud.ask("DELETE", key).send().await.expect(204);
    }
    cloud.emptied().await;
}

#[tokio::test]
async fn sources_that_are_refused() {
    let cloud = Cloud::new().await;
    let small = cloud.store("/small", "0123456789").await;
    let id = begin(&cloud, "/key").await;
    let take = async |source, headers: Headers<'_>| {
        copy(&cloud, ("/key", id.as_str(), 5), source, headers).await
    };
    let missing = take("/my-bucket/none", &[]).await;
    missing.refused(404, "NoSuchKey", "0026-00000001");
    let missing = take("/none-such/key", &[]).await;
    missing.refused(404, "NoSuchBucket", "0015-00000101");
    take("key", &[]).await.refused(400, "InvalidArgument", "-");
    let changed = take("/my-bucket/small", &[("x-oss-copy-source-if-match", "x")]).await;
    changed.refused(412, "PreconditionFailed", "-");
    let same = take(
        "/my-bucket/small",
        &[("x-oss-copy-source-if-none-match", "*")],
    )
    .await;
    assert_eq!(same.status, 304);
    let cold = cloud
        .ask("PUT", "/cold")
        .header("x-oss-storage-class", "Archive");
    cold.body("x").send().await.expect(200);
    let cold = take("/my-bucket/cold", &[]).await;
    assert_eq!(cold.refusal().1, "InvalidObjectState");
    assert_eq!(cloud.rows("oss/part/").await, 0);
    // A range that does not lie inside does not count.
    let whole = take("/my-bucket/small", &[(RANGE, "bytes=5-10")]).await;
    assert_eq!(whole.expect(200).header("etag"), small.header("etag"));
}

#[tokio::test]
async fn the_source_of_a_part_must_be_readable() {
    let cloud = Cloud::new().await;
    cloud.store("/source", "abc").await;
    let id = begin(&cloud, "/key").await;
    cloud.allow(r#"{"Effect":"Allow","Action":"oss:PutObject","Resource":"*"}"#);
    let ask = || {
        let ask = cloud.ask("PUT", &format!("/key?partNumber=1&uploadId={id}"));
        ask.by(USER)
            .header("x-oss-copy-source", "/my-bucket/source")
            .send()
    };
    assert_eq!(ask().await.refusal().1, "AccessDenied");
    cloud.allow(r#"{"Effect":"Allow","Action":["oss:PutObject","oss:GetObject"],"Resource":"*"}"#);
    ask().await.expect(200);
}

#[tokio::test]
async fn listing_parts() {
    let cloud = Cloud::new().await;
    let id = begin(&cloud, "/a%20b").await;
    for number in [1, 2, 5, 10_000] {
        part(&cloud, "/a%20b", &id, number, &vec![0; number.into()])
            .await
            .expect(200);
    }
    let ask = async |query: &str| {
        let target = format!("/a%20b?uploadId={id}{query}");
        cloud.ask("GET", &target).send().await
    };
    let all = ask("").await.expect(200);
    assert_eq!(all.text().matches("<Part>").count(), 4);
    assert_eq!(all.element("Key"), "a b");
    assert_eq!(all.element("UploadId"), id);
    assert_eq!(all.element("MaxParts"), "1000");
    assert_eq!(all.element("IsTruncated"), "false");
    assert_eq!(all.element("NextPartNumberMarker"), "10000");
    assert_eq!(all.element("LastModified"), "2026-01-15T02:03:04.000Z");
    let tagged = cloud.ask("GET", &format!("/a%20b?uploadId={id}"));
    let tagged = tagged.header("x-oss-tagging", "a=b").send().await;
    assert_eq!(tagged.expect(200).body, all.body, "it means nothing here");
    let page = ask("&max-parts=2&part-number-marker=1&encoding-type=url").await;
    assert_eq!(page.element("Key"), "a%20b");
    assert_eq!(page.element("EncodingType"), "url");
    assert_eq!(page.element("PartNumberMarker"), "1");
    assert_eq!(page.element("PartNumber"), "2");
    assert_eq!(page.element("Size"), "2");
    assert_eq!(page.element("NextPartNumberMarker"), "5");
    assert_eq!(page.element("IsTruncated"), "true");
    let end = ask("&part-number-marker=10000").await;
    assert_eq!(end.element("IsTruncated"), "false");
    assert!(!end.text().contains("<Part>"));
    for bad in [
        "&max-parts=0",
        "&max-parts=1001",
        "&max-parts=x",
        "&part-number-marker=-1",
        "&part-number-marker=10001",
        "&encoding-type=base64",
    ] {
        assert_eq!(ask(bad).await.refusal().1, "InvalidArgument", "{bad}");
    }
}

/// All pages of a listing of uploads, as the keys and prefixes in order.
async fn pages(cloud: &Cloud, query: &str, max: usize) -> Vec<String> {
    let mut found = Vec::new();
    let (mut key, mut id) = (String::new(), String::new());
    loop {
        let target =
            format!("/?uploads&max-uploads={max}&key-marker={key}&upload-id-marker={id}{query}");
        let page = cloud.ask("GET", &target).send().await.expect(200);
        let text = page.text();
        let inside = |open: &str, name: &str| {
            let element = |part: &str| {
                let (_, rest) = part.split_once(&format!("<{name}>")).unwrap();
                rest.split_once('<').unwrap().0.to_owned()
            };
            text.split(open).skip(1).map(element).collect::<Vec<_>>()
        };
        let mut entries = inside("<Upload>", "Key");
        entries.extend(inside("<CommonPrefixes>", "Prefix"));
        assert!(entries.len() <= max);
        entries.sort();
        found.extend(entries);
        if page.element("IsTruncated") == "false" {
            assert_eq!(page.element("NextKeyMarker"), "");
            return found;
        }
        (key, id) = (
            page.element("NextKeyMarker"),
            page.element("NextUploadIdMarker"),
        );
    }
}

#[tokio::test]
async fn listing_uploads() {
    let cloud = Cloud::new().await;
    for key in [
        "/a", "/a", "/a", "/a/1", "/a/2", "/ab", "/b/x/1", "/b/y", "/c",
    ] {
        begin(&cloud, key).await;
    }
    let all = ["a", "a", "a", "a/1", "a/2", "ab", "b/x/1", "b/y", "c"];
    let grouped = ["a", "a", "a", "a/", "ab", "b/", "c"];
    for max in 1..11 {
        assert_eq!(pages(&cloud, "", max).await, all, "{max}");
        assert_eq!(pages(&cloud, "&delimiter=/", max).await, grouped, "{max}");
        let inside = pages(&cloud, "&delimiter=/&prefix=b/", max).await;
        assert_eq!(inside, ["b/x/", "b/y"], "{max}");
        assert_eq!(
            pages(&cloud, "&prefix=a/", max).await,
            ["a/1", "a/2"],
            "{max}"
        );
    }
    let after = cloud.ask("GET", "/?uploads&key-marker=a").send().await;
    assert_eq!(
        after.element("Key"),
        "a/1",
        "without an id all of the key are left out"
    );
    let page = cloud
        .ask("GET", "/?uploads&prefix=b/&encoding-type=url")
        .send()
        .await;
    assert_eq!(page.element("Prefix"), "b%2F");
    assert_eq!(page.element("Key"), "b%2Fx%2F1");
    assert_eq!(page.element("MaxUploads"), "1000");
    assert_eq!(page.element("StorageClass"), "Standard");
    assert_eq!(page.element("Initiated"), "2026-01-15T02:03:04.000Z");
    for bad in [
        "max-uploads=0",
        "max-uploads=1001",
        "max-uploads=x",
        "encoding-type=x",
    ] {
        let refused = cloud.ask("GET", &format!("/?uploads&{bad}")).send().await;
        assert_eq!(refused.refusal().1, "InvalidArgument", "{bad}");
    }
}
