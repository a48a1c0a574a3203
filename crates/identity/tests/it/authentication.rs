//! Calls that are not signed, or not well.

use crate::cloud::{Call, Cloud, Key};
use gateway::AuthMode;
use http::Method;
use identity::{Limits, RAM_VERSION, STS_VERSION};

/// A good call that `spoil` changes before it is signed.
async fn before(cloud: &Cloud, spoil: impl Fn(&mut Call)) -> crate::cloud::Answer {
    let key = Key::admin();
    let mut call = cloud.call(&key, RAM_VERSION, "ListUsers", &[]);
    spoil(&mut call);
    cloud.send(call.sign(&key.secret)).await
}

/// A good call that `spoil` changes after it was signed.
async fn after(cloud: &Cloud, spoil: impl Fn(&mut Call)) -> crate::cloud::Answer {
    let key = Key::admin();
    let mut call = cloud.call(&key, RAM_VERSION, "ListUsers", &[]);
    call.sign(&key.secret);
    spoil(&mut call);
    cloud.send(&call).await
}

#[tokio::test]
async fn every_fault_of_a_signature_has_its_code() {
    let cloud = Cloud::new().await;
    let missing = |name: &str| {
        format!(
            "The input parameter \"{name}\" that is mandatory for processing this request is not supplied"
        )
    };
    for name in [
        "AccessKeyId",
        "Timestamp",
        "SignatureNonce",
        "SignatureMethod",
        "SignatureVersion",
    ] {
        let answer = before(&cloud, |call| {
            call.drop(name);
        })
        .await;
        answer.says(400, "MissingParameter", &missing(name));
    }
    for name in ["Action", "Version", "Signature"] {
        let answer = after(&cloud, |call| {
            call.drop(name);
        })
        .await;
        answer.says(400, "MissingParameter", &missing(name));
    }
    for name in ["SignatureMethod", "SignatureVersion", "SignatureType"] {
        let answer = before(&cloud, |call| {
            call.set(name, "other");
        })
        .await;
        let message = format!("The specified parameter \"{name}\" is not valid.");
        answer.says(400, "InvalidParameter", &message);
    }
    let answer = before(&cloud, |call| {
        call.set("Timestamp", "yesterday");
    })
    .await;
    answer.refused(400, "InvalidTimeStamp.Format");
    for stamp in ["2025-12-31T23:44:59Z", "2026-01-01T00:15:01Z"] {
        let answer = before(&cloud, |call| {
            call.set("Timestamp", stamp);
        })
        .await;
        answer.says(
            400,
            "InvalidTimeStamp.Expired",
            "Specified time stamp or date value is expired.",
        );
    }
    before(&cloud, |call| {
        call.set("Timestamp", "2026-01-01T00:14:59.724Z");
    })
    .await
    .ok();
    let answer = before(&cloud, |call| {
        call.set("AccessKeyId", "nobody");
    })
    .await;
    answer.says(
        404,
        "InvalidAccessKeyId.NotFound",
        "Specified access key is not found.",
    );
}

#[tokio::test]
async fn a_wrong_signature_shows_what_was_signed_here() {
    let cloud = Cloud::new().await;
    let answer = after(&cloud, |call| {
        call.set("Signature", "d3Jvbmc=");
    })
    .await;
    answer.refused(400, "SignatureDoesNotMatch");
    let message = answer.text("/Message");
    let signed = message.split(':').nth(1).unwrap();
    assert!(
        signed.starts_with("POST&%2F&AccessKeyId%3Dlocalyun%26Action%3DListUsers"),
        "{message}"
    );
    assert!(message.starts_with(
        "Specified signature is not matched with our calculation. server string to sign is:P"
    ));
    let answer = after(&cloud, |call| {
        call.set("MaxItems", "1");
    })
    .await;
    answer.refused(400, "SignatureDoesNotMatch");
}

#[tokio::test]
async fn a_call_counts_once() {
    let cloud = Cloud::new().await;
    let key = Key::admin();
    let mut call = cloud.call(&key, RAM_VERSION, "ListUsers", &[]);
    call.sign(&key.secret);
    cloud.send(&call).await.ok();
    let again = cloud.send(&call).await;
    again.says(
        400,
        "SignatureNonceUsed",
        "Specified signature nonce was used already.",
    );
}

#[tokio::test]
async fn nobody_is_asked_for_a_key() {
    let cloud = Cloud::new().await;
    let key = Key::admin();
    for version in [RAM_VERSION, STS_VERSION] {
        let action = if version == RAM_VERSION {
            "ListUsers"
        } else {
            "GetCallerIdentity"
        };
        let mut call = cloud.call(&key, version, action, &[]);
        for name in [
            "AccessKeyId",
            "SignatureMethod",
            "SignatureVersion",
            "SignatureNonce",
            "Timestamp",
        ] {
            call.drop(name);
        }
        let answer = cloud.send(&call).await;
        answer.refused(400, "MissingParameter");
        assert!(answer.text("/Message").contains("\"AccessKeyId\""));
    }
}

#[tokio::test]
async fn unknown_operations_are_refused() {
    let cloud = Cloud::new().await;
    let answer = before(&cloud, |call| {
        call.set("Action", "MakeCoffee");
    })
    .await;
    answer.says(
        400,
        "InvalidParameter",
        "The specified parameter \"Action or Version\" is not valid.",
    );
    before(&cloud, |call| {
        call.set("Version", "2014-01-01");
    })
    .await
    .refused(400, "InvalidParameter");
    before(&cloud, |call| {
        call.set("Version", STS_VERSION);
    })
    .await
    .refused(400, "InvalidParameter");
    let answer = before(&cloud, |call| {
        call.set("Action", "ChangePassword");
    })
    .await;
    answer.says(
        404,
        "InvalidAction.NotFound",
        "Specified api is not found, please check your url and method. LocalYun does not emulate ChangePassword.",
    );
    let answer = before(&cloud, |call| call.method = Method::DELETE).await;
    answer.says(
        403,
        "UnsupportedHTTPMethod",
        "This http method is not supported.",
    );
    before(&cloud, |call| {
        call.set("Format", "YAML");
    })
    .await
    .refused(400, "InvalidParameter");
    let rsa = cloud
        .sts(&Key::admin(), "GenerateSessionAccessKey", &[])
        .await;
    rsa.refused(404, "InvalidAction.NotFound");
}

#[tokio::test]
async fn acs3_is_as_good() {
    let cloud = Cloud::new().await;
    let key = Key::admin();
    let mut call = cloud.call_acs3(&key, STS_VERSION, "GetCallerIdentity", &[]);
    let answer = cloud.send(call.sign_acs3(&key)).await.ok();
    assert_eq!(answer.text("/IdentityType"), "RAMUser");
    cloud.send(&call).await.refused(400, "SignatureNonceUsed");

    let mut call = cloud.call_acs3(&key, STS_VERSION, "GetCallerIdentity", &[]);
    call.headers.remove("x-acs-signature-nonce");
    cloud
        .send(call.sign_acs3(&key))
        .await
        .refused(400, "MissingParameter");

    let mut call = cloud.call_acs3(&key, STS_VERSION, "GetCallerIdentity", &[]);
    call.sign_acs3(&key)
        .header("x-acs-version", STS_VERSION)
        .set("Extra", "1");
    let answer = cloud.send(&call).await;
    answer.refused(400, "SignatureDoesNotMatch");
    assert!(answer.text("/Message").contains("is:ACS3-HMAC-SHA256\n"));

    for broken in [
        "ACS3-HMAC-SHA256",
        "ACS3-HMAC-SHA256 Credential=localyun",
        "ACS3-HMAC-SHA256 x",
    ] {
        let mut call = cloud.call_acs3(&key, STS_VERSION, "GetCallerIdentity", &[]);
        cloud
            .send(call.header("authorization", broken))
            .await
            .refused(400, "IncompleteSignature");
    }
    let mut call = cloud.call_acs3(&key, STS_VERSION, "GetCallerIdentity", &[]);
    let other = "ACS3-RSA-SHA256 Credential=localyun,SignedHeaders=host,Signature=00";
    cloud
        .send(call.header("authorization", other))
        .await
        .refused(400, "InvalidParameter");
}

#[tokio::test]
async fn a_session_signs_acs3_too() {
    let cloud = Cloud::new().await;
    cloud.role("r", crate::cloud::TRUST_ACCOUNT, None).await;
    let key = Key::of(&cloud.assume(&Key::admin(), "r", &[]).await.ok());
    let mut call = cloud.call_acs3(&key, STS_VERSION, "GetCallerIdentity", &[]);
    let answer = cloud.send(call.sign_acs3(&key)).await.ok();
    assert_eq!(answer.text("/IdentityType"), "AssumedRoleUser");
}

#[tokio::test]
async fn parameters_may_stand_in_query_and_form() {
    let cloud = Cloud::new().await;
    let key = Key::admin();
    let mut call = cloud.call(&key, RAM_VERSION, "GetUser", &[]);
    call.form
        .push(("UserName".to_owned(), "localyun".to_owned()));
    cloud.send(call.sign(&key.secret)).await.ok();
    call.form[0].1 = "somebody".to_owned();
    cloud
        .send(&call)
        .await
        .refused(400, "SignatureDoesNotMatch");
}

#[tokio::test]
async fn without_enforcement_an_unsigned_call_is_the_accounts() {
    let cloud = Cloud::with(Limits::default(), AuthMode::Off).await;
    let mut call = cloud.call(&Key::admin(), STS_VERSION, "GetCallerIdentity", &[]);
    call.query = crate::cloud::pairs("Action=GetCallerIdentity&Version=2015-04-01");
    let answer = cloud.send(&call).await.ok();
    assert_eq!(answer.text("/IdentityType"), "Account");
}
