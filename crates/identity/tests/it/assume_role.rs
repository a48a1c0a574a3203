//! AssumeRole: both sides must allow.

use crate::cloud::{Cloud, Key, TRUST_ACCOUNT, policy, trust};
use identity::DEFAULT_ACCOUNT;

const NOT_AUTHORIZED: &str =
    "You are not authorized to do this action. You should be authorized by RAM.";

/// Caller's policy × trust policy.
#[tokio::test]
async fn both_sides_must_allow() {
    let callers: [(&str, Option<String>, bool); 9] = [
        ("nothing", None, false),
        ("all", Some(policy("Allow", "sts:AssumeRole", "*")), true),
        (
            "arn",
            Some(policy(
                "Allow",
                "sts:AssumeRole",
                "acs:ram:*:1234567890123456:role/target",
            )),
            true,
        ),
        (
            "short",
            Some(policy(
                "Allow",
                "sts:AssumeRole",
                "acs:ram::1234567890123456:role/target",
            )),
            true,
        ),
        (
            "cased",
            Some(policy("Allow", "STS:assumerole", "acs:ram:*:*:role/TARGET")),
            true,
        ),
        (
            "glob",
            Some(policy("Allow", "sts:*", "acs:ram:*:*:role/tar*")),
            true,
        ),
        (
            "other",
            Some(policy(
                "Allow",
                "sts:AssumeRole",
                "acs:ram:*:*:role/another",
            )),
            false,
        ),
        ("service", Some(policy("Allow", "oss:*", "*")), false),
        ("denied", Some(policy("Deny", "sts:AssumeRole", "*")), false),
    ];
    for (name, document, caller_allows) in callers {
        let cloud = Cloud::new().await;
        let key = cloud.user(name, document.as_deref()).await;
        cloud.admin("CreateUser", &[("UserName", "somebody")]).await;
        let me = trust("RAM", &format!("acs:ram::{DEFAULT_ACCOUNT}:user/{name}"));
        let else_ = trust("RAM", &format!("acs:ram::{DEFAULT_ACCOUNT}:user/somebody"));
        let trusts: [(&str, &str, bool); 5] = [
            ("account", TRUST_ACCOUNT, true),
            ("user", &me, true),
            ("other-user", &else_, false),
            ("other-account", &trust("RAM", "acs:ram::999:root"), false),
            ("service", &trust("Service", "fc.aliyuncs.com"), false),
        ];
        for (trusted, document, role_allows) in trusts {
            cloud.role("Target", document, None).await;
            let answer = cloud.assume(&key, "target", &[]).await;
            let expected = if caller_allows && role_allows {
                200
            } else {
                403
            };
            assert_eq!(
                answer.status, expected,
                "{name} × {trusted}: {}",
                answer.body
            );
            if expected == 403 {
                answer.says(403, "NoPermission", NOT_AUTHORIZED);
                let detail = |field: &str| answer.text(&format!("/AccessDeniedDetail/{field}"));
                assert_eq!(detail("AuthAction"), "sts:AssumeRole");
                assert_eq!(detail("AuthPrincipalType"), "SubUser");
                assert_eq!(detail("AuthPrincipalOwnerId"), DEFAULT_ACCOUNT);
                let explicit = if name == "denied" {
                    "ExplicitDeny"
                } else {
                    "ImplicitDeny"
                };
                assert_eq!(detail("NoPermissionType"), explicit);
                let side = if caller_allows {
                    "AssumeRolePolicy"
                } else {
                    "AccountLevelIdentityBasedPolicy"
                };
                assert_eq!(detail("PolicyType"), side, "{name} × {trusted}");
            }
            cloud.admin("DeleteRole", &[("RoleName", "Target")]).await;
        }
    }
}

#[tokio::test]
async fn an_answer_has_everything_that_clients_read() {
    let cloud = Cloud::new().await;
    cloud.role("MixedCase", TRUST_ACCOUNT, None).await;
    let id = cloud
        .admin("GetRole", &[("RoleName", "mixedcase")])
        .await
        .text("/Role/RoleId");
    let answer = cloud.assume(&Key::admin(), "MixedCase", &[]).await.ok();
    let arn = format!("acs:ram::{DEFAULT_ACCOUNT}:assumed-role/mixedcase/session");
    assert_eq!(answer.text("/AssumedRoleUser/Arn"), arn);
    assert_eq!(
        answer.text("/AssumedRoleUser/AssumedRoleId"),
        format!("{id}:session")
    );
    assert!(answer.text("/Credentials/AccessKeyId").starts_with("STS.N"));
    assert_eq!(answer.text("/Credentials/AccessKeySecret").len(), 44);
    assert!(
        answer
            .text("/Credentials/SecurityToken")
            .starts_with("CAIS")
    );
    assert_eq!(
        answer.text("/Credentials/Expiration"),
        "2026-01-01T01:00:00Z"
    );
    assert!(answer.json.get("SourceIdentity").is_none());
    let longer = cloud
        .assume(&Key::admin(), "mixedcase", &[("DurationSeconds", "900")])
        .await
        .ok();
    assert_eq!(
        longer.text("/Credentials/Expiration"),
        "2026-01-01T00:15:00Z"
    );
}

#[tokio::test]
async fn bad_parameters_are_told_apart() {
    let cloud = Cloud::new().await;
    cloud.role("r", TRUST_ACCOUNT, None).await;
    let long = format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"oss:*","Resource":"{}"}}]}}"#,
        "x".repeat(2048)
    );
    let arn = format!("acs:ram::{DEFAULT_ACCOUNT}:role/r");
    let user = format!("acs:ram::{DEFAULT_ACCOUNT}:user/r");
    let none = format!("acs:ram::{DEFAULT_ACCOUNT}:role/none");
    let cases: [(&str, &str, u16, &str, &str); 17] = [
        (
            "RoleArn",
            "role/r",
            400,
            "InvalidParameter.RoleArn",
            "The parameter RoleArn is wrongly formed.",
        ),
        (
            "RoleArn",
            &user,
            404,
            "EntityNotExist.Role",
            "The specified Role not exists.",
        ),
        (
            "RoleArn",
            &none,
            404,
            "EntityNotExist.Role",
            "The specified Role not exists.",
        ),
        (
            "RoleArn",
            "acs:ram::999:role/r",
            404,
            "EntityNotExist.Role",
            "The specified Role not exists.",
        ),
        (
            "RoleSessionName",
            "x",
            400,
            "InvalidParameter.RoleSessionName",
            "The parameter RoleSessionName is wrongly formed.",
        ),
        (
            "RoleSessionName",
            "a b",
            400,
            "InvalidParameter.RoleSessionName",
            "The parameter RoleSessionName is wrongly formed.",
        ),
        (
            "DurationSeconds",
            "899",
            400,
            "InvalidParameter.DurationSeconds",
            "The Min/Max value of DurationSeconds is 15min/1hr.",
        ),
        (
            "DurationSeconds",
            "3601",
            400,
            "InvalidParameter.DurationSeconds",
            "The Min/Max value of DurationSeconds is 15min/1hr.",
        ),
        (
            "DurationSeconds",
            "43201",
            400,
            "InvalidParameter.DurationSeconds",
            "The Min/Max value of DurationSeconds is 15min/1hr.",
        ),
        (
            "DurationSeconds",
            "-1",
            400,
            "InvalidParameter.DurationSeconds",
            "The Min/Max value of DurationSeconds is 15min/1hr.",
        ),
        (
            "DurationSeconds",
            "1h",
            400,
            "InvalidParameter.DurationSeconds",
            "The Min/Max value of DurationSeconds is 15min/1hr.",
        ),
        (
            "Policy",
            "{}",
            400,
            "InvalidParameter.PolicyGrammar",
            "The parameter Policy has not passed grammar check.",
        ),
        (
            "Policy",
            TRUST_ACCOUNT,
            400,
            "InvalidParameter.PolicyGrammar",
            "The parameter Policy has not passed grammar check.",
        ),
        (
            "Policy",
            &long,
            400,
            "InvalidParameter.PolicySize",
            "The size of Policy must be smaller than 1024 bytes.",
        ),
        (
            "ExternalId",
            "x",
            400,
            "InvalidParameter.ExternalId",
            "The parameter ExternalId is wrongly formed.",
        ),
        (
            "SourceIdentity",
            "a b",
            400,
            "InvalidParameter.SourceIdentity",
            "The parameter SourceIdentity is wrongly formed.",
        ),
        (
            "RoleArn",
            "",
            400,
            "MissingParameter",
            "The input parameter \"RoleArn\" that is mandatory for processing this request is not supplied",
        ),
    ];
    for (name, value, status, code, message) in cases {
        let mut params = vec![("RoleArn", arn.as_str()), ("RoleSessionName", "session")];
        params.retain(|(n, _)| *n != name);
        params.push((name, value));
        let answer = cloud.sts(&Key::admin(), "AssumeRole", &params).await;
        answer.says(status, code, message);
    }
    let answer = cloud
        .sts(&Key::admin(), "AssumeRole", &[("RoleArn", &arn)])
        .await;
    answer.refused(400, "MissingParameter");
}

#[tokio::test]
async fn the_roles_maximum_bounds_the_session() {
    let cloud = Cloud::new().await;
    cloud.role("r", TRUST_ACCOUNT, None).await;
    let longest = [("RoleName", "r"), ("NewMaxSessionDuration", "43200")];
    cloud.admin("UpdateRole", &longest).await;
    let answer = cloud
        .assume(&Key::admin(), "r", &[("DurationSeconds", "43200")])
        .await
        .ok();
    assert_eq!(
        answer.text("/Credentials/Expiration"),
        "2026-01-01T12:00:00Z"
    );
}

#[tokio::test]
async fn a_root_may_not_assume_roles() {
    let cloud = Cloud::new().await;
    cloud.role("r", TRUST_ACCOUNT, None).await;
    let answer = cloud.assume(&Key::root(), "r", &[]).await;
    answer.says(
        403,
        "NoPermission",
        "Roles may not be assumed by root accounts.",
    );
}

#[tokio::test]
async fn an_external_id_is_a_condition_of_the_trust_policy() {
    let cloud = Cloud::new().await;
    let trust = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":"acs:ram::1234567890123456:root"},"Condition":{"StringEquals":{"sts:ExternalId":"abcd1234"}}}]}"#;
    cloud.role("r", trust, None).await;
    let admin = Key::admin();
    cloud
        .assume(&admin, "r", &[("ExternalId", "abcd1234")])
        .await
        .ok();
    cloud
        .assume(&admin, "r", &[("ExternalId", "wrong")])
        .await
        .refused(403, "NoPermission");
    cloud
        .assume(&admin, "r", &[])
        .await
        .refused(403, "NoPermission");
}

#[tokio::test]
async fn a_chain_keeps_its_source_identity() {
    let cloud = Cloud::new().await;
    let may_assume = policy("Allow", "sts:AssumeRole", "*");
    cloud.role("first", TRUST_ACCOUNT, Some(&may_assume)).await;
    let from_first = trust("RAM", &format!("acs:ram::{DEFAULT_ACCOUNT}:role/First"));
    cloud.role("second", &from_first, Some(&may_assume)).await;
    cloud.role("third", TRUST_ACCOUNT, None).await;
    let begin = cloud
        .assume(&Key::admin(), "first", &[("SourceIdentity", "Alice")])
        .await
        .ok();
    assert_eq!(begin.text("/SourceIdentity"), "Alice");
    let first = Key::of(&begin);
    let next = cloud.assume(&first, "second", &[]).await.ok();
    assert_eq!(
        next.text("/SourceIdentity"),
        "Alice",
        "it is kept without being said"
    );
    let second = Key::of(&next);
    let last = cloud
        .assume(&second, "third", &[("SourceIdentity", "Alice")])
        .await
        .ok();
    assert_eq!(last.text("/SourceIdentity"), "Alice");
    let changed = cloud
        .assume(&second, "third", &[("SourceIdentity", "Bob")])
        .await;
    changed.refused(400, "InvalidParameter.SourceIdentity");
    // The administrator is no session of the first role.
    cloud
        .assume(&Key::admin(), "second", &[])
        .await
        .refused(403, "NoPermission");
    // A session without permissions of its own gets nowhere.
    let third = Key::of(&last);
    cloud
        .assume(&third, "first", &[])
        .await
        .refused(403, "NoPermission");
}

#[tokio::test]
async fn a_role_of_another_account_needs_both_sides_too() {
    let cloud = Cloud::new().await;
    let now = cloud.gateway.clock.now().virtual_;
    cloud
        .identity
        .make_account("2222222222222222", now)
        .await
        .unwrap();
    let new = identity::roles::NewRole::new("shared", TRUST_ACCOUNT);
    cloud
        .identity
        .create_role("2222222222222222", new, now)
        .await
        .unwrap();
    let arn = "acs:ram::2222222222222222:role/shared";
    let answer = cloud.assume(&Key::admin(), arn, &[]).await.ok();
    let who = cloud
        .sts(&Key::of(&answer), "GetCallerIdentity", &[])
        .await
        .ok();
    assert_eq!(
        who.text("/AccountId"),
        "2222222222222222",
        "a session is of the role's account"
    );
    let nobody = cloud.user("nobody", None).await;
    cloud
        .assume(&nobody, arn, &[])
        .await
        .refused(403, "NoPermission");
}
