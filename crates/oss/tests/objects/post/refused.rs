//! Forms that are refused, each with the code and the fine code of its mistake.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use signature::oss_v4::SigningKey;
use signature::{Scope, Secret, oss_post};

use super::form::{BOUNDARY, Form, expect_refusal, got, policy};
use crate::cloud::{Cloud, OWNER};

async fn expect(cloud: &Cloud, form: Form, expected: &str) {
    expect_refusal(&form.post(cloud).await, expected);
}

#[tokio::test]
async fn signatures_that_are_no_good() {
    let cloud = Cloud::new().await;
    let good = Form::new("k").signed(OWNER, "");
    let without = |name| good.clone().without(name);
    let with = |name, value: &str| without(name).with(name, value);
    let version = |value| Form::new("k").with("x-oss-signature-version", value);
    for (form, expected) in [
        (
            without("OSSAccessKeyId"),
            "400 InvalidArgument 0002-00000706",
        ),
        (without("policy"), "400 InvalidArgument 0002-00000702"),
        (without("Signature"), "400 InvalidArgument 0002-00000703"),
        (with("Signature", ""), "400 InvalidArgument 0002-00000704"),
        (with("policy", ""), "400 InvalidArgument 0006-00000205"),
        (
            with("Signature", "AA"),
            "403 SignatureDoesNotMatch 0002-00000705",
        ),
        (
            with("policy", "e30="),
            "403 SignatureDoesNotMatch 0002-00000705",
        ),
        (
            with("OSSAccessKeyId", "no"),
            "403 InvalidAccessKeyId 0002-00000902",
        ),
        (version("OSS9"), "400 InvalidArgument 0002-00000066"),
        (version("OSS4-HMAC-SHA256"), "400 InvalidArgument -"),
    ] {
        expect(&cloud, form, expected).await;
    }
    let elsewhere = Form::new("k").signed_v4(OWNER, "cn-beijing", "");
    expect(&cloud, elsewhere, "400 InvalidArgument 0002-00000226").await;
    let message = "The bucket POST must contain the specified 'OSSAccessKeyId'. If it is specified, \
                   please check the order of the fields";
    let partial = without("OSSAccessKeyId").post(&cloud).await;
    assert_eq!(partial.element("Message").replace("&apos;", "'"), message);
    assert_eq!(partial.element("ArgumentName"), "OSSAccessKeyId");
    got(&cloud, "/k").await.expect(404);
}

#[tokio::test]
async fn the_policy_decides_about_the_form() {
    let cloud = Cloud::new().await;
    for (conditions, expected) in [
        (r#"{"bucket":"other"}"#, "403 AccessDenied 0006-00000227"),
        (r#"["eq","$key","other"]"#, "403 AccessDenied 0006-00000227"),
        (
            r#"["in","$content-type",["a/b"]]"#,
            "403 AccessDenied 0006-00000227",
        ),
        (
            r#"["content-length-range",6,10]"#,
            "400 EntityTooSmall 0006-00000004",
        ),
        (
            r#"["content-length-range",1,4]"#,
            "400 EntityTooLarge 0006-00000003",
        ),
        (
            r#"["content-length-range",4,1]"#,
            "400 InvalidPolicyDocument 0006-00000219",
        ),
        (r#"{"a":"1","b":"2"}"#, "400 InvalidPolicyDocument -"),
    ] {
        expect(&cloud, Form::new("k").signed(OWNER, conditions), expected).await;
    }
    let failed = Form::new("k").signed(OWNER, r#"{"bucket":"x"}"#);
    let failed = failed.post(&cloud).await;
    let message =
        "Invalid according to Policy: Policy Condition failed: [\"eq\", \"$bucket\", \"x\"]";
    assert_eq!(failed.element("Message").replace("&quot;", "\""), message);
    got(&cloud, "/k").await.expect(404);
    assert_eq!(cloud.rows("blob/").await, 0);
    let sized = r#"["content-length-range",5,5],["in","$content-type",["image/png"]]"#;
    let sized = Form::new("k").signed(OWNER, sized);
    sized.post(&cloud).await.expect(204);
}

#[tokio::test]
async fn version_4_wants_its_fields_in_the_policy() {
    let cloud = Cloud::new().await;
    let bare = policy("");
    let scope = Scope {
        date: "20260115".into(),
        region: "cn-hangzhou".into(),
        product: "oss".into(),
    };
    let key = SigningKey::derive(&Secret::new("secret"), scope);
    let form = Form::new("k").signed_v4(OWNER, "cn-hangzhou", "");
    let form = form.without("policy").without("x-oss-signature");
    let form = form
        .with("policy", &bare)
        .with("x-oss-signature", &oss_post::sign_v4(&bare, &key));
    let answer = form.post(&cloud).await;
    expect_refusal(&answer, "403 AccessDenied 0006-00000228");
    let message = "Invalid according to Policy: Extra input fields: x-oss-signature-version";
    assert_eq!(answer.element("Message"), message);
}

#[tokio::test]
async fn parts_that_are_not_as_they_should_be() {
    let cloud = Cloud::new().await;
    let good = Form::new("k").signed(OWNER, "");
    let file = |file: Option<&str>| Form {
        file: file.map(str::to_owned),
        ..good.clone()
    };
    let cut = Form {
        tail: String::new(),
        ..good.clone()
    };
    let with = |name: &str, value: &str| good.clone().with(name, value);
    let malformed = "400 MalformedPOSTRequest 0006-00000104";
    let unnamed = "Content-Disposition: form-data\r\n\r\nhello";
    let large = "v".repeat((8 << 20) + 1);
    for (form, expected) in [
        (
            file(None),
            "400 IncorrectNumberOfFilesInPOSTRequest 0006-00000107",
        ),
        (file(Some(unnamed)), malformed),
        (file(Some("no header\r\n\r\nhello")), malformed),
        (cut, malformed),
        (
            with(&"n".repeat(8193), "v"),
            "400 FieldItemTooLong 0006-00000110",
        ),
        (
            with("v", &large),
            "400 MaxPOSTPreDataLengthExceededError 0006-00000112",
        ),
    ] {
        expect(&cloud, form, expected).await;
    }
    got(&cloud, "/k").await.expect(404);
    assert_eq!(cloud.rows("blob/").await, 0);
}

#[tokio::test]
async fn fields_that_ask_for_what_cannot_be() {
    let cloud = Cloud::new().await;
    let form = |key| Form::new(key).signed(OWNER, "");
    let with = |name, value| form("k").with(name, value);
    for (form, expected) in [
        (form("k").without("key"), "400 InvalidArgument -"),
        (form(""), "400 InvalidObjectName 0016-00000001"),
        (form("/k"), "400 InvalidObjectName 0016-00000005"),
        (with("callback", "e30="), "400 NotImplemented -"),
        (
            with("x-oss-server-side-encryption", "DES"),
            "400 InvalidEncryptionAlgorithmError -",
        ),
        (with("x-oss-object-acl", "odd"), "400 InvalidArgument -"),
        (
            with("x-oss-meta-a b", "v"),
            "400 InvalidArgument 0011-00000004",
        ),
        (with("Cache-Control", "a\nb"), "400 InvalidArgument -"),
    ] {
        expect(&cloud, form, expected).await;
    }
    got(&cloud, "/k").await.expect(404);
}

#[tokio::test]
async fn requests_that_are_no_forms() {
    let cloud = Cloud::new().await;
    let bytes = Form::new("k").signed(OWNER, "").bytes();
    let ask = |kind: &str| {
        let ask = cloud.ask("POST", "/").by_nobody();
        ask.header("content-type", kind).body(bytes.clone())
    };
    let other = ask("application/json").send().await;
    other.refused(400, "RequestIsNotMultiPartContent", "-");
    let aimless = ask("multipart/form-data").send().await;
    aimless.refused(400, "MalformedPOSTRequest", "0006-00000104");
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let beside = ask(&kind).header("x-oss-object-acl", "public-read");
    beside.send().await.refused(400, "NotImplemented", "-");
    let object = cloud.ask("POST", "/k").header("content-type", &kind);
    let object = object.body(bytes).send().await;
    object.refused(405, "MethodNotAllowed", "0017-00000001");
    got(&cloud, "/k").await.expect(404);
}

#[tokio::test]
async fn what_comes_behind_the_file_does_not_count() {
    let cloud = Cloud::new().await;
    let mut form = Form::new("k").signed(OWNER, "");
    let part = |name: &str, value: &str| {
        format!(
            "\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}"
        )
    };
    let more = part("x-oss-meta-late", "1") + &part("file", "another") + &part("submit", "Upload");
    form.tail = format!("{more}{}epilogue", form.tail);
    form.post(&cloud).await.expect(204);
    let stored = got(&cloud, "/k").await;
    assert_eq!(
        (stored.text().as_str(), stored.header("x-oss-meta-late")),
        ("hello", "-")
    );
    form.tail = more;
    form.post(&cloud)
        .await
        .refused(400, "MalformedPOSTRequest", "0006-00000104");
}

#[tokio::test]
async fn the_md5_is_that_of_the_whole_form() {
    let cloud = Cloud::new().await;
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let bytes = Form::new("k").signed(OWNER, "").bytes();
    let ask = |md5: &str| {
        let ask = cloud
            .ask("POST", "/")
            .by_nobody()
            .header("content-type", &kind);
        ask.header("content-md5", md5).body(bytes.clone()).send()
    };
    let of = |bytes: &[u8]| STANDARD.encode(fast_md5::digest(bytes));
    for wrong in [of(b"hello"), "nonsense".to_owned()] {
        ask(&wrong)
            .await
            .refused(400, "InvalidDigest", "0017-00000503");
        got(&cloud, "/k").await.expect(404);
    }
    ask(&of(&bytes)).await.expect(204);
}
