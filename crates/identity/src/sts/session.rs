//! What the ways of assuming a role have in common: parameters and answer.

use gateway::{Fault, Head, Issued};
use policy::Principal;
use serde_json::{Value, json};

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

/// The fields of an answer that every way gives.
pub(super) fn answer(role: &KnownRole, session_name: &str, issued: &Issued) -> Value {
    let assumed = Principal::Session {
        account: role.account.clone(),
        role_id: role.id.clone(),
        role_name: role.name.clone(),
        session_name: session_name.into(),
    };
    json!({
        "AssumedRoleUser": {
            "Arn": assumed.arn(),
            "AssumedRoleId": format!("{}:{session_name}", role.id),
        },
        "Credentials": {
            "AccessKeyId": issued.access_key_id,
            "AccessKeySecret": issued.access_key_secret.expose(),
            "Expiration": time::iso(issued.expiration),
            "SecurityToken": issued.security_token.expose(),
        },
    })
}
