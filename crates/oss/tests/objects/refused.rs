//! What OSS has and this emulator has not is refused, and never becomes something else.

use crate::cloud::Cloud;

#[tokio::test]
async fn no_sub_resource_touches_the_object_under_it() {
    let cloud = Cloud::new().await;
    cloud.store("/k", "body").await;
    let before = cloud.ask("HEAD", "/k").send().await;
    for method in ["PUT", "POST", "DELETE", "GET", "HEAD"] {
        for query in [
            "uploadId=1",
            "partNumber=1&uploadId=1",
            "append&position=0",
            "retention",
            "legalHold",
            "seal",
            "x-oss-process=image%2Finfo",
            "x-oss-rename",
            "x-oss-dir",
            "x-oss-async-process",
            "versionId=1",
            "vod",
            "lifecycle",
            "partNumber=1",
            "callback=e30",
            "acl&tagging",
        ] {
            let ask = cloud.ask(method, &format!("/k?{query}")).body("other");
            let answer = ask.send().await;
            let (status, code, _) = answer.refusal();
            let known = [
                "NotImplemented",
                "MethodNotAllowed",
                "InvalidArgument",
                "ObjectNotAppendable",
                "NoSuchUpload",
                "MalformedXML",
            ];
            assert!(
                known.contains(&code.as_str()),
                "{method} {query}: {}",
                answer.text()
            );
            assert!(matches!(status, 400 | 404 | 405 | 409), "{method} {query}");
        }
    }
    let after = cloud.ask("GET", "/k").send().await.expect(200);
    assert_eq!(after.body, b"body");
    assert_eq!(after.header("etag"), before.header("etag"));
}

#[tokio::test]
async fn no_sub_resource_touches_the_bucket_under_it() {
    let cloud = Cloud::new().await;
    for method in ["PUT", "POST", "DELETE", "GET"] {
        for query in [
            "versioning",
            "worm",
            "replication&comp=add",
            "metaQuery",
            "style&styleName=a",
            "publicAccessBlock",
            "qosInfo",
            "inventory&inventoryId=1",
            "x-oss-common-header",
            "wormExtend&wormId=1",
        ] {
            let answer = cloud
                .ask(method, &format!("/?{query}"))
                .body("x")
                .send()
                .await;
            let (_, code, _) = answer.refusal();
            let known = ["NotImplemented", "MethodNotAllowed"];
            assert!(
                known.contains(&code.as_str()),
                "{method} {query}: {}",
                answer.text()
            );
        }
    }
    cloud.ask("GET", "/?bucketInfo").send().await.expect(200);
}

#[tokio::test]
async fn headers_that_change_the_meaning_are_refused() {
    let cloud = Cloud::new().await;
    for (name, value) in [
        ("x-oss-callback", "e30="),
        ("x-oss-symlink-target", "a"),
        ("if-none-match", "*"),
        ("if-modified-since", "Thu, 15 Jan 2026 02:03:04 GMT"),
    ] {
        let answer = cloud
            .ask("PUT", "/k")
            .header(name, value)
            .body("x")
            .send()
            .await;
        answer.refused(400, "NotImplemented", "-");
        assert_eq!(answer.element("Header"), name);
    }
    assert_eq!(cloud.rows("oss/head/").await, 0);
}

#[tokio::test]
async fn a_bandwidth_limit_is_accepted_within_its_bounds() {
    let cloud = Cloud::new().await;
    let put = |target: &str, limit| {
        let ask = cloud
            .ask("PUT", target)
            .header("x-oss-traffic-limit", limit);
        ask.header("x-oss-request-payer", "requester")
            .body("x")
            .send()
    };
    put("/k", "819200").await.expect(200);
    put("/k", "819199")
        .await
        .refused(400, "InvalidArgument", "-");
    put("/k?x-oss-traffic-limit=819200", "819200")
        .await
        .refused(400, "InvalidArgument", "-");
}

#[tokio::test]
async fn methods() {
    let cloud = Cloud::new().await;
    let answer = cloud.ask("POST", "/k").body("x").send().await;
    answer.refused(405, "MethodNotAllowed", "0017-00000001");
    assert_eq!(
        (answer.element("Method"), answer.element("ResourceType")),
        ("POST".into(), "Object".into())
    );
    let answer = cloud.ask("PATCH", "/k").send().await;
    answer.refused(405, "MethodNotAllowed", "0017-00000001");
    assert_eq!(answer.header("allow"), "GET DELETE HEAD PUT POST OPTIONS");
}

#[tokio::test]
async fn parameters_that_nobody_knows_are_ignored_by_reads_only() {
    let cloud = Cloud::new().await;
    cloud.store("/k", "body").await;
    for parameter in [
        "frob",
        "ACL",
        "x-oss-frob",
        "max-keys=1",
        "acl&frob",
        "response-expires=1",
    ] {
        for (method, path) in [
            ("PUT", "/k"),
            ("DELETE", "/k"),
            ("PUT", "/"),
            ("DELETE", "/"),
        ] {
            let ask = cloud.ask(method, &format!("{path}?{parameter}"));
            let answer = ask.send().await;
            let (_, code, _) = answer.refusal();
            let known = ["InvalidArgument", "MethodNotAllowed"];
            assert!(known.contains(&code.as_str()), "{method} {parameter}");
        }
    }
    let ask = cloud.ask("GET", "/k?frob&ACL&prefix=y&x-oss-frob");
    assert_eq!(ask.send().await.expect(200).body, b"body");
    let ask = cloud
        .ask("PUT", "/k?encoding-type=url&x-oss-request-payer=requester")
        .body("x");
    ask.send().await.expect(200);
}
