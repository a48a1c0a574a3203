//! What each action of RAM is asked for on.

use crate::cloud::{Cloud, Key, TRUST_ACCOUNT, policy};

type Params = &'static [(&'static str, &'static str)];

/// Every operation, the parameters that reach its permission check, and the resource it must be asked for on.
const RESOURCES: &[(&str, Params, &str)] = &[
    ("CreateUser", &[("UserName", "x")], "user/*"),
    ("GetUser", &[("UserName", "u")], "user/u"),
    ("UpdateUser", &[("UserName", "u")], "user/u"),
    ("ListUsers", &[], "user/*"),
    ("CreateAccessKey", &[("UserName", "u")], "user/u"),
    ("ListAccessKeys", &[("UserName", "u")], "user/u"),
    (
        "CreateRole",
        &[
            ("RoleName", "x"),
            ("AssumeRolePolicyDocument", TRUST_ACCOUNT),
        ],
        "role/*",
    ),
    ("GetRole", &[("RoleName", "r")], "role/R"),
    ("UpdateRole", &[("RoleName", "r")], "role/r"),
    ("ListRoles", &[], "role/*"),
    (
        "CreatePolicy",
        &[
            ("PolicyName", "x"),
            (
                "PolicyDocument",
                r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
            ),
        ],
        "policy/*",
    ),
    (
        "GetPolicy",
        &[("PolicyName", "p"), ("PolicyType", "Custom")],
        "policy/p",
    ),
    ("ListPolicies", &[], "policy/*"),
    (
        "ListPolicyVersions",
        &[("PolicyName", "p"), ("PolicyType", "Custom")],
        "policy/p",
    ),
    (
        "GetPolicyVersion",
        &[
            ("PolicyName", "p"),
            ("PolicyType", "Custom"),
            ("VersionId", "v1"),
        ],
        "policy/p",
    ),
    ("ListPoliciesForUser", &[("UserName", "u")], "user/u"),
    ("ListPoliciesForRole", &[("RoleName", "r")], "role/r"),
    (
        "ListEntitiesForPolicy",
        &[("PolicyName", "p"), ("PolicyType", "Custom")],
        "policy/p",
    ),
    (
        "SetDefaultPolicyVersion",
        &[("PolicyName", "p"), ("VersionId", "v1")],
        "policy/p",
    ),
    ("DeletePolicy", &[("PolicyName", "p")], "policy/p"),
    ("DeleteRole", &[("RoleName", "r")], "role/r"),
    ("DeleteUser", &[("UserName", "u")], "user/u"),
];

#[tokio::test]
async fn every_action_is_asked_for_on_its_resource() {
    for (action, params, resource) in RESOURCES {
        let cloud = Cloud::new().await;
        cloud.admin("CreateUser", &[("UserName", "u")]).await;
        cloud.role("r", TRUST_ACCOUNT, None).await;
        let document = policy("Allow", "oss:*", "*");
        cloud
            .admin(
                "CreatePolicy",
                &[("PolicyName", "p"), ("PolicyDocument", &document)],
            )
            .await;
        let wrong = policy("Allow", &format!("ram:{action}"), "acs:ram:*:*:group/x");
        let without = cloud.user("without", Some(&wrong)).await;
        let right = policy(
            "Allow",
            &format!("ram:{action}"),
            &format!("acs:ram:*:1234567890123456:{resource}"),
        );
        let with = cloud.user("with", Some(&right)).await;
        let denied = cloud.ram(&without, action, params).await;
        denied.refused(403, "NoPermission");
        assert_eq!(
            denied.text("/AccessDeniedDetail/AuthAction"),
            format!("ram:{action}")
        );
        let allowed = cloud.ram(&with, action, params).await;
        assert_eq!(allowed.status, 200, "{action}: {}", allowed.body);
    }
}

#[tokio::test]
async fn two_entities_are_two_questions() {
    let attach = [
        ("UserName", "u"),
        ("PolicyType", "System"),
        ("PolicyName", "ReadOnlyAccess"),
    ];
    let cloud = Cloud::new().await;
    cloud.admin("CreateUser", &[("UserName", "u")]).await;
    let on = |resource: &str| policy("Allow", "ram:*PolicyToUser", resource);
    let user_only = cloud
        .user("user-only", Some(&on("acs:ram:*:*:user/u")))
        .await;
    let policy_only = cloud
        .user(
            "policy-only",
            Some(&on("acs:ram:*:system:policy/ReadOnlyAccess")),
        )
        .await;
    let own_policies = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:*PolicyToUser","Resource":["acs:ram:*:*:user/u","acs:ram:*:1234567890123456:policy/*"]}]}"#;
    let own = cloud.user("own", Some(own_policies)).await;
    let both = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:*PolicyToUser","Resource":["acs:ram:*:*:user/u","acs:ram:*:system:policy/ReadOnlyAccess"]}]}"#;
    let both = cloud.user("both", Some(both)).await;
    for key in [&user_only, &policy_only, &own] {
        cloud
            .ram(key, "AttachPolicyToUser", &attach)
            .await
            .refused(403, "NoPermission");
    }
    cloud.ram(&both, "AttachPolicyToUser", &attach).await.ok();
}

#[tokio::test]
async fn a_root_needs_no_policy() {
    let cloud = Cloud::new().await;
    cloud
        .ram(&Key::root(), "CreateUser", &[("UserName", "u")])
        .await
        .ok();
    let attach = [
        ("UserName", "u"),
        ("PolicyType", "System"),
        ("PolicyName", "ReadOnlyAccess"),
    ];
    cloud
        .ram(&Key::root(), "AttachPolicyToUser", &attach)
        .await
        .ok();
}

#[tokio::test]
async fn a_refusal_names_its_reason() {
    let cloud = Cloud::new().await;
    let key = cloud
        .user("u", Some(&policy("Deny", "ram:ListUsers", "*")))
        .await;
    cloud
        .attach("User", "u", "System", "AdministratorAccess")
        .await;
    let answer = cloud.ram(&key, "ListUsers", &[]).await;
    answer.says(
        403,
        "NoPermission",
        "You are not authorized to do this action.",
    );
    let id = cloud
        .admin("GetUser", &[("UserName", "u")])
        .await
        .text("/User/UserId");
    let mut detail = answer.json["AccessDeniedDetail"].clone();
    let sealed = detail
        .as_object_mut()
        .unwrap()
        .remove("EncodedDiagnosticMessage");
    assert!(sealed.is_some(), "{detail}");
    assert_eq!(
        detail,
        serde_json::json!({
            "AuthAction": "ram:ListUsers",
            "AuthPrincipalDisplayName": id,
            "AuthPrincipalOwnerId": "1234567890123456",
            "AuthPrincipalType": "SubUser",
            "NoPermissionType": "ExplicitDeny",
            "PolicyType": "AccountLevelIdentityBasedPolicy",
        })
    );
}
