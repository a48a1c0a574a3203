//! What the sealed message of a refusal tells, and whom.

use gateway::AuthMode;
use identity::{DEFAULT_ACCOUNT, Limits};
use serde_json::json;

use crate::cloud::{Answer, Cloud, Key, policy};

const DECODE: &str = "DecodeDiagnosticMessage";

fn sealed(refusal: &Answer) -> String {
    refusal.text("/AccessDeniedDetail/EncodedDiagnosticMessage")
}

async fn decode(cloud: &Cloud, key: &Key, sealed: &str) -> Answer {
    let params = [("EncodedDiagnosticMessage", sealed)];
    cloud.ram(key, DECODE, &params).await
}

#[tokio::test]
async fn a_deny_of_a_group_is_told() {
    let cloud = Cloud::new().await;
    let key = cloud
        .user("u", Some(&policy("Allow", "ram:Get*", "*")))
        .await;
    cloud.attach("User", "u", "System", "ReadOnlyAccess").await;
    cloud.admin("CreateGroup", &[("GroupName", "g")]).await;
    let join = [("UserName", "u"), ("GroupName", "g")];
    cloud.admin("AddUserToGroup", &join).await;
    cloud
        .grant("Group", "g", &policy("Deny", "ram:ListUsers", "*"))
        .await;
    let refusal = cloud.ram(&key, "ListUsers", &[]).await;
    let message = sealed(&refusal);
    assert!(message.starts_with("AQIB"), "{message}");
    let id = cloud.admin("GetUser", &[("UserName", "u")]).await;
    let answer = decode(&cloud, &Key::admin(), &message).await.ok();
    let told = &answer.json["DecodedDiagnosticMessage"];
    assert_eq!(told["ExplicitDeny"], true);
    assert_eq!(
        told["NoPermissionPolicyType"],
        "AccountLevelIdentityBasedPolicy"
    );
    assert_eq!(told["AuthAction"], "ram:ListUsers");
    assert_eq!(
        told["AuthResource"],
        format!("acs:ram:*:{DEFAULT_ACCOUNT}:user/*")
    );
    assert_eq!(
        told["AuthPrincipal"],
        json!({
            "AuthPrincipalDisplayName": id.text("/User/UserId"),
            "AuthPrincipalOwnerId": DEFAULT_ACCOUNT,
            "AuthPrincipalType": "SubUser",
        })
    );
    let from = json!({ "ConditionKey": "acs:SourceIp", "ConditionValues": ["127.0.0.1"] });
    assert!(
        told["AuthConditions"]
            .as_array()
            .is_some_and(|all| all.contains(&from)),
        "{told}"
    );
    let matched = told["MatchedPolicies"].as_array().unwrap();
    assert_eq!(matched.len(), 2, "{told}");
    assert_eq!(
        matched[0],
        json!({
            "AttachedEntityType": "RamUser",
            "AttachedScope": "Account",
            "Effect": "Allow",
            "PolicyIdentifier": "ReadOnlyAccess",
            "PolicyType": "System",
        })
    );
    assert_eq!(matched[1]["AttachedEntityType"], "RamGroup");
    assert_eq!(matched[1]["Effect"], "Deny");
    assert_eq!(matched[1]["PolicyVersion"], "v1");
}

#[tokio::test]
async fn silence_of_a_role_is_told() {
    let cloud = Cloud::new().await;
    cloud.role("r", crate::cloud::TRUST_ACCOUNT, None).await;
    let session = cloud.assume(&Key::admin(), "r", &[]).await;
    let refusal = cloud.ram(&Key::of(&session), "ListUsers", &[]).await;
    let answer = decode(&cloud, &Key::admin(), &sealed(&refusal)).await.ok();
    let told = &answer.json["DecodedDiagnosticMessage"];
    assert_eq!(told["ExplicitDeny"], false);
    assert_eq!(told["MatchedPolicies"], json!([]));
    assert_eq!(
        told["AuthPrincipal"]["AuthPrincipalType"],
        "AssumedRoleUser"
    );
    assert_eq!(
        told["AuthPrincipal"]["AuthPrincipalDisplayName"],
        "r:session"
    );
}

#[tokio::test]
async fn a_trust_policy_is_told() {
    let cloud = Cloud::new().await;
    let nobody = crate::cloud::trust("Service", "fc.aliyuncs.com");
    cloud.role("r", &nobody, None).await;
    let refusal = cloud.assume(&Key::admin(), "r", &[]).await;
    refusal.refused(403, "NoPermission");
    assert_eq!(
        refusal.text("/AccessDeniedDetail/PolicyType"),
        "AssumeRolePolicy"
    );
    let answer = decode(&cloud, &Key::admin(), &sealed(&refusal)).await.ok();
    assert_eq!(
        answer.text("/DecodedDiagnosticMessage/NoPermissionPolicyType"),
        "AssumeRolePolicy"
    );
}

#[tokio::test]
async fn it_takes_a_permission_of_its_own() {
    let cloud = Cloud::new().await;
    let key = cloud.user("u", None).await;
    let message = sealed(&cloud.ram(&key, "ListUsers", &[]).await);
    let refusal = decode(&cloud, &key, &message).await;
    refusal.refused(403, "NoPermission");
    assert_eq!(
        refusal.text("/AccessDeniedDetail/AuthAction"),
        "ram:DecodeDiagnosticMessage"
    );
    let may = policy("Allow", "ram:DecodeDiagnosticMessage", "*");
    cloud.grant("User", "u", &may).await;
    decode(&cloud, &key, &message).await.ok();
}

#[tokio::test]
async fn strangers_and_garbage_are_told_nothing() {
    let cloud = Cloud::new().await;
    let key = cloud.user("u", None).await;
    let message = sealed(&cloud.ram(&key, "ListUsers", &[]).await);
    let now = cloud.gateway.clock.now().virtual_;
    let other = cloud
        .identity
        .create_account(Some("6543210987654321"), None, now);
    let other = other.await.unwrap();
    let stranger = identity::FirstKey::of_administrator(&other.uid);
    let stranger = Key::new(&stranger.id, stranger.secret.expose());
    let unknown = |answer: Answer| {
        let text = "The specific DecodedDiagnosticMessage cannot be found.";
        answer.says(404, "EntityNotExist", text);
    };
    unknown(decode(&cloud, &stranger, &message).await);
    let mut changed = message.clone();
    changed.replace_range(40..41, if &message[40..41] == "A" { "B" } else { "A" });
    let token = cloud.role("r", crate::cloud::TRUST_ACCOUNT, None).await;
    let token = cloud.assume(&Key::admin(), &token, &[]).await;
    let token = token.text("/Credentials/SecurityToken");
    for wrong in [changed.as_str(), &message[..60], "AQIB", "?", &token] {
        unknown(decode(&cloud, &Key::admin(), wrong).await);
    }
    unknown(cloud.ram(&Key::admin(), DECODE, &[]).await);
}

#[tokio::test]
async fn messages_outlive_the_process() {
    let cloud = Cloud::new().await;
    let key = cloud.user("u", None).await;
    let message = sealed(&cloud.ram(&key, "ListUsers", &[]).await);
    let after = Cloud::over(cloud.store.clone(), Limits::default(), AuthMode::Enforce);
    after.advance(400 * 24 * 3600);
    decode(&after, &Key::admin(), &message).await.ok();
}
