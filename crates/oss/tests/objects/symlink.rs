//! Symbolic links: PutSymlink, GetSymlink, and reads through them (§6.9).

use crate::cloud::{Answer, Cloud, USER};

async fn link(cloud: &Cloud, key: &str, target: &str, headers: &[(&'static str, &str)]) -> Answer {
    let ask = cloud.ask("PUT", &format!("{key}?symlink"));
    let ask = ask.header("x-oss-symlink-target", target);
    let ask = headers.iter().fold(ask, |ask, (n, v)| ask.header(n, v));
    ask.send().await
}

#[tokio::test]
async fn a_read_goes_through() {
    let cloud = Cloud::new().await;
    let meta = [("x-oss-meta-a", "link"), ("content-type", "text/link")];
    link(&cloud, "/link", "a%2Fb%20c", &meta).await.expect(200);
    cloud
        .ask("PUT", "/a/b%20c")
        .header("x-oss-meta-a", "target")
        .body("hello")
        .send()
        .await
        .expect(200);
    let target = cloud.ask("HEAD", "/a/b%20c").send().await.expect(200);
    for method in ["GET", "HEAD"] {
        let seen = cloud.ask(method, "/link").send().await.expect(200);
        for name in [
            "etag",
            "content-length",
            "content-md5",
            "x-oss-hash-crc64ecma",
        ] {
            assert_eq!(seen.header(name), target.header(name), "{name}");
        }
        assert_eq!(seen.header("x-oss-object-type"), "Symlink");
        assert_eq!(seen.header("x-oss-meta-a"), "link");
        assert_eq!(seen.header("content-type"), "text/link");
    }
    let get = cloud.ask("GET", "/link").header("range", "bytes=1-2");
    assert_eq!(get.send().await.expect(206).text(), "el");
    let etag = target.header("etag");
    let same = cloud.ask("GET", "/link").header("if-none-match", etag);
    same.send().await.expect(304);
    let meta = cloud.ask("HEAD", "/link?objectMeta").send().await;
    assert_eq!(meta.expect(200).header("content-length"), "5");
}

#[tokio::test]
async fn a_link_is_an_object_of_its_own() {
    let cloud = Cloud::new().await;
    cloud.store("/target", "hello").await;
    link(&cloud, "/link", "target", &[]).await.expect(200);
    let got = cloud.ask("GET", "/link?symlink").send().await.expect(200);
    assert_eq!(got.header("x-oss-symlink-target"), "target");
    let (own, size) = (got.header("etag").to_owned(), got.header("content-length"));
    assert_eq!(size, "0");
    let target = cloud.ask("HEAD", "/target").send().await;
    assert_ne!(target.header("etag"), own);
    let list = cloud.ask("GET", "/?prefix=link").send().await.expect(200);
    assert_eq!(list.element("Type"), "Symlink");
    assert_eq!(list.element("ETag").replace("&quot;", "\""), own);
    let copy = cloud.ask("PUT", "/copy");
    let copy = copy.header("x-oss-copy-source", "/my-bucket/link");
    copy.send().await.expect(200);
    let copied = cloud.ask("GET", "/copy?symlink").send().await.expect(200);
    assert_eq!(copied.header("x-oss-symlink-target"), "target");
    cloud.ask("DELETE", "/link").send().await.expect(204);
    let kept = cloud.ask("GET", "/target").send().await.expect(200);
    assert_eq!(kept.text(), "hello");
    cloud.store("/copy", "no link").await;
    let plain = cloud.ask("GET", "/copy?symlink").send().await;
    plain.refused(400, "NotSymlink", "0043-00000101");
}

#[tokio::test]
async fn links_that_lead_nowhere() {
    let cloud = Cloud::new().await;
    link(&cloud, "/first", "second", &[]).await.expect(200);
    for method in ["GET", "HEAD"] {
        let dangling = cloud.ask(method, "/first").send().await;
        dangling.refused(404, "SymlinkTargetNotExist", "0026-00000012");
    }
    link(&cloud, "/second", "first", &[]).await.expect(200);
    for method in ["GET", "HEAD"] {
        let to_link = cloud.ask(method, "/first").send().await;
        to_link.refused(400, "InvalidTargetType", "0026-00000011");
    }
    let none = cloud.ask("GET", "/none?symlink").send().await;
    none.refused(404, "NoSuchKey", "0026-00000001");
}

#[tokio::test]
async fn what_is_refused_leaves_no_link() {
    let cloud = Cloud::new().await;
    let missing = cloud.ask("PUT", "/k?symlink").send().await;
    missing.refused(400, "InvalidArgument", "0043-00000001");
    let slash = link(&cloud, "/k", "/x", &[]).await;
    slash.refused(400, "InvalidObjectName", "0016-00000005");
    let encoding = link(&cloud, "/k", "%FF", &[]).await;
    assert_eq!(encoding.refusal().1, "InvalidObjectName");
    let tags = link(&cloud, "/k", "x", &[("x-oss-tagging", "a=b=c")]).await;
    tags.refused(400, "InvalidArgument", "0010-00000219");
    assert_eq!(cloud.rows("oss/head/").await, 0);
    cloud.store("/k", "body").await;
    let kept = link(&cloud, "/k", "x", &[("x-oss-forbid-overwrite", "true")]).await;
    assert_eq!(kept.refusal().1, "FileAlreadyExists");
    assert_eq!(cloud.ask("GET", "/k").send().await.text(), "body");
    let elsewhere = cloud.ask("PUT", "/k").header("x-oss-symlink-target", "x");
    let elsewhere = elsewhere.body("").send().await;
    elsewhere.refused(400, "NotImplemented", "-");
}

#[tokio::test]
async fn the_later_of_both_is_the_last_change() {
    let cloud = Cloud::new().await;
    let modified = |key: &'static str| {
        let ask = cloud.ask("HEAD", key).send();
        async move { ask.await.expect(200).header("last-modified").to_owned() }
    };
    link(&cloud, "/link", "target", &[]).await.expect(200);
    cloud.gateway.clock.advance(chrono::Duration::hours(1));
    cloud.store("/target", "x").await;
    assert_eq!(modified("/link").await, modified("/target").await);
    cloud.gateway.clock.advance(chrono::Duration::hours(1));
    link(&cloud, "/link", "target", &[]).await.expect(200);
    assert_ne!(modified("/link").await, modified("/target").await);
    assert_eq!(modified("/link").await, "Thu, 15 Jan 2026 04:03:04 GMT");
}

#[tokio::test]
async fn a_read_needs_the_permission_on_the_target_too() {
    let cloud = Cloud::new().await;
    cloud.store("/secret", "x").await;
    link(&cloud, "/link", "secret", &[]).await.expect(200);
    let allow = |key: &str| {
        let arn = format!("acs:oss:*:*:my-bucket/{key}");
        format!(r#"{{"Effect":"Allow","Action":"oss:GetObject","Resource":"{arn}"}}"#)
    };
    cloud.allow(&allow("link"));
    for method in ["GET", "HEAD"] {
        let denied = cloud.ask(method, "/link").by(USER).send().await;
        denied.refused(403, "AccessDenied", "0003-00000202");
    }
    let where_to = cloud.ask("GET", "/link?symlink").by(USER).send().await;
    where_to.expect(200);
    cloud.allow(&[allow("link"), allow("secret")].join(","));
    let read = cloud.ask("GET", "/link").by(USER).send().await.expect(200);
    assert_eq!(read.text(), "x");
    // A link that everybody may read opens nothing that is private.
    let acl = [("x-oss-object-acl", "public-read")];
    link(&cloud, "/open", "secret", &acl).await.expect(200);
    let denied = cloud.ask("GET", "/open").by_nobody().send().await;
    denied.refused(403, "AccessDenied", "0003-00000001");
}
