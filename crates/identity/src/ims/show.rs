//! Providers as the wire has them.

use chrono::DateTime;
use gateway::rpc::Reply;
use serde_json::{Value, json};

use crate::oidc::Provider;

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
