//! AppendObject.

use crate::cloud::{Answer, Cloud, USER};

async fn append(cloud: &Cloud, target: &str, position: u64, bytes: &[u8]) -> Answer {
    let target = format!("{target}?append&position={position}");
    let ask = cloud.ask("POST", &target).body(bytes.to_vec());
    ask.send().await
}

fn crc(bytes: &[u8]) -> String {
    crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Xz, bytes).to_string()
}

#[tokio::test]
async fn an_object_grows() {
    let cloud = Cloud::new().await;
    let first = append(&cloud, "/log", 0, b"one ").await.expect(200);
    assert_eq!(first.header("x-oss-next-append-position"), "4");
    assert_eq!(first.header("x-oss-hash-crc64ecma"), crc(b"one "));
    let second = append(&cloud, "/log", 4, b"two").await.expect(200);
    assert_eq!(second.header("x-oss-next-append-position"), "7");
    assert_eq!(second.header("x-oss-hash-crc64ecma"), crc(b"one two"));
    for etag in [first.header("etag"), second.header("etag")] {
        let hex = |b: u8| b.is_ascii_digit() || (b'A'..=b'F').contains(&b);
        let inside = etag.trim_matches('"');
        assert!(inside.len() == 32 && inside.bytes().all(hex) && inside.ends_with("00000000"));
    }
    assert_ne!(first.header("etag"), second.header("etag"));

    let head = cloud.ask("HEAD", "/log").send().await.expect(200);
    assert_eq!(head.header("x-oss-object-type"), "Appendable");
    assert_eq!(head.header("x-oss-next-append-position"), "7");
    assert_eq!(head.header("etag"), second.header("etag"));
    assert_eq!(head.header("content-md5"), "-");
    assert_eq!(head.header("content-length"), "7");
    let got = cloud.ask("GET", "/log").send().await.expect(200);
    assert_eq!(got.body, b"one two");
    let listed = cloud.ask("GET", "/").send().await.expect(200);
    assert_eq!(listed.element("Type"), "Appendable");
    assert_eq!(listed.element("Size"), "7");
}

#[tokio::test]
async fn the_first_append_says_what_the_object_is() {
    let cloud = Cloud::new().await;
    let ask = |target: &str, value: &str, class: &str| {
        cloud
            .ask("POST", target)
            .header("x-oss-meta-a", value)
            .header("x-oss-tagging", &format!("t={value}"))
            .header("x-oss-object-acl", "public-read")
            .header("x-oss-storage-class", class)
            .header("content-type", "text/x-log")
            .body("x")
    };
    let begun = ask("/log?append&position=0", "1", "IA").send();
    begun.await.expect(200);
    let again = ask("/log?append&position=1", "2", "Standard").send();
    again.await.expect(200);
    let head = cloud.ask("HEAD", "/log").send().await;
    assert_eq!(head.header("x-oss-meta-a"), "1");
    let tags = cloud.ask("GET", "/log?tagging").send().await;
    assert_eq!(tags.element("Value"), "1");
    assert_eq!(head.header("x-oss-storage-class"), "IA");
    assert_eq!(head.header("content-type"), "text/x-log");
    let acl = cloud.ask("GET", "/log?acl").send().await;
    assert_eq!(acl.element("Grant"), "public-read");
}

#[tokio::test]
async fn an_append_of_nothing() {
    let cloud = Cloud::new().await;
    let made = append(&cloud, "/log", 0, b"").await.expect(200);
    assert_eq!(made.header("x-oss-next-append-position"), "0");
    assert_eq!(made.header("x-oss-hash-crc64ecma"), "0");
    let head = cloud.ask("HEAD", "/log").send().await;
    assert_eq!(head.header("x-oss-object-type"), "Appendable");
    append(&cloud, "/log", 0, b"abc").await.expect(200);
    let before = cloud.ask("HEAD", "/log").send().await;
    let nothing = append(&cloud, "/log", 3, b"").await.expect(200);
    assert_eq!(nothing.header("etag"), before.header("etag"));
    assert_eq!(nothing.header("x-oss-next-append-position"), "3");
    assert_eq!(cloud.ask("GET", "/log").send().await.body, b"abc");
}

#[tokio::test]
async fn another_position_is_refused_and_the_right_one_named() {
    let cloud = Cloud::new().await;
    let early = append(&cloud, "/log", 3, b"x").await;
    early.refused(409, "PositionNotEqualToLength", "0026-00000016");
    assert_eq!(early.header("x-oss-next-append-position"), "0");
    cloud.ask("GET", "/log").send().await.expect(404);
    append(&cloud, "/log", 0, b"abc").await.expect(200);
    for position in [0, 2, 4] {
        let refused = append(&cloud, "/log", position, b"x").await;
        refused.refused(409, "PositionNotEqualToLength", "0026-00000016");
        assert_eq!(
            refused.element("Message"),
            "Position is not equal to file length"
        );
        assert_eq!(refused.header("x-oss-next-append-position"), "3");
    }
    assert_eq!(cloud.ask("GET", "/log").send().await.body, b"abc");
}

#[tokio::test]
async fn what_was_put_cannot_be_appended_to() {
    let cloud = Cloud::new().await;
    cloud.store("/key", "abc").await;
    for position in [0, 3] {
        let refused = append(&cloud, "/key", position, b"x").await;
        refused.refused(409, "ObjectNotAppendable", "0026-00000017");
    }
    append(&cloud, "/log", 0, b"abc").await.expect(200);
    cloud.store("/log", "put").await;
    let refused = append(&cloud, "/log", 3, b"x").await;
    refused.refused(409, "ObjectNotAppendable", "0026-00000017");
    assert_eq!(cloud.ask("GET", "/log").send().await.body, b"put");
}

#[tokio::test]
async fn bad_requests_change_nothing() {
    let cloud = Cloud::new().await;
    for (target, ec) in [
        ("/log?append", "0016-00000501"),
        ("/log?append&position=", "0016-00000501"),
        ("/log?append&position=x", "0016-00000502"),
        ("/log?append&position=-1", "0016-00000502"),
        ("/log?append&position=%2B0", "0016-00000502"),
        ("/log?append&position=99999999999999999999", "0016-00000502"),
    ] {
        let refused = cloud.ask("POST", target).body("x").send().await;
        refused.refused(400, "MissingArgument", ec);
    }
    let target = "/log?append&position=0";
    let ask = |name, value| {
        cloud
            .ask("POST", target)
            .header(name, value)
            .body("x")
            .send()
    };
    let refused = ask("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==").await;
    refused.refused(400, "InvalidDigest", "0017-00000503");
    let refused = ask("x-oss-hash-crc64ecma", "1").await;
    refused.refused(400, "InvalidCRC64", "-");
    let refused = ask("x-oss-object-acl", "open").await;
    refused.refused(400, "InvalidArgument", "-");
    let refused = ask("x-oss-storage-class", "Best").await;
    refused.refused(400, "InvalidArgument", "-");
    let refused = ask("x-oss-server-side-encryption", "DES").await;
    refused.refused(400, "InvalidEncryptionAlgorithmError", "-");
    let refused = cloud.ask("POST", target).send().await;
    refused.refused(411, "MissingContentLength", "-");
    let refused = cloud.ask("POST", "/log?append&position=0&comp=x").body("x");
    refused.send().await.refused(400, "NotImplemented", "-");
    let elsewhere = cloud.ask("PUT", "/log?position=0").body("x").send().await;
    elsewhere.refused(400, "NotImplemented", "-");
    assert_eq!(cloud.rows("oss/head/").await, 0);
    cloud.emptied().await;
}

#[tokio::test]
async fn an_acl_needs_its_own_permission() {
    let cloud = Cloud::new().await;
    cloud.allow(r#"{"Effect":"Allow","Action":"oss:PutObject","Resource":"*"}"#);
    let target = "/log?append&position=0";
    let plain = cloud.ask("POST", target).by(USER).body("x").send().await;
    plain.expect(200);
    let ask = cloud.ask("POST", "/other?append&position=0").by(USER);
    let refused = ask
        .header("x-oss-object-acl", "private")
        .body("x")
        .send()
        .await;
    assert_eq!(refused.refusal().1, "AccessDenied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_appends_at_one_position_one_wins() {
    let cloud = Cloud::new().await;
    let mut size = 0;
    for round in 0..50u8 {
        let long = vec![round; if round % 2 == 0 { 70_000 } else { 10 }];
        let racers: Vec<_> = (0..4)
            .map(|_| {
                let (cloud, long) = (cloud.clone(), long.clone());
                tokio::spawn(async move { append(&cloud, "/log", size, &long).await })
            })
            .collect();
        let mut won = 0;
        for racer in racers {
            let answer = racer.await.unwrap();
            match answer.status {
                200 => won += 1,
                _ => answer.refused(409, "PositionNotEqualToLength", "0026-00000016"),
            }
        }
        assert_eq!(won, 1);
        size += long.len() as u64;
    }
    let got = cloud.ask("GET", "/log").send().await.body;
    assert_eq!(got.len() as u64, size);
    assert!(got.chunk_by(|a, b| a == b).map(|run| run[0]).eq(0..50));
    let listed = cloud.ask("GET", "/?stat").send().await;
    assert_eq!(listed.element("Storage"), size.to_string());
    assert_eq!(listed.element("ObjectCount"), "1");
    cloud.ask("DELETE", "/log").send().await.expect(204);
    cloud.emptied().await;
}
