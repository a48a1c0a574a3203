//! Several accounts in one cloud.

use identity::AccountError;

use crate::cloud::{Cloud, Key, TRUST_ACCOUNT, policy, trust};

const OTHER: &str = "2222222222222222";

/// A cloud with a second account, and the key of its administrator.
async fn two() -> (Cloud, Key) {
    let cloud = Cloud::new().await;
    let now = cloud.gateway.clock.now().virtual_;
    let made = cloud.identity.create_account(Some(OTHER), None, now).await;
    assert_eq!(made.unwrap().uid, OTHER);
    let key = format!("localyun.{OTHER}");
    (cloud, Key::new(&key, &key))
}

#[tokio::test]
async fn an_account_has_an_administrator_and_a_root() {
    let (cloud, admin) = two().await;
    let who = cloud.sts(&admin, "GetCallerIdentity", &[]).await.ok();
    assert_eq!(who.text("/AccountId"), OTHER);
    assert_eq!(who.text("/Arn"), format!("acs:ram::{OTHER}:user/localyun"));
    let key = format!("localyun.root.{OTHER}");
    let root = cloud
        .sts(&Key::new(&key, &key), "GetCallerIdentity", &[])
        .await
        .ok();
    assert_eq!(root.text("/IdentityType"), "Account");
    assert_eq!(root.text("/AccountId"), OTHER);
    let uids: Vec<String> = cloud
        .identity
        .accounts()
        .await
        .unwrap()
        .into_iter()
        .map(|account| account.uid)
        .collect();
    assert_eq!(uids, ["1234567890123456", OTHER]);
}

#[tokio::test]
async fn accounts_that_cannot_be() {
    let (cloud, _) = two().await;
    let now = cloud.gateway.clock.now().virtual_;
    let epoch = cloud.store.meta.get(b"ram/epoch").await.unwrap();
    let make = |uid, alias| cloud.identity.create_account(uid, alias, now);
    assert!(matches!(
        make(Some("22"), None).await,
        Err(AccountError::Uid(_))
    ));
    assert!(matches!(
        make(None, Some("A")).await,
        Err(AccountError::Alias(_))
    ));
    assert!(matches!(
        make(Some(OTHER), None).await,
        Err(AccountError::UidTaken(_))
    ));
    assert_eq!(cloud.store.meta.get(b"ram/epoch").await.unwrap(), epoch);
    let first = make(None, Some("company")).await.unwrap();
    assert_eq!(first.alias, "company");
    assert!(identity::accounts::is_uid(&first.uid));
    assert!(matches!(
        make(None, Some("company")).await,
        Err(AccountError::AliasTaken(_))
    ));
}

#[tokio::test]
async fn creations_at_once_make_one_account() {
    let cloud = Cloud::new().await;
    let now = cloud.gateway.clock.now().virtual_;
    let makes = (0..8).map(|_| {
        cloud
            .identity
            .create_account(Some(OTHER), Some("other"), now)
    });
    let made = futures_util::future::join_all(makes).await;
    assert_eq!(made.iter().filter(|m| m.is_ok()).count(), 1);
    assert_eq!(cloud.identity.accounts().await.unwrap().len(), 2);
}

#[tokio::test]
async fn what_one_account_has_the_other_does_not_see() {
    let (cloud, other) = two().await;
    cloud.admin("CreateUser", &[("UserName", "anna")]).await;
    let role = [
        ("RoleName", "r"),
        ("AssumeRolePolicyDocument", TRUST_ACCOUNT),
    ];
    cloud.admin("CreateRole", &role).await;
    let read = policy("Allow", "oss:GetObject", "*");
    let custom = [("PolicyName", "p"), ("PolicyDocument", read.as_str())];
    cloud.admin("CreatePolicy", &custom).await;
    let users = cloud.ram(&other, "ListUsers", &[]).await.ok();
    assert_eq!(users.names("/Users/User", "UserName"), ["localyun"]);
    let roles = cloud.ram(&other, "ListRoles", &[]).await.ok();
    assert_eq!(roles.names("/Roles/Role", "RoleName"), [""; 0]);
    let custom = [("PolicyType", "Custom")];
    let policies = cloud.ram(&other, "ListPolicies", &custom).await.ok();
    assert_eq!(policies.names("/Policies/Policy", "PolicyName"), [""; 0]);
    for (action, params, code) in [
        ("GetUser", [("UserName", "anna")], "EntityNotExist.User"),
        ("DeleteUser", [("UserName", "anna")], "EntityNotExist.User"),
        ("GetRole", [("RoleName", "r")], "EntityNotExist.Role"),
        (
            "DeletePolicy",
            [("PolicyName", "p")],
            "EntityNotExist.Policy",
        ),
    ] {
        cloud.ram(&other, action, &params).await.refused(404, code);
    }
    // A key of the one cannot be touched through a user of the same name of the other.
    let key = [
        ("UserName", "localyun"),
        ("UserAccessKeyId", "localyun"),
        ("Status", "Inactive"),
    ];
    cloud
        .ram(&other, "UpdateAccessKey", &key)
        .await
        .refused(404, "EntityNotExist.User.AccessKey");
    // The same names may be used again.
    cloud
        .ram(&other, "CreateUser", &[("UserName", "anna")])
        .await
        .ok();
}

#[tokio::test]
async fn a_role_of_one_account_is_assumed_by_those_of_the_other_whom_it_trusts() {
    let (cloud, other) = two().await;
    let anna = trust("RAM", &format!("acs:ram::{OTHER}:user/anna"));
    let params = [
        ("RoleName", "r"),
        ("AssumeRolePolicyDocument", anna.as_str()),
    ];
    // A trust policy may not name a user that an account of this cloud does not have.
    let refusal = cloud.ram(&Key::admin(), "CreateRole", &params).await;
    refusal.refused(400, "MalformedPolicyDocument");
    cloud
        .ram(&other, "CreateUser", &[("UserName", "anna")])
        .await
        .ok();
    let arn = cloud.role("r", &anna, None).await;
    let made = cloud
        .ram(&other, "CreateAccessKey", &[("UserName", "anna")])
        .await
        .ok();
    let anna = Key::new(
        &made.text("/AccessKey/AccessKeyId"),
        &made.text("/AccessKey/AccessKeySecret"),
    );
    // Trusted, and not allowed by her own account.
    let refusal = cloud.assume(&anna, &arn, &[]).await;
    refusal.refused(403, "NoPermission");
    let attach = [
        ("UserName", "anna"),
        ("PolicyType", "System"),
        ("PolicyName", "AliyunSTSAssumeRoleAccess"),
    ];
    cloud.ram(&other, "AttachPolicyToUser", &attach).await.ok();
    let session = Key::of(&cloud.assume(&anna, &arn, &[]).await.ok());
    let who = cloud.sts(&session, "GetCallerIdentity", &[]).await.ok();
    assert_eq!(who.text("/AccountId"), "1234567890123456");
    // Allowed by her own account, and not trusted: the other administrator, and an account that nobody named.
    cloud
        .assume(&other, &arn, &[])
        .await
        .refused(403, "NoPermission");
}
