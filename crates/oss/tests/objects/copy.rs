//! CopyObject.

use crate::cloud::{Answer, Cloud, USER};

async fn copy(cloud: &Cloud, target: &str, headers: &[(&'static str, &str)]) -> Answer {
    let mut ask = cloud
        .ask("PUT", target)
        .header("x-oss-copy-source", "/my-bucket/src");
    for (name, value) in headers {
        ask = ask.header(name, value);
    }
    ask.send().await
}

async fn with_source(body: &str) -> Cloud {
    let cloud = Cloud::new().await;
    cloud
        .ask("PUT", "/src")
        .header("content-type", "text/plain")
        .header("x-oss-meta-a", "1")
        .header("x-oss-object-acl", "public-read")
        .body(body.to_owned())
        .send()
        .await
        .expect(200);
    cloud
}

#[tokio::test]
async fn a_copy_has_bytes_and_metadata_but_not_the_acl() {
    for body in ["small".to_owned(), "large".repeat(50_000), String::new()] {
        let cloud = with_source(&body).await;
        let copied = copy(&cloud, "/dst", &[]).await.expect(200);
        let source = cloud.ask("HEAD", "/src").send().await;
        assert!(
            copied.text().contains("<CopyObjectResult><ETag>&quot;"),
            "{}",
            copied.text()
        );
        assert_eq!(copied.element("LastModified"), "2026-01-15T02:03:04.000Z");
        assert_eq!(
            copied.header("x-oss-hash-crc64ecma"),
            source.header("x-oss-hash-crc64ecma")
        );
        cloud.ask("DELETE", "/src").send().await.expect(204);
        let got = cloud.ask("GET", "/dst").send().await.expect(200);
        assert!(got.body == body.as_bytes());
        assert_eq!(
            (got.header("content-type"), got.header("x-oss-meta-a")),
            ("text/plain", "1")
        );
        let acl = cloud.ask("GET", "/dst?acl").send().await.expect(200);
        assert_eq!(acl.element("Grant"), "default");
        cloud.ask("DELETE", "/dst").send().await.expect(204);
        for prefix in ["oss/body/", "blob/", "loose/", "tombstone/"] {
            assert_eq!(cloud.rows(prefix).await, 0, "{prefix}");
        }
    }
}

#[tokio::test]
async fn metadata_can_be_replaced() {
    let cloud = with_source("x").await;
    let replace = [
        ("x-oss-metadata-directive", "replace"),
        ("x-oss-meta-b", "2"),
    ];
    copy(&cloud, "/dst", &replace).await.expect(200);
    let head = cloud.ask("HEAD", "/dst").send().await;
    assert_eq!(
        (head.header("x-oss-meta-a"), head.header("x-oss-meta-b")),
        ("-", "2")
    );
    let bad = copy(&cloud, "/dst", &[("x-oss-metadata-directive", "x")]).await;
    bad.refused(400, "InvalidArgument", "-");
}

#[tokio::test]
async fn onto_itself_the_requests_metadata_count() {
    for body in ["small".to_owned(), "large".repeat(50_000)] {
        let cloud = with_source(&body).await;
        copy(&cloud, "/src", &[("x-oss-meta-b", "2")])
            .await
            .expect(200);
        let got = cloud.ask("GET", "/src").send().await.expect(200);
        assert_eq!(
            (got.header("x-oss-meta-a"), got.header("x-oss-meta-b")),
            ("-", "2")
        );
        assert!(got.body == body.as_bytes());
        copy(&cloud, "/src", &[]).await.expect(200);
        let kept = cloud.ask("HEAD", "/src").send().await.expect(200);
        assert_eq!(kept.header("x-oss-meta-b"), "2");
    }
}

#[tokio::test]
async fn conditions_on_the_source() {
    let cloud = with_source("x").await;
    let etag = "\"9DD4E461268C8034F5C8564E155C67A6\"";
    let since = "Thu, 15 Jan 2026 02:03:04 GMT";
    let put = |name, value| {
        let cloud = &cloud;
        async move { copy(cloud, "/dst", &[(name, value)]).await }
    };
    put("x-oss-copy-source-if-match", etag).await.expect(200);
    let failed = put("x-oss-copy-source-if-match", "\"0\"").await;
    failed.refused(412, "PreconditionFailed", "-");
    put("x-oss-copy-source-if-none-match", etag)
        .await
        .expect(304);
    put("x-oss-copy-source-if-modified-since", since)
        .await
        .expect(304);
    put("x-oss-copy-source-if-unmodified-since", since)
        .await
        .expect(200);
    let forbidden = copy(&cloud, "/dst", &[("x-oss-forbid-overwrite", "true")]).await;
    forbidden.refused(409, "FileAlreadyExists", "-");
}

#[tokio::test]
async fn bad_sources() {
    let cloud = with_source("x").await;
    cloud.make("far-away", "cn-shenzhen").await;
    let put = |source: &str| {
        cloud
            .ask("PUT", "/dst")
            .header("x-oss-copy-source", source)
            .send()
    };
    put("src").await.refused(400, "InvalidArgument", "-");
    put("/my-bucket/none")
        .await
        .refused(404, "NoSuchKey", "0026-00000001");
    put("/none/src")
        .await
        .refused(404, "NoSuchBucket", "0015-00000101");
    put("/my-bucket/src?versionId=1")
        .await
        .refused(400, "NotImplemented", "-");
    put("/far-away/src").await.refused(403, "AccessDenied", "-");
    cloud.ask("GET", "/dst").send().await.expect(404);
}

#[tokio::test]
async fn a_copy_needs_both_permissions() {
    let cloud = with_source("x").await;
    cloud
        .ask("PUT", "/src?acl")
        .header("x-oss-object-acl", "private")
        .send()
        .await
        .expect(200);
    let put = r#"{"Effect":"Allow","Action":"oss:PutObject","Resource":"*"}"#;
    let get = r#"{"Effect":"Allow","Action":"oss:GetObject","Resource":"*"}"#;
    let ask = || {
        let ask = cloud.ask("PUT", "/dst").by(USER);
        ask.header("x-oss-copy-source", "/my-bucket/src").send()
    };
    cloud.allow(put);
    let denied = ask().await;
    denied.refused(403, "AccessDenied", "0003-00000202");
    assert_eq!(denied.element("AuthAction"), "oss:GetObject");
    cloud.allow(get);
    assert_eq!(ask().await.element("AuthAction"), "oss:PutObject");
    cloud.allow(&format!("{put},{get}"));
    ask().await.expect(200);
}
