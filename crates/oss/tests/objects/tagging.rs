//! Tags of objects: PutObjectTagging, GetObjectTagging, DeleteObjectTagging, `x-oss-tagging`.

use crate::cloud::{Answer, Cloud, OWNER, USER};

const ALLOW_ALL: &str = r#"{"Effect":"Allow","Action":"oss:*","Resource":"*"}"#;

fn document(tags: &[(&str, &str)]) -> String {
    let tag = |(k, v): &(&str, &str)| format!("<Tag><Key>{k}</Key><Value>{v}</Value></Tag>");
    let tags: String = tags.iter().map(tag).collect();
    format!("<Tagging><TagSet>{tags}</TagSet></Tagging>")
}

async fn put_tagged(cloud: &Cloud, target: &str, tagging: &str) -> Answer {
    let ask = cloud.ask("PUT", target).header("x-oss-tagging", tagging);
    ask.body("x").send().await
}

/// The tags as the answer to GetObjectTagging has them.
async fn tags(cloud: &Cloud, key: &str) -> String {
    let got = cloud.ask("GET", &format!("{key}?tagging")).send().await;
    let text = got.expect(200).element("TagSet");
    let bare = text.replace("</Value></Tag>", ";");
    bare.replace("<Tag><Key>", "").replace("</Key><Value>", "=")
}

#[tokio::test]
async fn tags_live_beside_the_object() {
    let cloud = Cloud::new().await;
    cloud.store("/k", "x").await;
    assert_eq!(tags(&cloud, "/k").await, "");
    let head = cloud.ask("HEAD", "/k").send().await.expect(200);
    assert_eq!(head.header("x-oss-tagging-count"), "-");
    let put = |body: String| cloud.ask("PUT", "/k?tagging").body(body).send();
    put(document(&[("a", "1"), ("b", "")])).await.expect(200);
    assert_eq!(tags(&cloud, "/k").await, "a=1;b=;");
    for method in ["GET", "HEAD"] {
        let answer = cloud.ask(method, "/k").send().await.expect(200);
        assert_eq!(answer.header("x-oss-tagging-count"), "2");
    }
    put(document(&[("c", "3")])).await.expect(200);
    assert_eq!(tags(&cloud, "/k").await, "c=3;");
    let deleted = cloud.ask("DELETE", "/k?tagging").send().await;
    deleted.expect(204);
    assert_eq!(tags(&cloud, "/k").await, "");
    assert_eq!(cloud.ask("GET", "/k").send().await.text(), "x");
}

#[tokio::test]
async fn a_new_object_has_the_tags_of_its_request() {
    let cloud = Cloud::new().await;
    put_tagged(&cloud, "/k", "k1=v%2B1&k2").await.expect(200);
    assert_eq!(tags(&cloud, "/k").await, "k1=v+1;k2=;");
    let bad = put_tagged(&cloud, "/k", "a=b=c").await;
    bad.refused(400, "InvalidArgument", "0010-00000219");
    assert_eq!(bad.element("ArgumentName"), "x-oss-tagging");
    assert_eq!(tags(&cloud, "/k").await, "k1=v+1;k2=;");
    cloud.store("/k", "y").await;
    assert_eq!(tags(&cloud, "/k").await, "");
}

#[tokio::test]
async fn a_copy_has_the_tags_of_its_source_unless_it_says_otherwise() {
    let cloud = Cloud::new().await;
    put_tagged(&cloud, "/src", "a=1").await.expect(200);
    let copy = |headers: &[(&'static str, &str)]| {
        let ask = cloud.ask("PUT", "/dst");
        let ask = ask.header("x-oss-copy-source", "/my-bucket/src");
        let ask = headers.iter().fold(ask, |ask, (n, v)| ask.header(n, v));
        ask.send()
    };
    let (directive, tagging) = ("x-oss-tagging-directive", "x-oss-tagging");
    for (headers, expected) in [
        (&[][..], "a=1;"),
        (&[(directive, "COPY"), (tagging, "b=2")], "a=1;"),
        (&[(directive, "Replace"), (tagging, "b=2")], "b=2;"),
        (&[(directive, "REPLACE")], ""),
    ] {
        copy(headers).await.expect(200);
        assert_eq!(tags(&cloud, "/dst").await, expected, "{headers:?}");
    }
    let bad = copy(&[(directive, "x")]).await;
    bad.refused(400, "InvalidArgument", "-");
}

#[tokio::test]
async fn bad_tags_change_nothing() {
    let cloud = Cloud::new().await;
    put_tagged(&cloud, "/k", "a=1").await.expect(200);
    let long = "x".repeat(300);
    let many: Vec<_> = "abcdefghijk".split("").filter(|c| !c.is_empty()).collect();
    let many: Vec<_> = many.into_iter().map(|c| (c, "v")).collect();
    for (body, code, ec) in [
        ("<Tagging>".to_owned(), "MalformedXML", "0010-00000101"),
        ("<Tags/>".to_owned(), "MalformedXML", "0010-00000102"),
        (document(&[("", "v")]), "InvalidTag", "0010-00000208"),
        (document(&[(&long, "v")]), "InvalidTag", "0010-00000209"),
        (document(&[("%@", "v")]), "InvalidTag", "0010-00000212"),
        (document(&[("k", &long)]), "InvalidTag", "0010-00000214"),
        (document(&[("k", "%")]), "InvalidTag", "0010-00000217"),
        (document(&many), "TooManyTags", "0010-00000218"),
    ] {
        let ask = cloud.ask("PUT", "/k?tagging").body(body);
        ask.send().await.refused(400, code, ec);
    }
    assert_eq!(tags(&cloud, "/k").await, "a=1;");
    for method in ["GET", "PUT", "DELETE"] {
        let ask = cloud.ask(method, "/none?tagging").body(document(&[]));
        ask.send().await.refused(404, "NoSuchKey", "0026-00000001");
    }
    let elsewhere = cloud.ask("PUT", "/k?acl").header("x-oss-tagging", "a=1");
    let elsewhere = elsewhere.header("x-oss-object-acl", "private").send();
    elsewhere.await.refused(400, "NotImplemented", "-");
}

#[tokio::test]
async fn tags_take_a_permission_of_their_own() {
    let cloud = Cloud::new().await;
    put_tagged(&cloud, "/k", "a=1").await.expect(200);
    let get = r#"{"Effect":"Allow","Action":"oss:GetObject","Resource":"*"}"#;
    let put = r#"{"Effect":"Allow","Action":"oss:PutObject","Resource":"*"}"#;
    let tag = r#"{"Effect":"Allow","Action":"oss:PutObjectTagging","Resource":"*"}"#;
    let see = r#"{"Effect":"Allow","Action":"oss:GetObjectTagging","Resource":"*"}"#;
    cloud.allow(&[get, put].join(","));
    let head = || cloud.ask("HEAD", "/k").by(USER).send();
    assert_eq!(head().await.expect(200).header("x-oss-tagging-count"), "-");
    let tagged = || {
        let ask = cloud.ask("PUT", "/new").by(USER);
        ask.header("x-oss-tagging", "a=1").body("x").send()
    };
    let denied = tagged().await;
    denied.refused(403, "AccessDenied", "0003-00000905");
    assert_eq!(denied.element("AuthAction"), "oss:PutObjectTagging");
    cloud.ask("HEAD", "/new").send().await.expect(404);
    let copy = || {
        let ask = cloud.ask("PUT", "/new").by(USER);
        ask.header("x-oss-copy-source", "/my-bucket/k").send()
    };
    assert_eq!(copy().await.element("AuthAction"), "oss:GetObjectTagging");
    cloud.allow(&[get, put, see].join(","));
    assert_eq!(copy().await.element("AuthAction"), "oss:PutObjectTagging");
    assert_eq!(head().await.expect(200).header("x-oss-tagging-count"), "1");
    cloud.allow(&[get, put, see, tag].join(","));
    copy().await.expect(200);
    tagged().await.expect(200);
    // Whoever may not tag does not learn what is wrong with the document.
    cloud.allow(get);
    let bad = cloud.ask("PUT", "/k?tagging").by(USER).body("<").send();
    bad.await.refused(403, "AccessDenied", "0003-00000202");
}

#[tokio::test]
async fn an_acl_gives_no_tags_away() {
    let cloud = Cloud::new().await;
    let ask = cloud.ask("PUT", "/k").header("x-oss-tagging", "a=1");
    let ask = ask.header("x-oss-object-acl", "public-read-write");
    ask.body("x").send().await.expect(200);
    let head = cloud.ask("HEAD", "/k").by_nobody().send().await.expect(200);
    assert_eq!(head.header("x-oss-tagging-count"), "-");
    for method in ["GET", "PUT", "DELETE"] {
        let ask = cloud.ask(method, "/k?tagging").by_nobody();
        let answer = ask.body(document(&[])).send().await;
        assert_eq!(answer.status, 403, "{method}");
    }
}

#[tokio::test]
async fn policies_may_ask_for_tags() {
    let cloud = Cloud::new().await;
    put_tagged(&cloud, "/red", "color=red").await.expect(200);
    put_tagged(&cloud, "/blue", "color=blue").await.expect(200);
    cloud.allow(
        r#"{"Effect":"Allow","Action":"oss:GetObject","Resource":"*",
            "Condition":{"StringEquals":{"oss:ExistingObjectTag/color":"red"}}},
           {"Effect":"Allow","Action":["oss:PutObject","oss:PutObjectTagging"],"Resource":"*",
            "Condition":{"StringEquals":{"oss:RequestObjectTag/color":"red"}}}"#,
    );
    let get = |target: &str| cloud.ask("GET", target).by(USER).send();
    get("/red").await.expect(200);
    get("/blue").await.expect(403);
    let put = |tagging: &str| {
        let ask = cloud.ask("PUT", "/new").by(USER);
        ask.header("x-oss-tagging", tagging).body("x").send()
    };
    put("color=red&size=1").await.expect(200);
    put("color=blue").await.expect(403);
    let retag = |color: &str| {
        let ask = cloud.ask("PUT", "/new?tagging").by(USER);
        ask.body(document(&[("color", color)])).send()
    };
    retag("red").await.expect(200);
    retag("blue").await.expect(403);
    cloud.allow(ALLOW_ALL);
    retag("blue").await.expect(200);
}

#[tokio::test]
async fn tags_of_a_later_append_mean_nothing() {
    let cloud = Cloud::new().await;
    let append = |position: u8, tagging: &str| {
        let ask = cloud.ask("POST", &format!("/log?append&position={position}"));
        ask.header("x-oss-tagging", tagging).body("x").send()
    };
    append(0, "a=b=c")
        .await
        .refused(400, "InvalidArgument", "0010-00000219");
    append(0, "a=1").await.expect(200);
    append(1, "a=b=c").await.expect(200);
    assert_eq!(tags(&cloud, "/log").await, "a=1;");
}

#[tokio::test]
async fn tags_of_a_read_mean_nothing() {
    let cloud = Cloud::new().await;
    cloud.store("/k", "x").await;
    let get = |by| {
        let ask = cloud.ask("GET", "/k").by(by);
        ask.header("x-oss-tagging", "color=red").send()
    };
    assert_eq!(get(OWNER).await.expect(200).text(), "x");
    cloud.allow(
        r#"{"Effect":"Allow","Action":"oss:GetObject","Resource":"*",
            "Condition":{"StringEquals":{"oss:RequestObjectTag/color":"red"}}}"#,
    );
    get(USER).await.expect(403);
}
