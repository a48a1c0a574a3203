//! ROA V1, `Authorization: acs <id>:<signature>`: HMAC-SHA1 over five lines, the `x-acs-*` headers and the resource.
//! Function Compute's clients of 2021 sign that way.
//!
//! Sources: `roa_signature_composer` of `aliyun-python-sdk-core` 2.16.1 and the ROA signer of `alibabacloud_tea_openapi`,
//! which agree but for parameters without a value: the first writes `name=`, the second a bare name. Both are tried.

use std::borrow::Cow;

use crate::claim::Material;
use crate::{Claim, Malformed, Mismatch, Placement, Query, Scheme, Secret, Signable, Timing};
use crate::{mac, time};

const SCHEME: &str = "acs";

/// The value of the `Authorization` header for a request that has its other headers.
pub fn sign(request: &Signable<'_>, access_key_id: &str, secret: &Secret) -> String {
    let signature = signature(secret, &string_to_sign(request));
    format!("{SCHEME} {access_key_id}:{signature}")
}

/// The string to sign, parameters without a value as bare names.
pub fn string_to_sign(request: &Signable<'_>) -> String {
    compose(request, Empty::Bare)
}

fn signature(secret: &Secret, string_to_sign: &str) -> String {
    secret.hmac_sha1().feed(string_to_sign.as_bytes()).base64()
}

pub(crate) fn read(request: &Signable<'_>) -> Result<Option<Claim<'static>>, Malformed> {
    let Some((id, signature)) = credential(request, SCHEME)? else {
        return Ok(None);
    };
    let owned = |name| request.filled_header(name).map(|value| value.into_owned());
    for (name, expected) in [
        ("x-acs-signature-method", "HMAC-SHA1"),
        ("x-acs-signature-version", "1.0"),
    ] {
        match owned(name) {
            None => return Err(Malformed::MissingHeader { name }),
            Some(value) if value == expected => {}
            Some(value) if name == "x-acs-signature-method" => {
                return Err(Malformed::BadSignatureMethod { value });
            }
            Some(value) => return Err(Malformed::BadSignatureVersion { value }),
        }
    }
    let name = "date";
    let date = owned(name).ok_or(Malformed::MissingHeader { name })?;
    let signed_at = time::rfc1123(&date).ok_or(Malformed::BadTimestamp { value: date })?;
    Ok(Some(Claim {
        scheme: Scheme::RoaV1,
        placement: Placement::Header,
        access_key_id: id.into(),
        security_token: owned("x-acs-security-token").map(Cow::Owned),
        timing: Timing::SignedAt(signed_at),
        nonce: owned("x-acs-signature-nonce").map(Cow::Owned),
        scope: None,
        signature: signature.into(),
        material: Material::RoaV1,
    }))
}

/// `id:signature` behind a scheme's name. A header of another kind is not this scheme's; next to a second one it is
/// refused.
pub(crate) fn credential(
    request: &Signable<'_>,
    scheme: &str,
) -> Result<Option<(String, String)>, Malformed> {
    let values = request.headers.get_all(http::header::AUTHORIZATION);
    let several = values.iter().nth(1).is_some();
    let of_scheme = values.iter().map(crate::signable::text).find_map(|value| {
        let (name, rest) = value.split_once(char::is_whitespace)?;
        (name == scheme).then(|| rest.trim().to_owned())
    });
    let Some(rest) = of_scheme else {
        return Ok(None);
    };
    if several {
        return Err(Malformed::RepeatedAuthorization);
    }
    match rest.split_once(':') {
        Some((id, signature)) if !id.is_empty() && !signature.is_empty() => {
            Ok(Some((id.to_owned(), signature.to_owned())))
        }
        _ => Err(Malformed::AuthorizationIncomplete),
    }
}

pub(crate) fn verify(
    provided: &str,
    secret: &Secret,
    request: &Signable<'_>,
) -> Result<(), Mismatch> {
    for empty in [Empty::Bare, Empty::Equals] {
        if mac::same(&signature(secret, &compose(request, empty)), provided) {
            return Ok(());
        }
    }
    Err(Mismatch::new(provided, string_to_sign(request)))
}

/// What becomes of parameters without a value.
#[derive(Clone, Copy, PartialEq)]
enum Empty {
    Bare,
    Equals,
}

fn compose(request: &Signable<'_>, empty: Empty) -> String {
    let mut text = String::with_capacity(512);
    text.push_str(request.method);
    text.push('\n');
    for name in ["accept", "content-md5", "content-type", "date"] {
        text.push_str(&request.header(name).unwrap_or_default());
        text.push('\n');
    }
    request.push_headers(&mut text, |name| name.starts_with("x-acs-"));
    text.push_str(match request.path {
        "" => "/",
        path => path,
    });
    push_query(&mut text, request.query, empty);
    text
}

/// The decoded parameters, sorted.
fn push_query(text: &mut String, query: &Query, empty: Empty) {
    let pairs = query.iter();
    let mut pairs: Vec<_> = pairs.map(|pair| (pair.name, pair.value)).collect();
    pairs.sort_unstable();
    let mut separator = '?';
    for (name, value) in pairs {
        text.push(separator);
        text.push_str(name);
        if !value.is_empty() || empty == Empty::Equals {
            text.push('=');
            text.push_str(value);
        }
        separator = '&';
    }
}
