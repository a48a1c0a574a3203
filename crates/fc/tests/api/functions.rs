//! Functions of FC 3.0, and what is refused.

use serde_json::{Value, json};

use crate::cloud::{Cloud, Planned, ROLE, UID, USER, function, zip_file};

const FUNCTIONS: &str = "/2023-03-30/functions";

#[tokio::test]
async fn a_functions_life() {
    let cloud = Cloud::new();
    let made = cloud.create("f").await;
    assert_eq!(made["createdTime"], "2026-01-15T02:03:04Z");
    assert_eq!(
        made["functionArn"],
        format!("acs:fc:cn-hangzhou:{UID}:functions/f")
    );
    let one = format!("{FUNCTIONS}/f");
    assert_eq!(cloud.ask("GET", &one).send().await.expect(200).json(), made);
    let changed = cloud
        .ask("PUT", &one)
        .json(&json!({"timeout": 30}))
        .send()
        .await;
    let changed = changed.expect(200).json();
    assert_eq!(
        (&changed["timeout"], &changed["handler"]),
        (&json!(30), &made["handler"])
    );
    let all = cloud.ask("GET", FUNCTIONS).send().await.expect(200).json();
    assert_eq!(all["functions"], json!([changed]));
    let gone = cloud.ask("DELETE", &one).send().await.expect(204);
    assert!(gone.body.is_empty() && gone.header("content-length").is_none());
    assert_eq!(
        cloud.host.retired(),
        2,
        "its instances end after a change, and with it"
    );
    let said = cloud
        .ask("GET", &one)
        .send()
        .await
        .refused(404, "FunctionNotFound");
    assert!(said.contains("'f'"), "{said}");
}

#[tokio::test]
async fn what_makes_no_function() {
    let cloud = Cloud::new();
    let with = |field: &str, value: Value| {
        let mut body = function("f");
        body[field] = value;
        body
    };
    for body in [
        with("functionName", json!("1f")),
        with("functionName", json!("f.f")),
        with("functionName", json!("f".repeat(65))),
        with("runtime", json!("python9")),
        with("timeout", json!(0)),
        with("timeout", json!(86_401)),
        with("timeout", json!("30")),
        with("memorySize", json!(100)),
        with("memorySize", json!(64)),
        with("diskSize", json!(1)),
        with("handler", Value::Null),
        with("code", json!({})),
        with("code", json!({"zipFile": "no Base64"})),
        with("code", json!({"zipFile": "bm8gemlw"})),
        with("code", json!({"zipFile": zip_file("x"), "checksum": "1"})),
        with("code", json!({"ossBucketName": "b", "ossObjectName": "o"})),
        with("environmentVariables", json!({"FC_X": "y"})),
        with("environmentVariables", json!({"X": "y".repeat(4097)})),
        with("noSuchField", json!(1)),
        json!([]),
    ] {
        let answer = cloud.ask("POST", FUNCTIONS).json(&body).send().await;
        let code = answer.json()["Code"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(
            (400..500).contains(&answer.status),
            "{body}: {} {code}",
            answer.status
        );
    }
    let text = cloud.ask("POST", FUNCTIONS).bytes("{").send().await;
    text.refused(400, "InvalidArgument");
    let none = cloud.ask("GET", FUNCTIONS).send().await.expect(200).json();
    assert_eq!(none["functions"], json!([]), "nothing is half made");
    cloud.create("f").await;
    let again = cloud
        .ask("POST", FUNCTIONS)
        .json(&function("f"))
        .send()
        .await;
    again.refused(409, "FunctionAlreadyExists");
}

#[tokio::test]
async fn requests_that_cannot_be_read() {
    let cloud = Cloud::new();
    let ask = |method, path: &str| cloud.ask(method, &format!("/2023-03-30/{path}")).send();
    ask("GET", "nonsense")
        .await
        .refused(400, "PathNotSupported");
    ask("PATCH", "functions")
        .await
        .refused(400, "PathNotSupported");
    ask("GET", "functions?noSuchParameter=1")
        .await
        .refused(400, "InvalidArgument");
    ask("GET", "functions?limit=0")
        .await
        .refused(400, "InvalidArgument");
    ask("GET", "functions?limit=101")
        .await
        .refused(400, "InvalidArgument");
    let unsigned = cloud.ask("GET", FUNCTIONS).by("nobody").send().await;
    assert!(
        unsigned.status == 403 || unsigned.status == 404,
        "{}",
        unsigned.status
    );
}

#[tokio::test]
async fn pages_have_all_and_each_once() {
    let cloud = Cloud::new();
    for name in ["a", "b1", "b2", "b3", "c"] {
        cloud.create(name).await;
    }
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let target = format!("{FUNCTIONS}?prefix=b&limit=2&nextToken={token}");
        let page = cloud.ask("GET", &target).send().await.expect(200).json();
        let names = page["functions"].as_array().unwrap().iter();
        seen.extend(names.map(|f| f["functionName"].as_str().unwrap().to_owned()));
        match page["nextToken"].as_str() {
            Some(next) if !next.is_empty() => token = next.to_owned(),
            _ => break,
        }
    }
    assert_eq!(seen, ["b1", "b2", "b3"]);
}

#[tokio::test]
async fn an_invocation_and_what_is_told_of_it() {
    let cloud = Cloud::new();
    let mut body = function("f");
    body["role"] = json!(ROLE);
    cloud
        .ask("POST", FUNCTIONS)
        .json(&body)
        .send()
        .await
        .expect(200);
    let ask = cloud.invoke("f", "hello").header("x-fc-log-type", "Tail");
    let answer = ask.send().await.expect(200);
    assert_eq!(&answer.body[..], b"hello");
    assert_eq!(
        answer.header("content-type"),
        Some("application/octet-stream")
    );
    assert_eq!(answer.header("x-fc-instance-id"), Some("c-1"));
    assert_eq!(answer.header("x-fc-invocation-duration"), Some("1.23"));
    assert_eq!(answer.header("x-fc-max-memory-usage"), Some("5.00"));
    assert!(answer.header("x-fc-log-result").is_some());
    assert_eq!(answer.header("x-fc-error-type"), None);
    let [(key, invocation)] = &cloud.host.asked()[..] else {
        panic!("it runs once");
    };
    assert_eq!((&*key.function, &*key.qualifier), ("f", "LATEST"));
    assert_eq!(
        Some(&*invocation.request_id),
        answer.header("x-fc-request-id")
    );
    let keys = invocation.credentials.as_ref().unwrap();
    assert_eq!(keys.access_key_id, "STS.worker");
}

#[tokio::test]
async fn what_comes_of_an_invocation_that_fails() {
    let cloud = Cloud::new();
    cloud.create("f").await;
    cloud
        .host
        .plan(&[Planned::Fails, Planned::HasNoRoom, Planned::HasNoRuntime]);
    let failed = cloud.invoke("f", "{}").send().await.expect(200);
    assert_eq!(
        failed.header("x-fc-error-type"),
        Some("UnhandledInvocationError")
    );
    let full = cloud.invoke("f", "{}").send().await;
    assert!(
        full.refused(429, "ResourceExhausted")
            .contains("it is full")
    );
    let none = cloud.invoke("f", "{}").send().await;
    assert!(
        none.json()["Message"]
            .as_str()
            .unwrap()
            .contains("there is no Python")
    );
    cloud
        .invoke("g", "{}")
        .send()
        .await
        .refused(404, "FunctionNotFound");
    let typed = cloud
        .invoke("f", "{}")
        .header("x-fc-invocation-type", "Later");
    typed.send().await.refused(400, "InvalidArgument");
    let unknown = cloud.ask("POST", &format!("{FUNCTIONS}/f/invocations?qualifier=9"));
    unknown.send().await.refused(404, "VersionNotFound");
    let unknown = cloud.ask("POST", &format!("{FUNCTIONS}/f/invocations?qualifier=x"));
    unknown.send().await.refused(404, "AliasNotFound");
}

#[tokio::test]
async fn policies_decide() {
    let cloud = Cloud::new();
    cloud.create("f").await;
    let one = format!("{FUNCTIONS}/f");
    let arn = format!("acs:fc:cn-hangzhou:{UID}:functions/f");
    let refused = cloud.ask("GET", &one).by(USER).send().await;
    let said = refused.refused(403, "AccessDenied");
    assert!(
        said.contains(&format!("'fc:GetFunction' on resource '{arn}'")),
        "{said}"
    );
    cloud.allow("fc:GetFunction", &arn);
    cloud.ask("GET", &one).by(USER).send().await.expect(200);
    cloud
        .invoke("f", "")
        .by(USER)
        .send()
        .await
        .refused(403, "AccessDenied");
    assert!(cloud.host.asked().is_empty());
    cloud.allow("fc:InvokeFunction", &arn);
    cloud.invoke("f", "").by(USER).send().await.expect(200);
    cloud.allow("fc:*", "*");
    let mut body = function("g");
    body["role"] = json!(ROLE);
    let passed = cloud
        .ask("POST", FUNCTIONS)
        .by(USER)
        .json(&body)
        .send()
        .await;
    let said = passed.refused(403, "AccessDenied");
    assert!(said.contains("ram:PassRole"), "{said}");
}
