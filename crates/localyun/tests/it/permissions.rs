//! `docs/permissions.md`: who may call what, as the real pipeline answers.
//!
//! Every operation is called by every principal, each time in a cloud of its own. What counts is whether the answer
//! is a refusal for want of permission; a call that gets past the policies and then fails for another reason has
//! been allowed.

mod attributes;
mod federated;
mod ims;
mod multipart;
mod settings;

use std::collections::BTreeMap;
use std::fmt::Write;

use gateway::Response;

use crate::golden::check;
use crate::operations::{implemented, key};
use crate::requests::{Key, OssRequest, TestCloud, text};

const RAM: &str = "2015-05-01";
const STS: &str = "2015-04-01";
const IMS: &str = "2019-08-15";
const TRUST_ACCOUNT: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":["acs:ram::1234567890123456:root"]}}]}"#;
const HARMLESS: &str =
    r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:GetObject","Resource":"*"}]}"#;

/// The columns.
const PRINCIPALS: &[(&str, &str)] = &[
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
];

/// How an operation is called.
enum Example {
    Oss(OssRequest),
    /// PostObject, which is signed in its form.
    Form,
    Rpc(&'static str, &'static [(&'static str, &'static str)]),
}

/// The request that stands for each operation. The fixture has bucket `matrix` with object `key`, user `target`
/// with access key, group `target` without the user, role `target`, policy `target` attached to neither.
fn example(op: &str) -> Example {
    if op == "PostObject" {
        return Example::Form;
    }
    if let Some(request) = oss_example(op)
        .or_else(|| attributes::example(op))
        .or_else(|| multipart::example(op))
    {
        return Example::Oss(request);
    }
    let (version, params) =
        rpc_example(op).unwrap_or_else(|| panic!("{op} has no request in the permission matrix"));
    Example::Rpc(version, params)
}

/// Requests to a bucket that need nothing but a sub-resource. Those that want a body come without one: what is not
/// allowed is refused before it is read.
const ON_BUCKET: &[(&str, &str, &str)] = &[
    ("GetBucketAccessMonitor", "GET", "accessmonitor"),
    ("PutBucketAccessMonitor", "PUT", "accessmonitor"),
    ("GetBucketAcl", "GET", "acl"),
    ("GetBucketInfo", "GET", "bucketInfo"),
    ("DeleteBucketCors", "DELETE", "cors"),
    ("GetBucketCors", "GET", "cors"),
    ("PutBucketCors", "PUT", "cors"),
    ("DeleteBucketEncryption", "DELETE", "encryption"),
    ("GetBucketEncryption", "GET", "encryption"),
    ("PutBucketEncryption", "PUT", "encryption"),
    ("GetBucketHttpsConfig", "GET", "httpsConfig"),
    ("PutBucketHttpsConfig", "PUT", "httpsConfig"),
    ("DeleteBucketLifecycle", "DELETE", "lifecycle"),
    ("GetBucketLifecycle", "GET", "lifecycle"),
    ("PutBucketLifecycle", "PUT", "lifecycle"),
    ("GetBucketLocation", "GET", "location"),
    ("DeleteBucketLogging", "DELETE", "logging"),
    ("GetBucketLogging", "GET", "logging"),
    ("PutBucketLogging", "PUT", "logging"),
    ("DeleteBucketPolicy", "DELETE", "policy"),
    ("GetBucketPolicy", "GET", "policy"),
    ("PutBucketPolicy", "PUT", "policy"),
    ("GetBucketPolicyStatus", "GET", "policyStatus"),
    ("GetBucketReferer", "GET", "referer"),
    ("PutBucketReferer", "PUT", "referer"),
    ("GetBucketRequestPayment", "GET", "requestPayment"),
    ("PutBucketRequestPayment", "PUT", "requestPayment"),
    ("GetBucketResourceGroup", "GET", "resourceGroup"),
    ("PutBucketResourceGroup", "PUT", "resourceGroup"),
    ("GetBucketStat", "GET", "stat"),
    ("DeleteBucketTags", "DELETE", "tagging"),
    ("GetBucketTags", "GET", "tagging"),
    ("PutBucketTags", "PUT", "tagging"),
    (
        "GetBucketTransferAcceleration",
        "GET",
        "transferAcceleration",
    ),
    (
        "PutBucketTransferAcceleration",
        "PUT",
        "transferAcceleration",
    ),
    ("DeleteBucketWebsite", "DELETE", "website"),
    ("GetBucketWebsite", "GET", "website"),
    ("PutBucketWebsite", "PUT", "website"),
];

/// The same to the service itself.
const ON_SERVICE: &[(&str, &str, &str)] = &[
    ("DescribeRegions", "GET", "regions"),
    ("ListBuckets", "GET", ""),
];

fn setting_example(op: &str) -> Option<OssRequest> {
    let row = |table: &[(&str, &'static str, &'static str)], bucket| {
        let row = table.iter().find(|(name, ..)| *name == op)?;
        Some(OssRequest {
            method: row.1,
            bucket,
            key: "",
            query: row.2,
            headers: &[],
            body: "",
        })
    };
    row(ON_BUCKET, "matrix").or_else(|| row(ON_SERVICE, ""))
}

fn oss_example(op: &str) -> Option<OssRequest> {
    let request = |method, key, query| OssRequest {
        method,
        bucket: "matrix",
        key,
        query,
        headers: &[],
        body: "",
    };
    let with = |request: OssRequest, headers| OssRequest { headers, ..request };
    Some(match op {
        "PutBucket" => OssRequest {
            bucket: "matrix-new",
            ..request("PUT", "", "")
        },
        "DeleteBucket" => OssRequest {
            bucket: "matrix-empty",
            ..request("DELETE", "", "")
        },
        "PutBucketAcl" => with(request("PUT", "", "acl"), &[("x-oss-acl", "private")]),
        "ListObjects" => request("GET", "", ""),
        "ListObjectsV2" => request("GET", "", "list-type=2"),
        "PutObject" => OssRequest {
            body: "x",
            ..request("PUT", "new", "")
        },
        "GetObject" => request("GET", "key", ""),
        "HeadObject" => request("HEAD", "key", ""),
        "GetObjectMeta" => request("HEAD", "key", "objectMeta"),
        "DeleteObject" => request("DELETE", "key", ""),
        "DeleteMultipleObjects" => OssRequest {
            body: "<Delete><Object><Key>key</Key></Object></Delete>",
            ..with(
                request("POST", "", "delete"),
                &[("content-md5", DELETE_MD5)],
            )
        },
        "CopyObject" => with(
            request("PUT", "copy", ""),
            &[("x-oss-copy-source", "/matrix/key")],
        ),
        "PutObjectAcl" => with(
            request("PUT", "key", "acl"),
            &[("x-oss-object-acl", "private")],
        ),
        "GetObjectAcl" => request("GET", "key", "acl"),
        "OptionObject" => with(
            request("OPTIONS", "key", ""),
            &[
                ("origin", "http://a.com"),
                ("access-control-request-method", "GET"),
            ],
        ),
        op => return setting_example(op),
    })
}

/// Of the body that [`oss_example`] sends.
const DELETE_MD5: &str = "VUxjCEXWiErKatrg6+J0xA==";

/// The parameters of a call.
type Params = &'static [(&'static str, &'static str)];

fn rpc_example(op: &str) -> Option<(&'static str, Params)> {
    if let Some(op) = op.strip_prefix("ims:") {
        return Some((IMS, ims::example(op)?));
    }
    if let Some(params) = sts_example(op) {
        return Some((STS, params));
    }
    if let Some(call) = settings::of_other_doors(op) {
        return Some(call);
    }
    let params = users_example(op)
        .or_else(|| groups_example(op))
        .or_else(|| roles_example(op))
        .or_else(|| policies_example(op))
        .or_else(|| settings::example(op));
    Some((RAM, params?))
}

fn sts_example(op: &str) -> Option<Params> {
    Some(match op {
        "GetCallerIdentity" => &[],
        "AssumeRole" => &[
            ("RoleArn", "acs:ram::1234567890123456:role/target"),
            ("RoleSessionName", "matrix"),
        ],
        _ => return None,
    })
}

fn users_example(op: &str) -> Option<Params> {
    Some(match op {
        "ListUsers" => &[],
        // What cannot be decoded is found missing after the permission was asked for.
        "DecodeDiagnosticMessage" => &[("EncodedDiagnosticMessage", "AQIB")],
        "CreateUser" => &[("UserName", "made")],
        "GetUser"
        | "DeleteUser"
        | "ListPoliciesForUser"
        | "CreateAccessKey"
        | "ListAccessKeys"
        | "ListGroupsForUser" => &[("UserName", "target")],
        "UpdateUser" => &[("UserName", "target"), ("NewComments", "x")],
        "UpdateAccessKey" => &[
            ("UserName", "target"),
            ("UserAccessKeyId", "LTAInone"),
            ("Status", "Active"),
        ],
        "DeleteAccessKey" => &[("UserName", "target"), ("UserAccessKeyId", "LTAInone")],
        "AttachPolicyToUser" | "DetachPolicyFromUser" => &[
            ("PolicyName", "target"),
            ("PolicyType", "Custom"),
            ("UserName", "target"),
        ],
        _ => return None,
    })
}

fn groups_example(op: &str) -> Option<Params> {
    Some(match op {
        "ListGroups" => &[],
        "CreateGroup" => &[("GroupName", "made")],
        "GetGroup" | "DeleteGroup" | "ListPoliciesForGroup" | "ListUsersForGroup" => {
            &[("GroupName", "target")]
        }
        "UpdateGroup" => &[("GroupName", "target"), ("NewComments", "x")],
        "AddUserToGroup" | "RemoveUserFromGroup" => {
            &[("GroupName", "target"), ("UserName", "target")]
        }
        "AttachPolicyToGroup" | "DetachPolicyFromGroup" => &[
            ("PolicyName", "target"),
            ("PolicyType", "Custom"),
            ("GroupName", "target"),
        ],
        _ => return None,
    })
}

fn roles_example(op: &str) -> Option<Params> {
    Some(match op {
        "ListRoles" => &[],
        "CreateRole" => &[
            ("RoleName", "made"),
            ("AssumeRolePolicyDocument", TRUST_ACCOUNT),
        ],
        "GetRole" | "DeleteRole" | "ListPoliciesForRole" => &[("RoleName", "target")],
        "UpdateRole" => &[("RoleName", "target"), ("NewMaxSessionDuration", "7200")],
        "AttachPolicyToRole" | "DetachPolicyFromRole" => &[
            ("PolicyName", "target"),
            ("PolicyType", "Custom"),
            ("RoleName", "target"),
        ],
        "ListTagResources" => &[("ResourceType", "role")],
        "TagResources" => &[
            ("ResourceType", "role"),
            ("ResourceNames", "[\"target\"]"),
            ("Tag", "[{\"Key\":\"k\",\"Value\":\"v\"}]"),
        ],
        "UntagResources" => &[
            ("ResourceType", "role"),
            ("ResourceNames", "[\"target\"]"),
            ("All", "true"),
        ],
        _ => return None,
    })
}

fn policies_example(op: &str) -> Option<Params> {
    Some(match op {
        "ListPolicies" => &[],
        "CreatePolicy" => &[("PolicyName", "made"), ("PolicyDocument", HARMLESS)],
        "CreatePolicyVersion" => &[("PolicyName", "target"), ("PolicyDocument", HARMLESS)],
        "UpdatePolicyDescription" => &[("PolicyName", "target"), ("NewDescription", "x")],
        "GetPolicy" | "DeletePolicy" | "ListPolicyVersions" | "ListEntitiesForPolicy" => {
            &[("PolicyName", "target"), ("PolicyType", "Custom")]
        }
        "GetPolicyVersion" => &[
            ("PolicyName", "target"),
            ("PolicyType", "Custom"),
            ("VersionId", "v1"),
        ],
        "DeletePolicyVersion" | "SetDefaultPolicyVersion" => {
            &[("PolicyName", "target"), ("VersionId", "v1")]
        }
        _ => return None,
    })
}

const CORS: &str = "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>";

/// A cloud with the fixture.
async fn cloud() -> TestCloud {
    let cloud = TestCloud::new().await;
    let admin = Key::administrator();
    let put = |bucket, key, body| OssRequest {
        method: "PUT",
        bucket,
        key,
        query: "",
        headers: &[],
        body,
    };
    for request in [
        put("matrix", "", ""),
        put("matrix-empty", "", ""),
        put("matrix", "key", "x"),
        OssRequest {
            query: "cors",
            ..put("matrix", "", CORS)
        },
    ] {
        let response = cloud.oss(&request, Some(&admin)).await;
        assert!(
            response.status().is_success(),
            "{request:?}: {}",
            text(response).await
        );
    }
    cloud
        .must(RAM, "CreateUser", &[("UserName", "target")])
        .await;
    cloud
        .must(RAM, "CreateGroup", &[("GroupName", "target")])
        .await;
    cloud
        .must(
            RAM,
            "CreateRole",
            &[
                ("RoleName", "target"),
                ("AssumeRolePolicyDocument", TRUST_ACCOUNT),
            ],
        )
        .await;
    cloud
        .must(
            RAM,
            "CreatePolicy",
            &[("PolicyName", "target"), ("PolicyDocument", HARMLESS)],
        )
        .await;
    cloud
}

/// The actions of an operation as a policy, and what a copy needs of its source.
fn policy(effect: &str, op: &str, actions: &[&str]) -> String {
    let mut actions = actions.to_vec();
    if matches!(op, "CopyObject" | "UploadPartCopy") {
        actions.push("oss:GetObject");
    }
    serde_json::json!({"Version": "1", "Statement": [{"Effect": effect, "Action": actions, "Resource": "*"}]}).to_string()
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
    let field = |name: &str| {
        made["AccessKey"][name]
            .as_str()
            .expect("a key has it")
            .to_owned()
    };
    Key::new(&field("AccessKeyId"), &field("AccessKeySecret"))
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
    let field = |name: &str| {
        assumed["Credentials"][name]
            .as_str()
            .expect("credentials have it")
            .to_owned()
    };
    let mut key = Key::new(&field("AccessKeyId"), &field("AccessKeySecret"));
    key.token = Some(field("SecurityToken"));
    key
}

async fn key_of(cloud: &TestCloud, principal: &str, op: &str, actions: &[&str]) -> Option<Key> {
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
        other => panic!("no principal {other}"),
    }
}

/// Whether the request got past authentication and the policies.
async fn allowed(response: Response) -> bool {
    let status = response.status().as_u16();
    let text = text(response).await;
    match status {
        403 => false,
        400 => !text.contains("MissingParameter"),
        _ => true,
    }
}

async fn cell(principal: &str, (folder, op): (&str, &str), actions: &[&str]) -> bool {
    // A policy without an action would not be accepted; these operations need none.
    let asked = if actions.is_empty() {
        &["oss:GetBucketWorm"][..]
    } else {
        actions
    };
    let cloud = cloud().await;
    let signer = key_of(&cloud, principal, op, asked).await;
    let response = match example(&key(folder, op)) {
        Example::Oss(request) => cloud.oss(&request, signer.as_ref()).await,
        Example::Form => cloud.form("matrix", "new", signer.as_ref()).await,
        Example::Rpc(version, params) => cloud.rpc(version, op, params, signer.as_ref()).await,
    };
    allowed(response).await
}

const HEADER: &str = "# Permissions

Who may call what. Every operation was called by every principal through the real pipeline, each time in a cloud of
its own; a test writes this page and fails when it drifts. ✔ the call got past the policies, ✘ it was refused for want of
permission.

";

#[tokio::test]
async fn every_operation_is_refused_to_whom_it_is_not_allowed() {
    let mut page = HEADER.to_owned();
    for (name, what) in PRINCIPALS {
        writeln!(page, "* **{name}**: {what}").expect("a String takes it");
    }
    let names: Vec<_> = PRINCIPALS.iter().map(|(name, _)| *name).collect();
    writeln!(page, "\n| Operation | Action | {} |", names.join(" | ")).expect("a String takes it");
    writeln!(page, "|---|---|{}", "---|".repeat(names.len())).expect("a String takes it");
    for (folder, op, actions) in implemented() {
        if federated::UNSIGNED.iter().any(|unsigned| unsigned.op == op) {
            continue;
        }
        let mut row = BTreeMap::new();
        for name in &names {
            row.insert(*name, cell(name, (folder, op), &actions).await);
        }
        judge(op, &actions, &row);
        let marks: Vec<_> = names
            .iter()
            .map(|name| if row[name] { "✔" } else { "✘" })
            .collect();
        writeln!(
            page,
            "| {} | {} | {} |",
            key(folder, op),
            actions.join(" "),
            marks.join(" | ")
        )
        .expect("a String takes it");
    }
    page.push_str(&federated::section().await);
    check("docs/permissions.md", &page);
}

/// What must hold whatever the golden says.
fn judge(op: &str, actions: &[&str], row: &BTreeMap<&str, bool>) {
    assert!(row["administrator"], "{op} is refused to an administrator");
    // Browsers ask without a signature.
    let open = op == "OptionObject";
    assert_eq!(row["anonymous"], open, "{op} and everybody");
    if actions.is_empty() {
        return;
    }
    for name in ["no policy", "denied", "narrowed"] {
        assert!(!row[name], "{op} is allowed to: {name}");
    }
    for name in ["just this", "role"] {
        assert!(row[name], "{op} is refused to: {name}");
    }
}
