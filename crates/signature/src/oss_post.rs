//! Forms of OSS PostObject: the policy is signed, as the Base64 text that it is sent as, and id and signature stand in
//! fields of the form. Versions 1, 2 and 4.
//!
//! Sources: "PostObject" and the error code pages 0002-00000702 to 0002-00000706 of OSS; `calculatePostSignature` and
//! `signPostObjectPolicyV4` of ali-oss 6.
//!
//! [`crate::Signable::form`] holds the fields that stand before the file. A form is signed there or nowhere: signatures
//! in the header or in the URL do not count. Names are compared without regard to case, of a repeated field the first
//! counts ([`field`]). The signature has no time of its own; how long it is good is a matter of the policy.

use std::borrow::Cow;

use crate::claim::Material;
use crate::oss_v4::{self, SigningKey, VERSION, read_credential, same_day};
use crate::{
    Claim, Malformed, Mismatch, Placement, Query, Scheme, Scope, Secret, Signable, Timing, mac,
    oss_v2, time,
};

/// The field that is signed.
pub const POLICY: &str = "policy";

const KEY_ID: &str = "OSSAccessKeyId";
const KEY_ID_2: &str = "x-oss-access-key-id";
const SIGNATURE: &str = "Signature";
const SIGNATURE_4: &str = "x-oss-signature";
const CREDENTIAL: &str = "x-oss-credential";
const DATE: &str = "x-oss-date";
const TOKEN: &str = "x-oss-security-token";

/// The fields that carry a signature, whatever the version, besides the policy.
const OWN: [&str; 7] = [
    KEY_ID,
    SIGNATURE,
    VERSION,
    KEY_ID_2,
    SIGNATURE_4,
    CREDENTIAL,
    TOKEN,
];

/// How a form is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// HMAC-SHA1 in Base64.
    V1,
    /// HMAC-SHA256 in Base64.
    V2,
    /// HMAC-SHA256 with a derived key, in hex.
    V4,
}

/// The value of the first field of this name, upper and lower case alike.
pub fn field<'a>(form: &'a Query, name: &str) -> Option<&'a str> {
    let mut pairs = form.iter();
    pairs
        .find(|pair| pair.name.eq_ignore_ascii_case(name))
        .map(|pair| pair.value)
}

/// The value of `Signature` for a policy in Base64.
pub fn sign_v1(policy: &str, secret: &Secret) -> String {
    secret.hmac_sha1().feed(policy.as_bytes()).base64()
}

/// The value of `x-oss-signature` of version 2 for a policy in Base64.
pub fn sign_v2(policy: &str, secret: &Secret) -> String {
    mac::hmac_sha256_base64(secret.expose().as_bytes(), policy.as_bytes())
}

/// The value of `x-oss-signature` of version 4 for a policy in Base64.
pub fn sign_v4(policy: &str, key: &SigningKey) -> String {
    key.sign(policy)
}

pub(crate) fn read<'a>(request: &Signable<'a>) -> Result<Option<Claim<'a>>, Malformed> {
    let Some(form) = request.form else {
        return Ok(None);
    };
    let signed =
        field(form, POLICY).is_some() || OWN.iter().any(|name| field(form, name).is_some());
    if !signed {
        return Ok(None);
    }
    let claim = match field(form, VERSION) {
        None => read_plain(form, Version::V1, KEY_ID, SIGNATURE),
        Some(oss_v2::ALGORITHM) => read_plain(form, Version::V2, KEY_ID_2, SIGNATURE_4),
        Some(oss_v4::ALGORITHM) => read_v4(form),
        Some(value) => Err(Malformed::UnsupportedSignatureVersion {
            value: value.to_owned(),
        }),
    };
    claim.map(Some)
}

fn need<'a>(form: &'a Query, name: &'static str) -> Result<&'a str, Malformed> {
    match field(form, name) {
        None => Err(Malformed::MissingFormField { name }),
        Some("") => Err(Malformed::EmptyFormField { name }),
        Some(value) => Ok(value),
    }
}

fn read_plain<'a>(
    form: &'a Query,
    version: Version,
    id: &'static str,
    signature: &'static str,
) -> Result<Claim<'a>, Malformed> {
    let id = need(form, id)?;
    need(form, POLICY)?;
    let signature = need(form, signature)?;
    Ok(claim(form, version, id.into(), signature, None))
}

fn read_v4(form: &Query) -> Result<Claim<'_>, Malformed> {
    let (id, scope) = read_credential(need(form, CREDENTIAL)?, Placement::Form)?;
    need(form, POLICY)?;
    let signature = need(form, SIGNATURE_4)?;
    let date = need(form, DATE)?;
    let signed_at = time::iso_basic(date).ok_or_else(|| Malformed::BadDate {
        value: date.to_owned(),
    })?;
    same_day(&scope, signed_at, Placement::Form)?;
    Ok(claim(form, Version::V4, id, signature, Some(scope)))
}

fn claim<'a>(
    form: &'a Query,
    version: Version,
    access_key_id: Cow<'a, str>,
    signature: &'a str,
    scope: Option<Scope>,
) -> Claim<'a> {
    let token = field(form, TOKEN).filter(|token| !token.is_empty());
    Claim {
        scheme: Scheme::OssPost,
        placement: Placement::Form,
        access_key_id,
        security_token: token.map(Cow::Borrowed),
        timing: Timing::Unbounded,
        nonce: None,
        scope,
        signature: signature.into(),
        material: Material::OssPost(version),
    }
}

pub(crate) fn verify(
    provided: &str,
    version: Version,
    secret: &Secret,
    scope: Option<&Scope>,
    request: &Signable<'_>,
) -> Result<(), Mismatch> {
    let policy = request.form.and_then(|form| field(form, POLICY));
    let signature = policy.and_then(|policy| match version {
        Version::V1 => Some(sign_v1(policy, secret)),
        Version::V2 => Some(sign_v2(policy, secret)),
        Version::V4 => {
            let key = SigningKey::derive(secret, scope?.clone());
            Some(sign_v4(policy, &key))
        }
    });
    match signature {
        Some(signature) if mac::same(&signature, provided) => Ok(()),
        _ => Err(Mismatch::new(
            provided,
            policy.unwrap_or_default().to_owned(),
        )),
    }
}
