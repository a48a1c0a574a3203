//! What the ways of assuming a role have in common: parameters and answer.

use gateway::{Fault, Head, Issued};
use policy::Principal;
use serde::{Serialize, Serializer};
use serde_json::Value;
use signature::Secret;

use crate::roles::{KnownRole, MAX_SESSION};
use crate::sessions::{SHORTEST, USUAL};
use crate::{Identity, fault, names, rpc, time};

/// `RoleSessionName`, which is mandatory.
pub(super) fn name(head: &Head) -> Result<&str, Fault> {
    let name = rpc::need(head, "RoleSessionName")?;
    match names::is_session_name(name) {
        true => Ok(name),
        false => Err(fault::role_session_name()),
    }
}

/// `Policy`.
pub(super) fn policy<'a>(identity: &Identity, head: &'a Head) -> Result<Option<&'a str>, Fault> {
    let text = rpc::given(head, "Policy");
    if let Some(text) = text {
        identity.take_session_policy(text)?;
    }
    Ok(text)
}

/// `DurationSeconds`, as far as it can be told without the role.
pub(super) fn seconds(head: &Head) -> Result<u32, Fault> {
    let Some(text) = rpc::given(head, "DurationSeconds") else {
        return Ok(USUAL);
    };
    let seconds = text.parse().ok();
    let possible = SHORTEST..=*MAX_SESSION.end();
    seconds
        .filter(|seconds| possible.contains(seconds))
        .ok_or_else(fault::duration_seconds)
}

/// The fields of an answer: two that every way gives, and each way's own.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Answer {
    assumed_role_user: AssumedRoleUser,
    credentials: Credentials,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source_identity: Option<String>,
    #[serde(rename = "OIDCTokenInfo", skip_serializing_if = "Option::is_none")]
    pub(super) oidc_token_info: Option<Value>,
    #[serde(rename = "SAMLAssertionInfo", skip_serializing_if = "Option::is_none")]
    pub(super) saml_assertion_info: Option<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssumedRoleUser {
    arn: String,
    assumed_role_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials {
    access_key_id: String,
    #[serde(serialize_with = "exposed")]
    access_key_secret: Secret,
    expiration: String,
    #[serde(serialize_with = "exposed")]
    security_token: Secret,
}

impl Answer {
    pub(super) fn new(role: &KnownRole, session_name: &str, issued: Issued) -> Self {
        let assumed = Principal::Session {
            account: role.account.clone(),
            role_id: role.id.clone(),
            role_name: role.name.clone(),
            session_name: session_name.into(),
        };
        Self {
            assumed_role_user: AssumedRoleUser {
                arn: assumed.arn(),
                assumed_role_id: [&role.id, ":", session_name].concat(),
            },
            credentials: Credentials {
                access_key_id: issued.access_key_id,
                access_key_secret: issued.access_key_secret,
                expiration: time::iso(issued.expiration),
                security_token: issued.security_token,
            },
            source_identity: None,
            oidc_token_info: None,
            saml_assertion_info: None,
        }
    }
}

fn exposed<S: Serializer>(secret: &Secret, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose())
}
