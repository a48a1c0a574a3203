//! Providers of SAML: their parameters, and how the wire has them.
//! <https://help.aliyun.com/en/ram/developer-reference/api-ims-2019-08-15-createsamlprovider>

use gateway::rpc::Reply;
use gateway::{Fault, Head};
use serde_json::{Value, json};

use super::params;
use crate::saml::{LONGEST_METADATA, Metadata, SamlProvider};
use crate::{fault, rpc};

/// What requests for logins are signed with if nobody says.
pub(super) const USUAL_ALGORITHM: &str = "rsa-sha1";

/// `SAMLProviderName`, which is mandatory.
pub(super) fn name(head: &Head) -> Result<&str, Fault> {
    params::provider_name(head, "SAMLProviderName")
}

/// A metadata document in Base64.
pub(super) fn metadata(head: &Head, parameter: &str) -> Result<Option<String>, Fault> {
    let Some(text) = rpc::given(head, parameter) else {
        return Ok(None);
    };
    if text.len() > LONGEST_METADATA {
        return Err(fault::beyond_length(parameter));
    }
    match Metadata::read(text) {
        Some(_) => Ok(Some(text.to_owned())),
        None => Err(fault::wrong_format(parameter)),
    }
}

/// `AuthnSignAlgo`.
pub(super) fn algorithm(head: &Head) -> Result<Option<String>, Fault> {
    match rpc::given(head, "AuthnSignAlgo") {
        None => Ok(None),
        Some(name @ (USUAL_ALGORITHM | "rsa-sha256")) => Ok(Some(name.to_owned())),
        Some(_) => Err(fault::incorrect("AuthnSignAlgo")),
    }
}

/// What every answer about a provider says.
pub(super) fn row(account: &str, provider: &SamlProvider) -> Value {
    json!({
        "SAMLProviderName": provider.name,
        "Arn": format!("acs:ram::{account}:saml-provider/{}", provider.name),
        "Description": provider.description,
        "CreateDate": provider.created,
        "UpdateDate": provider.updated,
    })
}

/// A provider without its metadata.
pub(super) fn provider(account: &str, shown: &SamlProvider) -> Value {
    let mut fields = row(account, shown);
    fields["AuthnSignAlgo"] = json!(shown.sign_algorithm);
    fields
}

/// The answer about one provider.
pub(super) fn one(fields: &Value) -> Reply {
    Reply::of(&json!({ "SAMLProvider": fields }))
}
