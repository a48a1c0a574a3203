//! Users, groups, keys, roles and policies as the wire has them (spec/identity.md §7).

use gateway::rpc::{self, Reply};
use serde_json::{Value, json};

use crate::accounts::Account;
use crate::arn;
use crate::attachments::Attachment;
use crate::groups::Group;
use crate::keys::Key;
use crate::logins::LoginProfile;
use crate::mfa::Device;
use crate::policies::{Kind, Policy, Version};
use crate::preferences::Preference;
use crate::ram::settings;
use crate::roles::Role;
use crate::tags::Tag;
use crate::users::User;

/// What has just been made: it has not been changed yet, and the answer does not say when it was.
pub(crate) fn made(mut fields: Value) -> Value {
    if let Value::Object(fields) = &mut fields {
        fields.shift_remove("UpdateDate");
    }
    fields
}

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

/// A group.
pub(crate) fn group(group: &Group) -> Value {
    json!({
        "GroupId": group.id,
        "GroupName": group.name,
        "Comments": group.comments,
        "CreateDate": group.created,
        "UpdateDate": group.updated,
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

fn role_head(account: &str, role: &Role) -> Value {
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

/// A role as lists show it, without its trust policy.
pub(crate) fn role_row(account: &str, role: &Role) -> Value {
    let mut fields = role_head(account, role);
    fields["Tags"] = tags(&role.tags);
    fields
}

/// A role.
pub(crate) fn role(account: &str, role: &Role) -> Value {
    let mut fields = role_head(account, role);
    fields["AssumeRolePolicyDocument"] = json!(role.trust);
    fields
}

/// A role of a service that has just been made.
pub(crate) fn service_role(account: &str, role: &Role) -> Value {
    json!({
        "RoleId": role.id,
        "RoleName": role.name,
        "Arn": arn::role(account, &role.name),
        "Description": role.description,
        "AssumeRolePolicyDocument": role.trust,
        "IsServiceLinkedRole": true,
        "CreateDate": role.created,
    })
}

/// A role with what only GetRole says.
pub(crate) fn role_in_full(account: &Account, shown: &Role) -> Value {
    let mut fields = role(&account.uid, shown);
    let principal = format!("{}@role.{}.onaliyunservice.com", shown.name, account.alias);
    fields["RolePrincipalName"] = json!(principal);
    fields["IsServiceLinkedRole"] = json!(shown.service.is_some());
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

/// A policy without its text, with the number of its users, groups and roles.
pub(crate) fn policy_in_use(kind: Kind, shown: &Policy, uses: i64) -> Value {
    let mut fields = policy(kind, shown);
    fields["AttachmentCount"] = json!(uses);
    fields
}

/// A policy as lists show it.
pub(crate) fn policy_row(kind: Kind, shown: &Policy, uses: i64) -> Value {
    let mut fields = policy_in_use(kind, shown, uses);
    fields["Tags"] = tags(&shown.tags);
    fields
}

/// Tags.
pub(crate) fn tags(tags: &[Tag]) -> Value {
    let row = |tag: &Tag| json!({ "TagKey": tag.key, "TagValue": tag.value });
    let rows: Vec<Value> = tags.iter().map(row).collect();
    rpc::list("Tag", &rows)
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

/// The policies of a user, group or role.
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

/// A login profile.
pub(crate) fn login_profile(user_name: &str, profile: &LoginProfile) -> Value {
    json!({
        "UserName": user_name,
        "PasswordResetRequired": profile.reset_required,
        "MFABindRequired": profile.mfa_required,
        "CreateDate": profile.created,
    })
}

/// What users may do by themselves. Public keys are RAM's own.
pub(crate) fn preference(preference: &Preference) -> Reply {
    let mut fields = settings::preference(preference);
    fields["PublicKeyPreference"] =
        json!({ "AllowUserToManagePublicKeys": preference.manage_public_keys });
    Reply::of(&json!({ "SecurityPreference": fields }))
}

/// An MFA device as lists show it, with the user who has it.
pub(crate) fn device(account: &str, device: &Device, user: Option<&User>) -> Value {
    let mut fields = json!({ "SerialNumber": device.serial_number(account) });
    if let (Some(bound), Some(user)) = (&device.bound, user) {
        fields["ActivateDate"] = json!(bound.since);
        fields["User"] = json!({
            "UserId": user.id,
            "UserName": user.name,
            "DisplayName": user.profile.display_name,
        });
    }
    fields
}

/// The MFA device of a user.
pub(crate) fn device_of(account: &str, device: &Device) -> Value {
    json!({ "SerialNumber": device.serial_number(account), "Type": "VMFA" })
}
