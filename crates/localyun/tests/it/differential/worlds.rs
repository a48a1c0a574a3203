//! Random small worlds: policies of a user, a role, a session, a bucket; a trust policy; ACLs.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

pub(super) const ACCOUNT: &str = "1234567890123456";
pub(super) const FOREIGN: &str = "2222222222222222";

/// What there is besides the fixed: the bucket `demo` with `a/x` and `open`, users `anna` and `eve`, roles `app` and
/// `target`.
#[derive(Debug, Clone)]
pub(super) struct World {
    /// The policy of the users.
    pub(super) user: String,
    /// The policy of the role `app`.
    pub(super) role: String,
    /// The session policy of its session.
    pub(super) session: Option<String>,
    /// The bucket policy; `ANNA` and `EVE` stand for ids.
    pub(super) bucket: Option<String>,
    /// The trust policy of the role `target`.
    pub(super) trust: String,
    /// The header with the ACL of the bucket.
    pub(super) acl: &'static [(&'static str, &'static str)],
}

pub(super) fn world() -> impl Strategy<Value = World> {
    let acls: [&'static [(&'static str, &'static str)]; 4] = [
        &[],
        &[("x-oss-acl", "private")],
        &[("x-oss-acl", "public-read")],
        &[("x-oss-acl", "public-read-write")],
    ];
    let trusted = [
        "acs:ram::1234567890123456:root",
        "acs:ram::1234567890123456:user/anna",
        "acs:ram::1234567890123456:role/app",
        "acs:ram::2222222222222222:root",
    ];
    let parts = (
        document(own()),
        document(own()),
        proptest::option::of(document(own())),
        proptest::option::of(document(of_bucket())),
        select(trusted.to_vec()),
        select(acls.to_vec()),
    );
    parts.prop_map(|(user, role, session, bucket, trusted, acl)| World {
        user,
        role,
        session,
        bucket,
        trust: trust(trusted),
        acl,
    })
}

/// A trust policy that names one principal of RAM.
pub(super) fn trust(principal: &str) -> String {
    let principal = json!({ "RAM": [principal] });
    let statement =
        json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal });
    json!({ "Version": "1", "Statement": [statement] }).to_string()
}

fn document(statement: impl Strategy<Value = Value>) -> impl Strategy<Value = String> {
    let statements = proptest::collection::vec(statement, 1..4);
    statements.prop_map(|statements| json!({ "Version": "1", "Statement": statements }).to_string())
}

/// A statement of a user, a role or a session.
fn own() -> impl Strategy<Value = Value> {
    let conditions = [
        json!({}),
        json!({}),
        json!({ "StringLike": { "oss:Prefix": "a*" } }),
        json!({ "StringNotEquals": { "oss:x-oss-object-acl": "private" } }),
        json!({ "StringEquals": { "oss:x-oss-object-acl": "private" } }),
        json!({ "IpAddress": { "acs:SourceIp": "127.0.0.0/8" } }),
        json!({ "NotIpAddress": { "acs:SourceIp": ["127.0.0.1", "10.0.0.0/8"] } }),
        json!({ "Bool": { "acs:SecureTransport": "false" } }),
        json!({ "DateLessThan": { "acs:CurrentTime": "2020-01-01T00:00:00Z" } }),
    ];
    basics(conditions.to_vec())
}

/// A statement of a bucket policy.
fn of_bucket() -> impl Strategy<Value = Value> {
    let conditions = [
        json!({}),
        json!({}),
        json!({ "StringLike": { "oss:Prefix": "a*" } }),
        json!({ "StringLike": { "acs:SourceVpc": "*" } }),
        json!({ "IpAddress": { "acs:SourceIp": "127.0.0.1" }, "StringLike": { "acs:SourceVpc": "*" } }),
        json!({ "StringEquals": { "oss:x-oss-object-acl": "private" } }),
    ];
    let principals = [
        json!({ "Principal": ["*"] }),
        json!({ "Principal": ["ANNA"] }),
        json!({ "Principal": ["EVE", ACCOUNT] }),
        json!({ "Principal": [FOREIGN] }),
        json!({ "Principal": ["arn:sts::1234567890123456:assumed-role/app/*"] }),
        json!({ "NotPrincipal": ["ANNA"] }),
    ];
    (basics(conditions.to_vec()), select(principals.to_vec())).prop_map(
        |(mut statement, principal)| {
            for (name, value) in principal.as_object().expect("an object") {
                statement[name] = value.clone();
            }
            statement
        },
    )
}

fn basics(conditions: Vec<Value>) -> impl Strategy<Value = Value> {
    let actions = [
        "*",
        "oss:*",
        "oss:Get*",
        "oss:GetObject",
        "oss:PutObject",
        "oss:PutObjectAcl",
        "oss:DeleteObject",
        "oss:List*",
        "sts:AssumeRole",
        "ram:ListUsers",
    ];
    let resources = [
        "*",
        "acs:oss:*:*:demo",
        "acs:oss:*:*:demo/*",
        "acs:oss:*:*:demo/a/*",
        "acs:oss:*:1234567890123456:demo/open",
        "acs:ram:*:*:role/target",
    ];
    let effect = prop_oneof![3 => Just("Allow"), 1 => Just("Deny")];
    let action = prop_oneof![9 => Just("Action"), 1 => Just("NotAction")];
    let parts = (
        effect,
        action,
        subsequence(actions.to_vec(), 1..4),
        subsequence(resources.to_vec(), 1..3),
        select(conditions),
    );
    parts.prop_map(|(effect, action, actions, resources, condition)| {
        let mut statement = json!({ "Effect": effect, "Resource": resources });
        statement[action] = json!(actions);
        if condition != json!({}) {
            statement["Condition"] = condition;
        }
        statement
    })
}
