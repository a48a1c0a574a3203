//! What a session may do, and when it ends.

use crate::cloud::{Cloud, Key, TRUST_ACCOUNT, policy};
use gateway::directory::IssueRequest;
use gateway::{CredentialError, Directory};
use identity::DEFAULT_ACCOUNT;

async fn reader(cloud: &Cloud, more: &[(&str, &str)]) -> Key {
    cloud.role("reader", TRUST_ACCOUNT, None).await;
    cloud
        .attach("Role", "reader", "System", "AliyunRAMReadOnlyAccess")
        .await;
    Key::of(&cloud.assume(&Key::admin(), "reader", more).await.ok())
}

#[tokio::test]
async fn a_session_has_the_rights_of_its_role_as_they_are_now() {
    let cloud = Cloud::new().await;
    let key = reader(&cloud, &[]).await;
    cloud.ram(&key, "ListUsers", &[]).await.ok();
    let denied = cloud.ram(&key, "CreateUser", &[("UserName", "x")]).await;
    denied.says(
        403,
        "NoPermission",
        "You are not authorized to do this action.",
    );
    assert_eq!(
        denied.text("/AccessDeniedDetail/AuthPrincipalType"),
        "AssumedRoleUser"
    );
    assert_eq!(
        denied.text("/AccessDeniedDetail/AuthPrincipalDisplayName"),
        "reader:session"
    );
    let params = [
        ("RoleName", "reader"),
        ("PolicyType", "System"),
        ("PolicyName", "AliyunRAMReadOnlyAccess"),
    ];
    cloud.admin("DetachPolicyFromRole", &params).await;
    cloud
        .ram(&key, "ListUsers", &[])
        .await
        .refused(403, "NoPermission");
}

#[tokio::test]
async fn a_session_policy_narrows_and_never_widens() {
    let cloud = Cloud::new().await;
    let narrow = policy("Allow", "ram:Get*", "*");
    let key = reader(&cloud, &[("Policy", &narrow)]).await;
    cloud
        .ram(&key, "GetUser", &[("UserName", "localyun")])
        .await
        .ok();
    let denied = cloud.ram(&key, "ListUsers", &[]).await;
    denied.refused(403, "NoPermission");
    assert_eq!(
        denied.text("/AccessDeniedDetail/PolicyType"),
        "SessionPolicy"
    );
    assert_eq!(
        denied.text("/AccessDeniedDetail/NoPermissionType"),
        "ImplicitDeny"
    );
    let wide = policy("Allow", "*", "*");
    let key = Key::of(
        &cloud
            .assume(&Key::admin(), "reader", &[("Policy", &wide)])
            .await
            .ok(),
    );
    cloud.ram(&key, "ListUsers", &[]).await.ok();
    cloud
        .ram(&key, "CreateUser", &[("UserName", "x")])
        .await
        .refused(403, "NoPermission");
}

#[tokio::test]
async fn a_deleted_role_ends_its_sessions_and_a_new_one_does_not_revive_them() {
    let cloud = Cloud::new().await;
    let key = reader(&cloud, &[]).await;
    cloud.sts(&key, "GetCallerIdentity", &[]).await.ok();
    let params = [
        ("RoleName", "reader"),
        ("PolicyType", "System"),
        ("PolicyName", "AliyunRAMReadOnlyAccess"),
    ];
    cloud.admin("DetachPolicyFromRole", &params).await;
    cloud.admin("DeleteRole", &[("RoleName", "reader")]).await;
    let gone = cloud.sts(&key, "GetCallerIdentity", &[]).await;
    gone.refused(400, "InvalidSecurityToken.Malformed");
    let anew = reader(&cloud, &[]).await;
    cloud.sts(&anew, "GetCallerIdentity", &[]).await.ok();
    cloud
        .sts(&key, "GetCallerIdentity", &[])
        .await
        .refused(400, "InvalidSecurityToken.Malformed");
}

#[tokio::test]
async fn a_session_ends_in_virtual_time() {
    let cloud = Cloud::new().await;
    let key = reader(&cloud, &[("DurationSeconds", "900")]).await;
    cloud.advance(899);
    cloud.sts(&key, "GetCallerIdentity", &[]).await.ok();
    cloud.advance(1);
    let over = cloud.sts(&key, "GetCallerIdentity", &[]).await;
    over.says(
        400,
        "InvalidSecurityToken.Expired",
        "Specified SecurityToken is expired.",
    );
    let fresh = cloud.assume(&Key::admin(), "reader", &[]).await.ok();
    assert_eq!(
        fresh.text("/Credentials/Expiration"),
        "2026-01-01T01:15:00Z"
    );
    cloud
        .sts(&Key::of(&fresh), "GetCallerIdentity", &[])
        .await
        .ok();
}

#[tokio::test]
async fn forged_keys_and_tokens_are_told_apart() {
    let cloud = Cloud::new().await;
    let key = reader(&cloud, &[]).await;
    let other = Key::of(&cloud.assume(&Key::admin(), "reader", &[]).await.ok());
    // Both tokens have been opened before, so nothing depends on who comes first.
    for known in [&key, &other] {
        cloud.sts(known, "GetCallerIdentity", &[]).await.ok();
    }
    let with = |id: &str, token: Option<&str>| Key {
        id: id.to_owned(),
        secret: key.secret.clone(),
        token: token.map(str::to_owned),
    };
    let token = key.token.as_deref();
    let mut swapped = token.unwrap().to_owned().into_bytes();
    swapped[20] = if swapped[20] == b'A' { b'B' } else { b'A' };
    let swapped = String::from_utf8(swapped).unwrap();
    let mut id = key.id.clone();
    id.replace_range(8..9, if &id[8..9] == "x" { "y" } else { "x" });
    let cases = [
        (with(&key.id, None), 400, "MissingSecurityToken"),
        (with(&key.id, Some("")), 400, "MissingSecurityToken"),
        (
            with(&key.id, Some("garbage")),
            400,
            "InvalidSecurityToken.Malformed",
        ),
        (
            with(&key.id, Some(&swapped)),
            400,
            "InvalidSecurityToken.Malformed",
        ),
        (
            with(&key.id, other.token.as_deref()),
            400,
            "InvalidSecurityToken.MismatchWithAccessKey",
        ),
        (with(&id, token), 404, "InvalidAccessKeyId.NotFound"),
        (
            with("STS.NUgYrLnoC37mZZCNnAbez1234567", token),
            404,
            "InvalidAccessKeyId.NotFound",
        ),
        (
            with("localyun", token),
            400,
            "InvalidSecurityToken.MismatchWithAccessKey",
        ),
        (
            with("localyun", Some("garbage")),
            400,
            "InvalidSecurityToken.Malformed",
        ),
        (
            Key {
                secret: other.secret.clone(),
                ..key.clone()
            },
            400,
            "SignatureDoesNotMatch",
        ),
    ];
    for (forged, status, code) in cases {
        cloud
            .sts(&forged, "GetCallerIdentity", &[])
            .await
            .refused(status, code);
    }
    cloud.sts(&key, "GetCallerIdentity", &[]).await.ok();
}

#[tokio::test]
async fn the_directory_tells_unknown_session_keys_from_permanent_ones() {
    let cloud = Cloud::new().await;
    let now = cloud.gateway.clock.now();
    let unknown = async |id: &str| cloud.identity.credential(id, None, &now).await.unwrap_err();
    assert!(matches!(
        unknown("nobody").await,
        CredentialError::Unknown { session: false }
    ));
    assert!(matches!(
        unknown("STS.nobody").await,
        CredentialError::Unknown { session: true }
    ));
}

#[tokio::test]
async fn services_get_roles_that_trust_them() {
    let cloud = Cloud::new().await;
    let now = cloud.gateway.clock.now();
    let put = policy("Allow", "oss:PutObject", "*");
    let arn = cloud
        .identity
        .make_role("fn.Role", "fc.aliyuncs.com", &put, now.virtual_)
        .await
        .unwrap();
    assert_eq!(arn, format!("acs:ram::{DEFAULT_ACCOUNT}:role/fn.role"));
    let request = IssueRequest {
        service: "fc.aliyuncs.com",
        role_arn: &arn,
        session_name: "invocation",
        seconds: 36 * 3600,
    };
    let issued = cloud.identity.issue(request, &now).await.unwrap();
    assert_eq!(issued.expiration.to_rfc3339(), "2026-01-02T12:00:00+00:00");
    let token = Some(issued.security_token.expose());
    let credential = cloud
        .identity
        .credential(&issued.access_key_id, token, &now)
        .await
        .unwrap();
    assert_eq!(
        credential.secret.expose(),
        issued.access_key_secret.expose()
    );
    let policies = cloud.identity.policies(&credential.caller).await.unwrap();
    assert_eq!(policies.account.len(), 1);

    let refused = IssueRequest {
        service: "oss.aliyuncs.com",
        ..request
    };
    let fault = cloud.identity.issue(refused, &now).await.unwrap_err();
    assert_eq!(fault.code(), "NoPermission");
    assert!(
        fault.text().contains("oss.aliyuncs.com") && fault.text().contains(&arn),
        "{fault}"
    );
    let too_long = IssueRequest {
        seconds: 36 * 3600 + 1,
        ..request
    };
    let fault = cloud.identity.issue(too_long, &now).await.unwrap_err();
    assert_eq!(fault.code(), "InvalidParameter.DurationSeconds");
    let missing = IssueRequest {
        role_arn: "acs:ram::1:role/none",
        ..request
    };
    assert_eq!(
        cloud
            .identity
            .issue(missing, &now)
            .await
            .unwrap_err()
            .code(),
        "EntityNotExist.Role"
    );
    // A user cannot assume it, whatever it may.
    cloud
        .assume(&Key::admin(), "fn.Role", &[])
        .await
        .refused(403, "NoPermission");
}

#[tokio::test]
async fn a_role_made_again_says_what_it_was_last_told() {
    let cloud = Cloud::new().await;
    let now = cloud.gateway.clock.now().virtual_;
    for action in ["oss:PutObject", "oss:GetObject", "oss:ListObjects"] {
        let document = policy("Allow", action, "*");
        cloud
            .identity
            .make_role("again", "fc.aliyuncs.com", &document, now)
            .await
            .unwrap();
        let params = [("PolicyName", "again"), ("PolicyType", "Custom")];
        let policy = cloud.admin("GetPolicy", &params).await;
        assert_eq!(
            policy.text("/DefaultPolicyVersion/PolicyDocument"),
            document
        );
    }
    let attached = cloud
        .admin("ListPoliciesForRole", &[("RoleName", "again")])
        .await;
    assert_eq!(attached.names("/Policies/Policy", "PolicyName"), ["again"]);
}
