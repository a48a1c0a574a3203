//! Encryption on the server's side, as far as it can be seen: headers and permissions (§6.5).

use crate::cloud::{Answer, Cloud, USER};

const METHOD: &str = "x-oss-server-side-encryption";
const DATA: &str = "x-oss-server-side-data-encryption";
const KEY: &str = "x-oss-server-side-encryption-key-id";

async fn put(cloud: &Cloud, headers: &[(&'static str, &str)]) -> Answer {
    let ask = cloud.ask("PUT", "/k").body("hello");
    let ask = headers.iter().fold(ask, |ask, (n, v)| ask.header(n, v));
    ask.send().await
}

fn told(answer: &Answer) -> [String; 3] {
    [METHOD, DATA, KEY].map(|name| answer.header(name).to_owned())
}

#[tokio::test]
async fn every_answer_says_how_the_object_is_encrypted() {
    let cloud = Cloud::new().await;
    for (headers, expected) in [
        (&[][..], ["-", "-", "-"]),
        (&[(METHOD, "AES256")], ["AES256", "-", "-"]),
        (&[(METHOD, "SM4"), (DATA, "SM4")], ["SM4", "-", "-"]),
        (
            &[(METHOD, "KMS"), (DATA, "SM4"), (KEY, "k-1")],
            ["KMS", "SM4", "k-1"],
        ),
    ] {
        let stored = put(&cloud, headers).await.expect(200);
        assert_eq!(told(&stored), expected, "PUT {headers:?}");
        for method in ["GET", "HEAD"] {
            let read = cloud.ask(method, "/k").send().await.expect(200);
            assert_eq!(told(&read), expected, "{method} {headers:?}");
        }
    }
    let default = put(&cloud, &[(METHOD, "KMS")]).await.expect(200);
    assert_eq!(told(&default)[2].len(), 36);
}

#[tokio::test]
async fn a_copy_is_encrypted_as_its_request_says() {
    let cloud = Cloud::new().await;
    put(&cloud, &[(METHOD, "SM4")]).await.expect(200);
    let copy = |method: Option<&str>| {
        let ask = cloud.ask("PUT", "/copy");
        let ask = ask.header("x-oss-copy-source", "/my-bucket/k");
        let ask = match method {
            Some(method) => ask.header(METHOD, method),
            None => ask,
        };
        ask.send()
    };
    for (method, expected) in [(None, "-"), (Some("AES256"), "AES256")] {
        let copied = copy(method).await.expect(200);
        assert_eq!(copied.header(METHOD), expected);
        let head = cloud.ask("HEAD", "/copy").send().await.expect(200);
        assert_eq!(head.header(METHOD), expected);
    }
}

#[tokio::test]
async fn the_first_append_decides() {
    let cloud = Cloud::new().await;
    for (position, method) in [("0", "SM4"), ("1", "AES256")] {
        let ask = cloud.ask("POST", &format!("/log?append&position={position}"));
        let answer = ask.header(METHOD, method).body("x").send().await;
        assert_eq!(answer.expect(200).header(METHOD), "SM4");
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let cloud = Cloud::new().await;
    for (headers, code) in [
        (&[(METHOD, "DES")][..], "InvalidEncryptionAlgorithmError"),
        (
            &[(METHOD, "KMS"), (DATA, "AES256")],
            "InvalidEncryptionAlgorithmError",
        ),
        (&[(METHOD, "AES256"), (KEY, "k")], "InvalidArgument"),
    ] {
        put(&cloud, headers).await.refused(400, code, "-");
    }
    assert_eq!(cloud.rows("oss/head/").await, 0);
    let elsewhere = cloud.ask("PUT", "/k?symlink").header(METHOD, "SM4");
    let elsewhere = elsewhere.header("x-oss-symlink-target", "x").send();
    elsewhere.await.refused(400, "NotImplemented", "-");
}

#[tokio::test]
async fn keys_of_kms_take_permissions_of_their_own() {
    let cloud = Cloud::new().await;
    put(&cloud, &[(METHOD, "KMS"), (KEY, "k-1")])
        .await
        .expect(200);
    let allow = |action: &str, resource: &str| {
        format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#)
    };
    let oss = allow("oss:*", "*");
    let key = "acs:kms:cn-hangzhou:1234567890123456:key/k-1";
    let (generate, decrypt) = (allow("kms:GenerateDataKey", key), allow("kms:Decrypt", key));
    let put = || {
        let ask = cloud.ask("PUT", "/new").by(USER);
        let ask = ask.header(METHOD, "KMS").header(KEY, "k-1");
        ask.body("x").send()
    };
    let get = || cloud.ask("GET", "/k").by(USER).send();
    cloud.allow(&oss);
    let denied = put().await;
    denied.refused(403, "AccessDenied", "0003-00000202");
    assert_eq!(denied.element("AuthAction"), "kms:GenerateDataKey");
    assert_eq!(get().await.element("AuthAction"), "kms:Decrypt");
    let head = cloud.ask("HEAD", "/k").by(USER).send();
    head.await.expect(200);
    let copy = cloud.ask("PUT", "/copy").by(USER);
    let copy = copy.header("x-oss-copy-source", "/my-bucket/k").send();
    assert_eq!(copy.await.element("AuthAction"), "kms:Decrypt");
    cloud.allow(&[&*oss, &generate].join(","));
    assert_eq!(put().await.element("AuthAction"), "kms:Decrypt");
    cloud.allow(&[&*oss, &generate, &decrypt].join(","));
    put().await.expect(200);
    get().await.expect(200);
    // What everybody may read is of no use without the key.
    let acl = cloud.ask("PUT", "/k?acl");
    let acl = acl.header("x-oss-object-acl", "public-read");
    acl.send().await.expect(200);
    let anonymous = cloud.ask("GET", "/k").by_nobody().send().await;
    assert_eq!(anonymous.refusal().1, "AccessDenied");
}

fn rule(method: &str, key: &str, data: &str) -> String {
    let data = if data.is_empty() {
        String::new()
    } else {
        format!("<KMSDataEncryption>{data}</KMSDataEncryption>")
    };
    format!(
        "<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>{method}</SSEAlgorithm>\
         <KMSMasterKeyID>{key}</KMSMasterKeyID>{data}</ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>"
    )
}

#[tokio::test]
async fn the_rule_of_a_bucket_comes_back() {
    let cloud = Cloud::new().await;
    let target = "/?encryption";
    let set = |rule: &str| cloud.ask("PUT", target).body(rule.to_owned()).send();
    let none = cloud.ask("GET", target).send().await;
    none.refused(404, "NoSuchServerSideEncryptionRule", "-");
    for good in [
        rule("AES256", "", ""),
        rule("KMS", "k-1", "SM4"),
        rule("KMS", "", ""),
        rule("SM4", "", ""),
    ] {
        set(&good).await.expect(200);
        let got = cloud.ask("GET", target).send().await.expect(200);
        assert!(got.text().ends_with(&good), "{}", got.text());
    }
    for (bad, code) in [
        (rule("DES", "", ""), "InvalidEncryptionAlgorithmError"),
        (rule("KMS", "", "AES256"), "InvalidEncryptionAlgorithmError"),
        (rule("AES256", "k-1", ""), "InvalidArgument"),
        ("<ServerSideEncryptionRule/>".to_owned(), "MalformedXML"),
    ] {
        set(&bad).await.refused(400, code, "-");
    }
    let info = cloud.ask("GET", "/?bucketInfo").send().await.expect(200);
    assert_eq!(info.element("SSEAlgorithm"), "SM4");
    for _ in 0..2 {
        cloud.ask("DELETE", target).send().await.expect(204);
    }
    let info = cloud.ask("GET", "/?bucketInfo").send().await.expect(200);
    assert_eq!(info.element("SSEAlgorithm"), "None");
}

/// What says nothing about encryption gets the bucket's; what says something keeps to that.
#[tokio::test]
async fn the_rule_of_a_bucket_is_for_objects_that_say_nothing() {
    let cloud = Cloud::new().await;
    put(&cloud, &[]).await.expect(200);
    let kms = rule("KMS", "k-1", "SM4");
    cloud
        .ask("PUT", "/?encryption")
        .body(kms)
        .send()
        .await
        .expect(200);
    let head = async |target: &str| told(&cloud.ask("HEAD", target).send().await.expect(200));
    assert_eq!(
        head("/k").await,
        ["-", "-", "-"],
        "older objects stay as they are"
    );
    let expected = ["KMS", "SM4", "k-1"];
    assert_eq!(told(&put(&cloud, &[]).await.expect(200)), expected);
    assert_eq!(head("/k").await, expected);
    let copy = cloud
        .ask("PUT", "/copy")
        .header("x-oss-copy-source", "/my-bucket/k");
    assert_eq!(told(&copy.send().await.expect(200)), expected);
    let append = cloud.ask("POST", "/log?append&position=0").body("x");
    append.send().await.expect(200);
    assert_eq!(head("/log").await, expected);
    let upload = cloud.ask("POST", "/parts?uploads").send().await.expect(200);
    assert_eq!(upload.header(METHOD), "KMS");
    let own = put(&cloud, &[(METHOD, "AES256")]).await.expect(200);
    assert_eq!(told(&own), ["AES256", "-", "-"]);
}

/// A user needs the permissions for the bucket's key as for one of the user's own choice.
#[tokio::test]
async fn the_key_of_a_rule_takes_its_permissions() {
    let cloud = Cloud::new().await;
    cloud.allow(r#"{"Effect":"Allow","Action":"oss:*","Resource":"*"}"#);
    let put = || cloud.ask("PUT", "/k").by(USER).body("x").send();
    put().await.expect(200);
    let kms = rule("KMS", "k-1", "");
    cloud
        .ask("PUT", "/?encryption")
        .body(kms)
        .send()
        .await
        .expect(200);
    put().await.expect(403);
    cloud.allow(r#"{"Effect":"Allow","Action":["oss:*","kms:*"],"Resource":"*"}"#);
    put().await.expect(200);
}
