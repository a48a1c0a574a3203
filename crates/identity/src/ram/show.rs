//! Users, keys, roles and policies as the wire has them (spec/identity.md §7).

use gateway::rpc::{self, Reply};
use serde_json::{Value, json};

use crate::arn;
use crate::attachments::Attachment;
use crate::keys::Key;
use crate::policies::{Kind, Policy, Version};
use crate::roles::Role;
use crate::users::User;

pub(crate) fn user(user: &User) -> Value {
    json!({
        "UserId": user.id,
        "UserName": user.name,
        "DisplayName": user.profile.display_name,
        "MobilePhone": user.profile.mobile_phone,
        "Email": user.profile.email,
        "Comments": user.profile.comments,
        "CreateDate": user.created,
        "UpdateDate": user.updated,
    })
}

/// A key without its secret.
pub(crate) fn key(key: &Key) -> Value {
    json!({
        "AccessKeyId": key.id,
        "Status": key.status(),
        "CreateDate": key.created,
    })
}

/// A role as lists show it, without its trust policy.
pub(crate) fn role_row(account: &str, role: &Role) -> Value {
    let mut fields = json!({
        "RoleId": role.id,
        "RoleName": role.name,
        "Arn": arn::role(account, &role.name),
        "Description": role.description,
        "MaxSessionDuration": role.max_session,
        "CreateDate": role.created,
        "UpdateDate": role.updated,
    });
    if let Some(console) = role.console {
        fields["AllowConsoleLogin"] = json!(console);
    }
    fields
}

/// A role.
pub(crate) fn role(account: &str, role: &Role) -> Value {
    let mut fields = role_row(account, role);
    fields["AssumeRolePolicyDocument"] = json!(role.trust);
    fields
}

/// A policy without its text.
pub(crate) fn policy(kind: Kind, policy: &Policy) -> Value {
    json!({
        "PolicyName": policy.name,
        "PolicyType": kind.name(),
        "Description": policy.description,
        "DefaultVersion": format!("v{}", policy.default),
        "CreateDate": policy.created,
        "UpdateDate": policy.updated,
    })
}

/// A policy without its text, with the number of its users and roles.
pub(crate) fn policy_in_use(kind: Kind, shown: &Policy, uses: i64) -> Value {
    let mut fields = policy(kind, shown);
    fields["AttachmentCount"] = json!(uses);
    fields
}

/// A version with its text.
pub(crate) fn version(version: &Version, default: bool) -> Value {
    let mut fields = version_row(version, default);
    fields["PolicyDocument"] = json!(version.document);
    fields
}

fn version_row(version: &Version, default: bool) -> Value {
    json!({
        "VersionId": version.id(),
        "IsDefaultVersion": default,
        "CreateDate": version.created,
    })
}

/// The policies of a user or role.
pub(crate) fn attachments(found: &[(Policy, Attachment)]) -> Reply {
    let row = |(shown, attachment): &(Policy, Attachment)| {
        json!({
            "PolicyName": shown.name,
            "PolicyType": attachment.kind.name(),
            "Description": shown.description,
            "DefaultVersion": format!("v{}", shown.default),
            "AttachDate": attachment.since,
        })
    };
    let rows: Vec<Value> = found.iter().map(row).collect();
    Reply::of(&json!({ "Policies": rpc::list("Policy", &rows) }))
}
