//! Who calls, which is what the columns of the matrix are.

use serde_json::{Value, json};

use super::{ACCOUNT, OTHER, RAM, STS, TRUST_ACCOUNT};
use crate::requests::{Key, TestCloud, text};

/// The columns.
pub(super) const PRINCIPALS: &[(&str, &str)] = &[
    ("anonymous", "no signature"),
    ("root", "the key of the account itself"),
    ("administrator", "a RAM user with `AdministratorAccess`"),
    ("no policy", "a RAM user without any policy"),
    (
        "just this",
        "a RAM user whose one policy allows just the operation's actions",
    ),
    (
        "denied",
        "the same user with a second policy that denies them",
    ),
    (
        "role",
        "a session of a role whose one policy allows just the actions",
    ),
    (
        "narrowed",
        "the same, narrowed by a session policy that allows something else",
    ),
    (
        "other account",
        "a RAM user of another account with `AdministratorAccess` there",
    ),
    (
        "let in",
        "the same, let in by a bucket policy, or for AssumeRole by the role's trust policy, which names that account \
         and allows just the operation's actions",
    ),
];

/// The actions of an operation as a policy, and what a copy needs of its source.
fn policy(effect: &str, op: &str, actions: &[&str]) -> String {
    let mut actions = actions.to_vec();
    if matches!(op, "CopyObject" | "UploadPartCopy") {
        actions.push("oss:GetObject");
    }
    json!({"Version": "1", "Statement": [{"Effect": effect, "Action": actions, "Resource": "*"}]})
        .to_string()
}

/// A user of its own with policies.
async fn user(cloud: &TestCloud, policies: &[String]) -> Key {
    cloud
        .must(RAM, "CreateUser", &[("UserName", "caller")])
        .await;
    for (index, document) in policies.iter().enumerate() {
        let name = format!("caller-{index}");
        cloud
            .must(
                RAM,
                "CreatePolicy",
                &[("PolicyName", &name), ("PolicyDocument", document)],
            )
            .await;
        let attach = [
            ("PolicyName", name.as_str()),
            ("PolicyType", "Custom"),
            ("UserName", "caller"),
        ];
        cloud.must(RAM, "AttachPolicyToUser", &attach).await;
    }
    let made = cloud
        .must(RAM, "CreateAccessKey", &[("UserName", "caller")])
        .await;
    Key::told(&made["AccessKey"])
}

/// A session of a role with one policy.
async fn session(cloud: &TestCloud, document: &str, session_policy: Option<&str>) -> Key {
    cloud
        .must(
            RAM,
            "CreateRole",
            &[
                ("RoleName", "caller"),
                ("AssumeRolePolicyDocument", TRUST_ACCOUNT),
            ],
        )
        .await;
    cloud
        .must(
            RAM,
            "CreatePolicy",
            &[("PolicyName", "caller"), ("PolicyDocument", document)],
        )
        .await;
    let attach = [
        ("PolicyName", "caller"),
        ("PolicyType", "Custom"),
        ("RoleName", "caller"),
    ];
    cloud.must(RAM, "AttachPolicyToRole", &attach).await;
    let mut params = vec![
        ("RoleArn", "acs:ram::1234567890123456:role/caller"),
        ("RoleSessionName", "matrix"),
    ];
    params.extend(session_policy.map(|p| ("Policy", p)));
    let assumed = cloud.must(STS, "AssumeRole", &params).await;
    Key::told(&assumed["Credentials"])
}

/// The key that somebody calls with, made where it is not there yet.
pub(super) async fn key_of(
    cloud: &TestCloud,
    principal: &str,
    op: &str,
    actions: &[&str],
) -> Option<Key> {
    let allow = policy("Allow", op, actions);
    let something_else = policy("Allow", "", &["oss:GetBucketWorm"]);
    match principal {
        "anonymous" => None,
        "root" => Some(Key::root()),
        "administrator" => Some(Key::administrator()),
        "no policy" => Some(user(cloud, &[]).await),
        "just this" => Some(user(cloud, &[allow]).await),
        "denied" => Some(user(cloud, &[allow, policy("Deny", op, actions)]).await),
        "role" => Some(session(cloud, &allow, None).await),
        "narrowed" => Some(session(cloud, &allow, Some(&something_else)).await),
        "other account" => Some(other_account()),
        "let in" => {
            open_buckets(cloud, op, actions).await;
            open_role(cloud).await;
            Some(other_account())
        }
        other => panic!("no principal {other}"),
    }
}

fn other_account() -> Key {
    let name = format!("localyun.{OTHER}");
    Key::new(&name, &name)
}

/// Gives the buckets policies that allow the other account just the actions.
async fn open_buckets(cloud: &TestCloud, op: &str, actions: &[&str]) {
    for bucket in ["matrix", "matrix-empty"] {
        let mut document: Value =
            serde_json::from_str(&policy("Allow", op, actions)).expect("a policy is JSON");
        let statement = &mut document["Statement"][0];
        statement["Principal"] = json!([OTHER]);
        let resources = ["", "/*"].map(|below| format!("acs:oss:*:*:{bucket}{below}"));
        statement["Resource"] = json!(resources);
        let answer = cloud
            .put_policy(bucket, document.to_string(), &Key::administrator())
            .await;
        let status = answer.status();
        assert!(status.is_success(), "{op}: {}", text(answer).await);
    }
}

/// Makes the role `target` trust the other account.
async fn open_role(cloud: &TestCloud) {
    let trust = TRUST_ACCOUNT.replace(ACCOUNT, OTHER);
    let update = [
        ("RoleName", "target"),
        ("NewAssumeRolePolicyDocument", &trust),
    ];
    cloud.must(RAM, "UpdateRole", &update).await;
}
