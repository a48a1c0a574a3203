//! The three generations of the API: how each is signed, and how each words a refusal.

use serde_json::json;

use crate::cloud::{Cloud, OWNER, zip_file};

#[tokio::test]
async fn each_generation_words_refusals_its_own_way() {
    let cloud = Cloud::new();
    let said = "function 'f' does not exist";
    let new = cloud.ask("GET", "/2023-03-30/functions/f").send().await;
    assert!(new.refused(404, "FunctionNotFound").contains(said));
    assert!(new.json().get("ErrorCode").is_none());
    for version in ["2016-08-15", "2021-04-06"] {
        let answer = cloud
            .ask("GET", &format!("/{version}/services/s"))
            .send()
            .await;
        let body = answer.json();
        assert_eq!(
            (answer.status, &body["ErrorCode"]),
            (404, &json!("ServiceNotFound")),
            "{body}"
        );
        assert!(body["ErrorMessage"].as_str().unwrap().contains("'s'"));
    }
    let middle = cloud.ask("GET", "/2021-04-06/services/s").send().await;
    assert!(
        middle.refused(404, "ServiceNotFound").contains("'s'"),
        "for the clients of 2021"
    );
    let old = cloud
        .ask("GET", "/2016-08-15/services/s")
        .send()
        .await
        .json();
    assert!(old.get("Code").is_none());
}

#[tokio::test]
async fn each_generation_takes_the_signatures_of_its_clients() {
    let cloud = Cloud::new();
    for (version, path) in [
        ("2016-08-15", "services"),
        ("2021-04-06", "services"),
        ("2023-03-30", "functions"),
    ] {
        let target = format!("/{version}/{path}?limit=3");
        cloud.ask("GET", &target).send().await.expect(200);
        cloud.ask("GET", &target).roa().send().await.expect(200);
        let unknown = cloud.ask("GET", &target).by("nobody").send().await;
        assert_eq!(unknown.status, 403, "{version}: {:?}", unknown.body);
        let unknown = cloud.ask("GET", &target).roa().by("nobody").send().await;
        assert_eq!(unknown.status, 403, "{version}: {:?}", unknown.body);
    }
}

#[tokio::test]
async fn one_function_through_both_older_doors() {
    let cloud = Cloud::new();
    let made = cloud
        .ask("POST", "/2016-08-15/services")
        .json(&json!({"serviceName": "s"}));
    let etag = made
        .send()
        .await
        .expect(200)
        .header("etag")
        .unwrap()
        .to_owned();
    let body = json!({
        "functionName": "f", "runtime": "python3.10", "handler": "index.handler",
        "code": {"zipFile": zip_file("x = 1")},
    });
    let made = cloud
        .ask("POST", "/2021-04-06/services/s/functions")
        .roa()
        .json(&body);
    made.send().await.expect(200);
    let old = cloud
        .ask("GET", "/2016-08-15/services/s/functions/f")
        .send()
        .await;
    let new = cloud
        .ask("GET", "/2021-04-06/services/s/functions/f")
        .send()
        .await;
    assert_eq!(old.json()["codeChecksum"], new.json()["codeChecksum"]);
    let ran = cloud.ask(
        "POST",
        "/2016-08-15/services/s.LATEST/functions/f/invocations",
    );
    let ran = ran.bytes("x").by(OWNER).send().await.expect(200);
    assert_eq!(
        ran.header("x-fc-invocation-service-version"),
        Some("LATEST")
    );
    let change = |tag: &str| {
        let ask = cloud
            .ask("PUT", "/2016-08-15/services/s")
            .header("if-match", tag);
        ask.json(&json!({"description": "new"})).send()
    };
    change(&etag).await.expect(200);
    let late = change(&etag).await;
    assert_eq!(
        (late.status, &late.json()["ErrorCode"]),
        (412, &json!("PreconditionFailed"))
    );
}
