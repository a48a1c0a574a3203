//! Forms: who may send them, what they ask for, and what becomes of bad ones (§2.7).

mod form;
mod refused;

use bytes::Bytes;
use futures_util::stream;
use gateway::Body;

use crate::cloud::{Cloud, OWNER, SESSION, USER};
use form::{BOUNDARY, Form, got};

#[tokio::test]
async fn a_signed_form_stores_its_file() {
    let cloud = Cloud::new().await;
    for (key, form) in [
        (
            "v1",
            Form::new("v1").signed(OWNER, r#"{"bucket":"my-bucket"}"#),
        ),
        ("v4", Form::new("v4").signed_v4(OWNER, "cn-hangzhou", "")),
    ] {
        let answer = form.post(&cloud).await.expect(204);
        assert_eq!(
            answer.header("etag"),
            "\"5D41402ABC4B2A76B9719D911017C592\""
        );
        let stored = got(&cloud, &format!("/{key}")).await.expect(200);
        assert_eq!(stored.text(), "hello");
        assert_eq!(stored.header("content-type"), "image/png");
        assert_eq!(stored.header("x-oss-object-type"), "Normal");
    }
}

#[tokio::test]
async fn fields_say_what_headers_say_elsewhere() {
    let cloud = Cloud::new().await;
    let form = Form::new("dir/${filename}")
        .with("x-oss-meta-Color", "blue")
        .with("Cache-Control", "no-cache")
        .with("Content-Disposition", "attachment")
        .with("Expires", "soon")
        .with("Content-Type", "text/css")
        .with("x-oss-storage-class", "IA")
        .with("x-oss-object-acl", "public-read")
        .with("submit", "Upload")
        .signed(OWNER, r#"["starts-with","$key","dir/"]"#);
    form.post(&cloud).await.expect(204);
    let stored = cloud
        .ask("GET", "/dir/a%20b.png")
        .by_nobody()
        .send()
        .await
        .expect(200);
    for (name, value) in [
        ("x-oss-meta-color", "blue"),
        ("cache-control", "no-cache"),
        ("content-disposition", "attachment"),
        ("expires", "soon"),
        ("content-type", "image/png"),
        ("x-oss-storage-class", "IA"),
    ] {
        assert_eq!(stored.header(name), value, "{name}");
    }
    let own = form
        .with("x-oss-content-type", "text/html")
        .with("x-oss-forbid-overwrite", "true");
    let taken = own.post(&cloud).await;
    assert_eq!(
        (taken.status, taken.element("Code").as_str()),
        (409, "FileAlreadyExists")
    );
    own.without("x-oss-forbid-overwrite")
        .post(&cloud)
        .await
        .expect(204);
    let stored = got(&cloud, "/dir/a%20b.png").await;
    assert_eq!(stored.header("content-type"), "text/html");
}

#[tokio::test]
async fn the_form_chooses_the_answer() {
    let cloud = Cloud::new().await;
    let form = Form::new("a b").signed(OWNER, "");
    let with = |name: &str, value: &str| form.clone().with(name, value);
    let ok = with("success_action_status", "200")
        .post(&cloud)
        .await
        .expect(200);
    assert!(ok.body.is_empty());
    with("success_action_status", "202")
        .post(&cloud)
        .await
        .expect(204);
    let made = with("success_action_status", "201")
        .post(&cloud)
        .await
        .expect(201);
    assert_eq!(made.element("Bucket"), "my-bucket");
    assert_eq!(made.element("Key"), "a b");
    assert_eq!(
        made.element("ETag").replace("&quot;", "\""),
        "\"5D41402ABC4B2A76B9719D911017C592\""
    );
    let address = "http://my-bucket.oss-cn-hangzhou.aliyuncs.com/a%20b";
    assert_eq!(made.element("Location"), address);
    assert_eq!(made.header("location"), address);
    let to = with("success_action_status", "201").with("success_action_redirect", "http://h/p?q=1");
    let sent = to.post(&cloud).await.expect(303);
    let query = "q=1&bucket=my-bucket&etag=%225D41402ABC4B2A76B9719D911017C592%22&key=a%20b";
    assert_eq!(sent.header("location"), format!("http://h/p?{query}"));
}

/// The signature of a header or a URL does not count, and a form without one is anonymous.
#[tokio::test]
async fn a_form_is_signed_in_itself_or_not_at_all() {
    let cloud = Cloud::new().await;
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let ask = || {
        cloud
            .ask("POST", "/")
            .header("content-type", &kind)
            .body(Form::new("k").bytes())
    };
    ask()
        .send()
        .await
        .refused(403, "AccessDenied", "0003-00000001");
    ask()
        .by_nobody()
        .send()
        .await
        .refused(403, "AccessDenied", "0003-00000001");
    got(&cloud, "/k").await.expect(404);
    let open = cloud
        .ask("PUT", "/?acl")
        .header("x-oss-acl", "public-read-write");
    open.send().await.expect(200);
    ask().by_nobody().send().await.expect(204);
    let signed = ask()
        .by_nobody()
        .header("authorization", "OSS nobody:nonsense");
    signed.send().await.expect(204);
    let by_url = cloud
        .ask("POST", "/?OSSAccessKeyId=a&Signature=b")
        .by_nobody();
    let by_url = by_url
        .header("content-type", &kind)
        .body(Form::new("k").bytes());
    by_url.send().await.expect(204);
    // Nor does a broken form become an anonymous one.
    let broken = Form::new("k").signed(OWNER, "").without("Signature");
    broken
        .post(&cloud)
        .await
        .refused(400, "InvalidArgument", "0002-00000703");
}

#[tokio::test]
async fn permissions_are_those_of_put_object() {
    let cloud = Cloud::new().await;
    let form = |key| Form::new(key).signed(USER, "");
    let denied = form("k").post(&cloud).await;
    denied.refused(403, "AccessDenied", "0003-00000202");
    assert_eq!(denied.element("AuthAction"), "oss:PutObject");
    cloud.allow(
        r#"{"Effect":"Allow","Action":"oss:PutObject","Resource":"acs:oss:*:*:my-bucket/in/*"}"#,
    );
    form("in/k").post(&cloud).await.expect(204);
    form("out/k").post(&cloud).await.expect(403);
    let acl = form("in/k")
        .with("x-oss-object-acl", "public-read")
        .post(&cloud)
        .await;
    acl.refused(403, "AccessDenied", "0003-00000202");
    assert_eq!(acl.element("AuthAction"), "oss:PutObjectAcl");
    let session = Form::new("in/s")
        .signed(SESSION, "")
        .with("x-oss-security-token", "token");
    session.post(&cloud).await.expect(204);
    let without = session.without("x-oss-security-token").post(&cloud).await;
    without.refused(403, "InvalidAccessKeyId", "0002-00000003");
}

#[tokio::test]
async fn a_policy_ends_with_the_virtual_clock() {
    let cloud = Cloud::new().await;
    let form = Form::new("k").signed(OWNER, "");
    form.post(&cloud).await.expect(204);
    cloud.gateway.clock.advance(chrono::TimeDelta::seconds(601));
    let late = form.post(&cloud).await;
    late.refused(403, "AccessDenied", "0006-00000213");
    assert_eq!(
        late.element("Message"),
        "Invalid according to Policy: Policy expired."
    );
}

/// However the bytes come, and wherever they are cut.
#[tokio::test]
async fn a_form_may_come_in_any_pieces() {
    let cloud = Cloud::new().await;
    let mut form = Form::new("k").signed(OWNER, "");
    let content = format!("\r\n--{}\r\r\n-- \r", &BOUNDARY[1..]).repeat(3000);
    form.file = Some(format!(
        "Content-Disposition: form-data; name=file\r\n\r\n{content}"
    ));
    let bytes = form.bytes();
    let kind = format!("multipart/form-data; boundary=\"{BOUNDARY}\"");
    for size in [1, 7, 1000, 70_000] {
        let pieces = bytes
            .chunks(size)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)));
        let body = Body::from_stream(stream::iter(pieces.collect::<Vec<_>>()));
        let ask = cloud
            .ask("POST", "/")
            .by_nobody()
            .header("content-type", &kind);
        let ask = ask.header("transfer-encoding", "chunked").stream(body);
        ask.send().await.expect(204);
        let stored = got(&cloud, "/k").await;
        assert_eq!(stored.text(), content, "{size}");
        assert_eq!(stored.header("content-type"), "application/octet-stream");
    }
}
