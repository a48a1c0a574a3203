//! Users, groups, keys and providers as the wire has them.

use chrono::DateTime;
use gateway::rpc::Reply;
use serde_json::{Value, json};

use crate::accounts::Account;
use crate::groups::Group;
use crate::oidc::Provider;
use crate::ram::show;
use crate::users::User;

/// What every answer about a user says first.
pub(super) fn user_head(account: &Account, user: &User) -> Value {
    json!({
        "UserId": user.id,
        "UserPrincipalName": account.principal(&user.name),
        "DisplayName": user.profile.display_name,
    })
}

/// A user without tags. Nobody logs in to a console here, and nobody but callers of the API makes users.
pub(super) fn user(account: &Account, user: &User) -> Value {
    let mut fields = user_head(account, user);
    fields["MobilePhone"] = json!(user.profile.mobile_phone);
    fields["Email"] = json!(user.profile.email);
    fields["Comments"] = json!(user.profile.comments);
    fields["CreateDate"] = json!(user.created);
    fields["UpdateDate"] = json!(user.updated);
    fields["LastLoginDate"] = json!("");
    fields["ProvisionType"] = json!("Manual");
    fields
}

/// A user with tags.
pub(super) fn tagged_user(account: &Account, shown: &User) -> Value {
    let mut fields = user(account, shown);
    fields["Tags"] = show::tags(&shown.tags);
    fields
}

/// A group.
pub(super) fn group(shown: &Group) -> Value {
    let mut fields = show::group(shown);
    fields["DisplayName"] = json!(shown.display_name);
    fields
}

/// `acs:ram::<uid>:oidc-provider/<name>`.
fn arn(account: &str, name: &str) -> String {
    format!("acs:ram::{account}:oidc-provider/{name}")
}

/// The same time as text, and as milliseconds of Unix time.
fn millis(text: &str) -> String {
    let time = DateTime::parse_from_rfc3339(text).unwrap_or_default();
    time.timestamp_millis().to_string()
}

/// A provider. Lists are one text with commas.
pub(super) fn provider(account: &str, provider: &Provider) -> Value {
    json!({
        "OIDCProviderName": provider.name,
        "Arn": arn(account, &provider.name),
        "IssuerUrl": provider.issuer,
        "ClientIds": provider.client_ids.join(","),
        "Fingerprints": provider.fingerprints.join(","),
        "Description": provider.description,
        "IssuanceLimitTime": provider.issuance_limit,
        "CreateDate": provider.created,
        "UpdateDate": provider.updated,
        "GmtCreate": millis(&provider.created),
        "GmtModified": millis(&provider.updated),
    })
}

/// The answer about one provider.
pub(super) fn one(account: &str, shown: &Provider) -> Reply {
    Reply::of(&json!({ "OIDCProvider": provider(account, shown) }))
}
