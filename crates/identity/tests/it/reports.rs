//! What can be told about requests that are over.

use crate::cloud::{Cloud, Key, TRUST_ACCOUNT, policy};

#[tokio::test]
async fn keys_are_the_same_whether_they_were_kept_or_made_anew() {
    let cloud = Cloud::new().await;
    let plain = cloud
        .user("plain", Some(&policy("Allow", "ram:ListUsers", "*")))
        .await;
    let conditional = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:ListUsers","Resource":"*","Condition":{"Bool":{"acs:SecureTransport":"false"}}}]}"#;
    let conditional = cloud.user("conditional", Some(conditional)).await;
    cloud.advance(77);
    cloud.ram(&plain, "ListUsers", &[]).await.ok();
    assert_eq!(cloud.last().asked[0].context.iter().count(), 0);
    let mut made = cloud
        .report(&cloud.last())
        .await
        .permissions
        .remove(0)
        .conditions;
    cloud.ram(&conditional, "ListUsers", &[]).await.ok();
    assert!(cloud.last().asked[0].context.iter().count() > 0);
    let mut kept = cloud
        .report(&cloud.last())
        .await
        .permissions
        .remove(0)
        .conditions;
    for own in ["acs:PrincipalARN", "acs:AccessId"] {
        assert_ne!(made.remove(own), kept.remove(own), "{own}");
    }
    assert_eq!(made, kept);
    assert_eq!(made["acs:CurrentTime"], ["2026-01-01T00:01:17Z"]);
}

#[tokio::test]
async fn it_decides_what_was_decided() {
    let cloud = Cloud::new().await;
    let key = cloud.user("u", None).await;
    cloud.role("r", TRUST_ACCOUNT, None).await;
    for (service, action) in [("ram", "ListUsers"), ("sts", "AssumeRole")] {
        match service {
            "ram" => cloud.ram(&key, action, &[]).await,
            _ => cloud.assume(&key, "r", &[]).await,
        }
        .refused(403, "NoPermission");
        let record = cloud.last();
        let report = cloud.report(&cloud.last()).await;
        assert_eq!(report.operation, Some(action));
        assert_eq!((report.status, report.code), (403, Some("NoPermission")));
        assert_eq!(report.permissions.len(), 1);
        assert_eq!(report.permissions[0].decision, record.asked[0].decision);
    }
    // What is allowed later does not change what is told of before.
    let record = cloud.last();
    cloud.grant("User", "u", &policy("Allow", "*", "*")).await;
    let report = cloud.report(&record).await;
    assert!(!report.permissions[0].is_allow());
}

#[tokio::test]
async fn the_chain_leads_back_to_the_user() {
    let cloud = Cloud::new().await;
    cloud
        .role("a", TRUST_ACCOUNT, Some(&policy("Allow", "sts:*", "*")))
        .await;
    let mut key = Key::admin();
    for _ in 0..20 {
        key = Key::of(&cloud.assume(&key, "a", &[]).await);
    }
    cloud.sts(&key, "GetCallerIdentity", &[]).await.ok();
    let session = cloud
        .report(&cloud.last())
        .await
        .caller
        .unwrap()
        .session
        .unwrap();
    assert_eq!(session.chain.len(), 16, "it is bounded");
    let first = Key::of(&cloud.assume(&Key::admin(), "a", &[]).await);
    cloud.sts(&first, "GetCallerIdentity", &[]).await.ok();
    let report = cloud.report(&cloud.last()).await;
    let chain = report
        .caller
        .as_ref()
        .unwrap()
        .session
        .as_ref()
        .unwrap()
        .chain
        .clone();
    assert_eq!(chain.len(), 1);
    assert!(chain[0].principal.ends_with(":user/localyun"), "{chain:?}");
    assert!(report.permissions.is_empty());
    assert_eq!(report.notes, ["the operation needs no permission"]);
}

#[tokio::test]
async fn nothing_secret_is_told() {
    let cloud = Cloud::new().await;
    cloud.role("r", TRUST_ACCOUNT, None).await;
    let session = cloud.assume(&Key::admin(), "r", &[]).await;
    let secrets = [
        session.text("/Credentials/SecurityToken"),
        session.text("/Credentials/AccessKeySecret"),
    ];
    let key = Key::of(&session);
    cloud
        .ram(&key, "ListUsers", &[])
        .await
        .refused(403, "NoPermission");
    let denied = cloud.report(&cloud.last()).await;
    let mut call = cloud.call(&key, "2015-05-01", "ListUsers", &[]);
    call.sign(&key.secret);
    call.set("Marker", "late");
    cloud
        .send(&call)
        .await
        .refused(400, "SignatureDoesNotMatch");
    let mismatch = cloud.report(&cloud.last()).await;
    let why = &mismatch.authentication.as_ref().unwrap().why;
    assert!(why.ends_with("did not sign the parameter Marker"), "{why}");
    for report in [denied, mismatch] {
        let json = serde_json::to_string(&report).unwrap();
        for shown in [report.to_string(), json] {
            for secret in &secrets {
                let encoded = signature::encode::component(secret);
                let twice = signature::encode::component(&encoded);
                for form in [secret, &encoded, &twice] {
                    assert!(!shown.contains(form), "{shown}");
                }
            }
        }
    }
}
