//! A change of an object, and the invocation that it sets off, are one commit: no crash can come between them.

use serde_json::Value;

use crate::requests::{Key, OssRequest, TestCloud, text};

/// A ZIP archive with one file.
const CODE: &str = "UEsDBBQAAAAAAAAAIQBDvrfoAQAAAAEAAAABAAAAYWFQSwECFAMUAAAAAAAAACEAQ7636AEAAAABAAAAAQAAAAAAAAAAAAAAgAEAAAAAYVBLBQYAAAAAAQABAC8AAAAgAAAAAAA=";
const TRUST: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["oss.aliyuncs.com"]}}]}"#;

fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

async fn fc(cloud: &TestCloud, path: &str, body: Value) {
    let path = format!("/2023-03-30/{path}");
    let body = leak(body.to_string());
    let key = Key::administrator();
    let answer = cloud.fc("POST", &path, body, Some(&key)).await;
    let good = answer.status().is_success();
    assert!(good, "POST {path}: {}", text(answer).await);
}

/// A cloud in which every change of the bucket `events` sets off a function.
async fn watching() -> TestCloud {
    let cloud = TestCloud::new().await;
    for bucket in ["events", "quiet"] {
        change(&cloud, "PUT", bucket, "", "", &[], "").await;
    }
    let role = [
        ("RoleName", "notifier"),
        ("AssumeRolePolicyDocument", TRUST),
    ];
    let made = cloud
        .rpc(
            "2015-05-01",
            "CreateRole",
            &role,
            Some(&Key::administrator()),
        )
        .await;
    assert_eq!(made.status(), 200, "{}", text(made).await);
    let function = serde_json::json!({
        "functionName": "f", "runtime": "python3.10", "handler": "a.b", "code": {"zipFile": CODE},
    });
    fc(&cloud, "functions", function).await;
    let config =
        serde_json::json!({"events": ["oss:ObjectCreated:*", "oss:ObjectRemoved:*"]}).to_string();
    let trigger = serde_json::json!({
        "triggerName": "t", "triggerType": "oss", "triggerConfig": config,
        "sourceArn": "acs:oss:cn-hangzhou:1234567890123456:events",
        "invocationRole": "acs:ram::1234567890123456:role/notifier",
    });
    fc(&cloud, "functions/f/triggers", trigger).await;
    cloud
}

async fn change(
    cloud: &TestCloud,
    method: &'static str,
    bucket: &'static str,
    key: &'static str,
    query: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
) -> String {
    let request = OssRequest {
        method,
        bucket,
        key,
        query,
        headers,
        body,
    };
    let answer = cloud.oss(&request, Some(&Key::administrator())).await;
    let good = answer.status().is_success();
    let text = text(answer).await;
    assert!(good, "{request:?}: {text}");
    text
}

/// Whether the newest commit put an invocation into the queue, and whether it changed objects.
async fn newest(cloud: &TestCloud) -> (bool, bool) {
    let keys = cloud.newest().await;
    let any = |prefix: &[u8]| keys.iter().any(|key| key.starts_with(prefix));
    (any(b"fc/queue/"), any(b"oss/"))
}

/// The id in the answer that begins an upload.
fn upload_id(answer: &str) -> &str {
    let (_, rest) = answer.split_once("<UploadId>").expect("an upload begins");
    rest.split_once('<').expect("XML").0
}

#[tokio::test]
async fn an_event_is_kept_in_the_commit_of_its_change() {
    let cloud = watching().await;
    let copy: &[_] = &[("x-oss-copy-source", "/events/a")];
    let link: &[_] = &[("x-oss-symlink-target", "a")];
    let many: &[_] = &[("content-md5", "saCew/2Dq5dQ6qnZCXppLg==")];
    let listed = "<Delete><Object><Key>b</Key></Object></Delete>";
    for (method, key, query, headers, body) in [
        ("PUT", "a", "", &[][..], "1"),
        ("PUT", "a", "", &[], "12"),
        ("PUT", "b", "", copy, ""),
        ("POST", "c", "append&position=0", &[], "123"),
        ("PUT", "d", "symlink", link, ""),
        ("DELETE", "a", "", &[], ""),
        ("POST", "", "delete", many, listed),
    ] {
        change(&cloud, method, "events", key, query, headers, body).await;
        assert_eq!(newest(&cloud).await, (true, true), "{method} {key}?{query}");
    }
}

#[tokio::test]
async fn so_is_what_an_upload_tells() {
    let cloud = watching().await;
    let all: &[_] = &[("x-oss-complete-all", "yes")];
    for ends in ["POST", "DELETE"] {
        let begun = change(&cloud, "POST", "events", "a", "uploads", &[], "").await;
        assert_eq!(newest(&cloud).await, (true, true), "it begins");
        let id = upload_id(&begun);
        let part = leak(format!("partNumber=1&uploadId={id}"));
        change(&cloud, "PUT", "events", "a", part, &[], "x").await;
        assert_eq!(newest(&cloud).await, (true, true), "a part");
        let headers = if ends == "POST" { all } else { &[] };
        let upload = leak(format!("uploadId={id}"));
        change(&cloud, ends, "events", "a", upload, headers, "").await;
        let rows = cloud.rows().await;
        let queued = rows.keys().filter(|key| key.starts_with(b"fc/queue/"));
        let expected = if ends == "POST" { 3 } else { 6 };
        assert_eq!(queued.count(), expected, "{ends}");
    }
}

#[tokio::test]
async fn a_bucket_that_nobody_watches_gets_no_rows_of_events() {
    let cloud = watching().await;
    change(&cloud, "PUT", "quiet", "a", "", &[], "1").await;
    assert_eq!(newest(&cloud).await, (false, true));
    let rows = cloud.rows().await;
    assert!(!rows.keys().any(|key| key.starts_with(b"fc/queue/")));
}
