//! DeleteMultipleObjects.

use crate::cloud::{Ask, Cloud, OWNER, USER, ask, delete_document};

async fn bucket_of(cloud: &Cloud, keys: &[&str]) {
    cloud.ok("PUT", "photos", "/").await;
    for key in keys {
        cloud.ok("PUT", "photos", &format!("/{key}")).await;
    }
}

async fn left(cloud: &Cloud) -> Vec<String> {
    let answer = cloud.ok("GET", "photos", "/").await;
    answer.texts("Key").into_iter().map(str::to_owned).collect()
}

/// Sends the document with its digest.
async fn delete(
    cloud: &Cloud,
    caller: &str,
    target: &str,
    keys: &[&str],
    quiet: bool,
) -> crate::cloud::Answer {
    let (document, md5) = delete_document(keys, quiet);
    let headers = [("content-md5", md5.as_str())];
    let request = Ask {
        caller,
        headers: &headers,
        body: &document,
        ..ask("POST", "photos", target)
    };
    cloud.send(&request).await
}

#[tokio::test]
async fn what_is_there_and_what_is_not_is_reported_as_deleted() {
    let cloud = Cloud::new();
    bucket_of(&cloud, &["a", "b", "c"]).await;
    let answer = delete(&cloud, OWNER, "/?delete", &["a", "b", "nothing"], false)
        .await
        .expect(200);
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DeleteResult><Deleted><Key>a</Key></Deleted>\
                    <Deleted><Key>b</Key></Deleted><Deleted><Key>nothing</Key></Deleted></DeleteResult>";
    assert_eq!(answer.body, expected);
    assert_eq!(left(&cloud).await, ["c"]);
}

#[tokio::test]
async fn quiet_says_nothing() {
    let cloud = Cloud::new();
    bucket_of(&cloud, &["a"]).await;
    let answer = delete(&cloud, OWNER, "/?delete", &["a"], true)
        .await
        .expect(200);
    assert_eq!(
        (
            answer.body.as_str(),
            answer.headers["content-length"].as_bytes()
        ),
        ("", b"0".as_slice())
    );
    assert!(left(&cloud).await.is_empty());
}

#[tokio::test]
async fn names_are_escaped_when_asked() {
    let cloud = Cloud::new();
    bucket_of(&cloud, &["a%20b%01"]).await;
    let answer = delete(
        &cloud,
        OWNER,
        "/?delete&encoding-type=url",
        &["a b&#1;"],
        false,
    )
    .await
    .expect(200);
    assert_eq!(
        (answer.text("EncodingType"), answer.text("Key")),
        ("url", "a%20b%01")
    );
    assert!(left(&cloud).await.is_empty());
}

#[tokio::test]
async fn one_refused_key_refuses_the_whole_request() {
    let policy = r#"{"Version":"1","Statement":[
        {"Effect":"Allow","Action":"oss:DeleteObject","Resource":"acs:oss:*:*:photos/mine/*"}]}"#;
    let cloud = Cloud::with_policy(policy);
    bucket_of(&cloud, &["mine/1", "mine/2", "theirs"]).await;
    let refused = delete(
        &cloud,
        USER,
        "/?delete",
        &["mine/1", "theirs", "mine/2"],
        false,
    )
    .await;
    assert_eq!(refused.refusal().1, "AccessDenied", "{}", refused.body);
    assert_eq!(left(&cloud).await, ["mine/1", "mine/2", "theirs"]);
    delete(&cloud, USER, "/?delete", &["mine/1", "mine/2"], false)
        .await
        .expect(200);
    assert_eq!(left(&cloud).await, ["theirs"]);
}

#[tokio::test]
async fn the_digest_is_mandatory_and_checked() {
    let cloud = Cloud::new();
    bucket_of(&cloud, &["a"]).await;
    let (document, _) = delete_document(&["a"], false);
    let request = ask("POST", "photos", "/?delete");
    let none = cloud
        .send(&Ask {
            body: &document,
            ..request.clone()
        })
        .await;
    assert_eq!(none.refusal(), (400, "MissingArgument", "0016-00000606"));
    for wrong in [
        "1B2M2Y8AsgTpgAmY7PhCfg==",
        "5d41402abc4b2a76b9719d911017c592",
    ] {
        let headers = [("content-md5", wrong)];
        let request = Ask {
            headers: &headers,
            body: &document,
            ..request.clone()
        };
        let answer = cloud.send(&request).await;
        assert_eq!(answer.refusal().1, "InvalidDigest", "{wrong}");
    }
    assert_eq!(left(&cloud).await, ["a"]);
}

#[tokio::test]
async fn bad_documents() {
    let cloud = Cloud::new();
    bucket_of(&cloud, &["a"]).await;
    let many = vec!["k"; 1001];
    let answer = delete(&cloud, OWNER, "/?delete", &many, false).await;
    assert_eq!(answer.refusal(), (400, "MalformedXML", "0016-00000609"));
    let answer = delete(&cloud, OWNER, "/?delete", &[""], false).await;
    assert_eq!(
        answer.refusal(),
        (400, "UserKeyMustBeSpecified", "0016-00000611")
    );
    let answer = delete(
        &cloud,
        OWNER,
        "/?delete",
        &["a</Key></Object></Delete><Delete>"],
        false,
    )
    .await;
    assert_eq!(answer.refusal(), (400, "MalformedXML", "0016-00000607"));
    let large = "x".repeat(2 << 20);
    let answer = delete(&cloud, OWNER, "/?delete", &[&large], false).await;
    assert_eq!(answer.refusal().1, "MalformedXML");
    let long = "x".repeat(1024);
    let answer = delete(&cloud, OWNER, "/?delete", &["a", &long], false).await;
    assert_eq!(answer.refusal().1, "InvalidObjectName");
    assert_eq!(left(&cloud).await, ["a"]);
}
