//! OSS V4: HMAC-SHA256 over a canonical request, with a key derived for a day, a region and a product.
//!
//! Sources: "V4 signatures in headers" and "in URLs" of the OSS documents; the error code pages 0002-000002xx; oss2
//! 2.19.1 `auth.py`, the V4 signers of Python v2 and Go v2, `signUtils.js` of ali-oss, `getSignedStrV4` of Go v1.
//!
//! # What is tried when the strict request does not match
//!
//! * A parameter whose value is empty is signed as a bare name; ali-oss signs `name=` for an empty string, but the bare
//!   name for a sub-resource, and sends both as `name=`.
//! * C++ clients leave out headers without a value.
//!
//! That is at most six canonical requests. Of a repeated parameter every occurrence is signed; Go v2 signs the last
//! one several times, which leaves the others open to change and is therefore not accepted.

mod canonical;

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use zeroize::Zeroizing;

use crate::claim::{Authorization, Material};
use crate::credential::{self, Items, sorted};
use crate::oss_v1::{Stamps, token_of_header, token_of_url};
use crate::{
    Claim, Malformed, Mismatch, Placement, Query, Scheme, Scope, Secret, Signable, Timing, mac,
    time,
};
use canonical::Form;

/// The algorithm's name.
pub const ALGORITHM: &str = "OSS4-HMAC-SHA256";
/// The longest time a signed URL may be good for: seven days, in seconds.
pub const MAX_EXPIRES: u32 = 604_800;

const SUFFIX: &str = "aliyun_v4_request";
pub(crate) const VERSION: &str = "x-oss-signature-version";
const CREDENTIAL: &str = "x-oss-credential";
const DATE: &str = "x-oss-date";
const EXPIRES: &str = "x-oss-expires";
const ADDITIONAL: &str = "x-oss-additional-headers";
const TOKEN: &str = "x-oss-security-token";
const SIGNATURE: &str = "x-oss-signature";

/// A key derived from a secret for one scope. It can be kept for as long as the scope's day lasts.
#[derive(Clone, Debug)]
pub struct SigningKey {
    scope: Scope,
    key: Secret32,
}

#[derive(Clone)]
struct Secret32(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for Secret32 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl SigningKey {
    /// Derives the key: four HMACs, one for each part of the scope and one for its end.
    pub fn derive(secret: &Secret, scope: Scope) -> Self {
        let date = mac::hmac_sha256(
            &[b"aliyun_v4", secret.expose().as_bytes()],
            scope.date.as_bytes(),
        );
        let region = mac::hmac_sha256(&[&date], scope.region.as_bytes());
        let product = mac::hmac_sha256(&[&region], scope.product.as_bytes());
        let key = Secret32(Zeroizing::new(mac::hmac_sha256(
            &[&product],
            SUFFIX.as_bytes(),
        )));
        Self { scope, key }
    }

    /// What the key is good for.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The signature of a string to sign, in lower-case hex.
    pub fn sign(&self, string_to_sign: &str) -> String {
        mac::hex(&mac::hmac_sha256(
            &[&*self.key.0],
            string_to_sign.as_bytes(),
        ))
    }
}

/// The value of the `Authorization` header for a request that has its other headers, `x-oss-date` or `Date` among them.
pub fn sign(
    request: &Signable<'_>,
    access_key_id: &str,
    key: &SigningKey,
    additional: &[&str],
) -> String {
    let timestamp = Stamps::of(request).date.unwrap_or_default();
    let canonical = canonical_request(request, additional);
    let signature = key.sign(&string_to_sign(&timestamp, &key.scope, &canonical));
    let names = names(additional).join(";");
    let additional = if names.is_empty() {
        names
    } else {
        format!("AdditionalHeaders={names},")
    };
    format!(
        "{ALGORITHM} Credential={access_key_id}/{},{additional}Signature={signature}",
        key.scope
    )
}

/// The parameters that a URL needs besides its own to be good for `seconds` from `from` on. A security token goes into
/// the request's query beforehand, as `x-oss-security-token`.
pub fn presign(
    request: &Signable<'_>,
    access_key_id: &str,
    key: &SigningKey,
    additional: &[&str],
    from: DateTime<Utc>,
    seconds: u32,
) -> Vec<(&'static str, String)> {
    let timestamp = from.format("%Y%m%dT%H%M%SZ").to_string();
    let mut parameters = vec![
        (VERSION, ALGORITHM.to_owned()),
        (CREDENTIAL, format!("{access_key_id}/{}", key.scope)),
        (DATE, timestamp.clone()),
        (EXPIRES, seconds.to_string()),
    ];
    if !additional.is_empty() {
        parameters.push((ADDITIONAL, names(additional).join(";")));
    }
    let mut query = request.query.clone();
    parameters
        .iter()
        .for_each(|(name, value)| query.push(name, value));
    let canonical = canonical_request(
        &Signable {
            query: &query,
            ..*request
        },
        additional,
    );
    parameters.push((
        SIGNATURE,
        key.sign(&string_to_sign(&timestamp, &key.scope, &canonical)),
    ));
    parameters
}

/// The canonical request; `additional` names the headers that are signed besides `content-type`, `content-md5` and
/// `x-oss-*`.
pub fn canonical_request(request: &Signable<'_>, additional: &[&str]) -> String {
    canonical::request(request, &names(additional), Form::STRICT)
}

/// The string to sign; `timestamp` is `x-oss-date`, or the text of `Date` where that is missing.
pub fn string_to_sign(timestamp: &str, scope: &Scope, canonical_request: &str) -> String {
    format!(
        "{ALGORITHM}\n{timestamp}\n{scope}\n{}",
        mac::sha256_hex(canonical_request.as_bytes())
    )
}

fn names(additional: &[&str]) -> Vec<String> {
    sorted(additional.iter().map(|name| name.to_ascii_lowercase()))
}

/// Whether the URL carries a V4 signature.
pub(crate) fn is_signed_url(query: &Query) -> bool {
    query.has(VERSION) && query.has(SIGNATURE)
}

pub(crate) fn read<'a>(
    request: &Signable<'a>,
    authorization: Option<Authorization<'a>>,
) -> Result<Option<Claim<'a>>, Malformed> {
    if let Some(Authorization { scheme, rest }) = authorization {
        return if scheme == ALGORITHM {
            read_header(request, rest).map(Some)
        } else {
            Ok(None)
        };
    }
    match request.query.first(VERSION) {
        Some(ALGORITHM) => read_url(request).map(Some),
        Some(_) => Ok(None),
        None if request.query.has(CREDENTIAL) || request.query.has(SIGNATURE) => {
            Err(Malformed::MissingUrlParameter { name: VERSION })
        }
        None => Ok(None),
    }
}

fn read_header<'a>(request: &Signable<'a>, list: &'a str) -> Result<Claim<'a>, Malformed> {
    let items = Items::parse(list, '=', &["Credential", "AdditionalHeaders", "Signature"])?;
    let (access_key_id, scope) = read_credential(items.need("Credential")?, Placement::Header)?;
    let signature = items.need("Signature")?.into();
    let additional = sorted(credential::header_names(
        items.get("AdditionalHeaders").unwrap_or_default(),
    ));
    let Stamps { token, date } = Stamps::of(request);
    let security_token = token_of_header(token, request, TOKEN)?;
    let timestamp = date.ok_or(Malformed::MissingDate)?.into_owned();
    let signed_at = time::iso_basic(&timestamp).or_else(|| rfc1123_of_date(request, &timestamp));
    let signed_at = signed_at.ok_or_else(|| Malformed::BadDate {
        value: timestamp.clone(),
    })?;
    same_day(&scope, signed_at, Placement::Header)?;
    Ok(Claim {
        scheme: Scheme::OssV4,
        placement: Placement::Header,
        access_key_id,
        security_token,
        timing: Timing::SignedAt(signed_at),
        nonce: None,
        scope: Some(scope),
        signature,
        material: Material::OssV4 {
            timestamp,
            additional,
        },
    })
}

/// Go v1 signs with the text of `Date`; in `x-oss-date` that form is not accepted.
fn rfc1123_of_date(request: &Signable<'_>, timestamp: &str) -> Option<DateTime<Utc>> {
    if request.filled_header(DATE).is_some() {
        None
    } else {
        time::rfc1123(timestamp)
    }
}

fn read_url<'a>(request: &Signable<'a>) -> Result<Claim<'a>, Malformed> {
    let credential = need(request.query, CREDENTIAL)?;
    let signature = need(request.query, SIGNATURE)?.into();
    let (access_key_id, scope) = read_credential(credential, Placement::Query)?;
    let timestamp = need(request.query, DATE)?.to_owned();
    let from = time::iso_basic(&timestamp).ok_or_else(|| Malformed::BadDate {
        value: timestamp.clone(),
    })?;
    let seconds = read_expires(need(request.query, EXPIRES)?)?;
    same_day(&scope, from, Placement::Query)?;
    let security_token = token_of_url(request, TOKEN)?;
    let additional = sorted(credential::header_names(
        request.query.first(ADDITIONAL).unwrap_or_default(),
    ));
    Ok(Claim {
        scheme: Scheme::OssV4,
        placement: Placement::Query,
        access_key_id,
        security_token,
        timing: Timing::Window { from, seconds },
        nonce: None,
        scope: Some(scope),
        signature,
        material: Material::OssV4 {
            timestamp,
            additional,
        },
    })
}

/// A parameter of a signed URL, which must not be empty.
pub(crate) fn need<'a>(query: &'a Query, name: &'static str) -> Result<&'a str, Malformed> {
    match query.first(name) {
        None => Err(Malformed::MissingUrlParameter { name }),
        Some("") => Err(Malformed::EmptyUrlParameter { name }),
        Some(value) => Ok(value),
    }
}

fn read_expires(value: &str) -> Result<u32, Malformed> {
    let seconds = Some(value).filter(|value| value.bytes().all(|byte| byte.is_ascii_digit()));
    let seconds = seconds
        .and_then(|value| value.parse().ok())
        .filter(|seconds| (1..=MAX_EXPIRES).contains(seconds));
    seconds.ok_or_else(|| Malformed::BadExpires {
        value: value.to_owned(),
    })
}

/// Reads `id/date/region/product/aliyun_v4_request`; the end is looked at before the date (EC 0002-00000224). An empty
/// region is a wrong one, which the caller refuses.
pub(crate) fn read_credential(
    credential: &str,
    placement: Placement,
) -> Result<(Cow<'_, str>, Scope), Malformed> {
    let parts: Vec<_> = credential.split('/').collect();
    let [id, date, region, product, suffix] = parts.as_slice() else {
        return Err(Malformed::CredentialSyntax {
            placement,
            value: credential.to_owned(),
        });
    };
    let value = |text: &str| text.to_owned();
    if *suffix != SUFFIX {
        return Err(Malformed::CredentialSuffix {
            placement,
            value: value(suffix),
        });
    }
    if time::compact_date(date).is_none() {
        return Err(Malformed::CredentialDate {
            placement,
            value: value(date),
        });
    }
    if !matches!(*product, "oss" | "oss-cloudbox") {
        return Err(Malformed::CredentialProduct {
            placement,
            value: value(product),
        });
    }
    if id.is_empty() {
        return Err(Malformed::CredentialSyntax {
            placement,
            value: value(credential),
        });
    }
    Ok((
        Cow::Borrowed(id),
        Scope {
            date: value(date),
            region: value(region),
            product: value(product),
        },
    ))
}

pub(crate) fn same_day(
    scope: &Scope,
    time: DateTime<Utc>,
    placement: Placement,
) -> Result<(), Malformed> {
    if time::compact_date(&scope.date) == Some(time.date_naive()) {
        return Ok(());
    }
    Err(Malformed::CredentialDateMismatch {
        placement,
        value: scope.date.clone(),
    })
}

pub(crate) fn verify(
    provided: &str,
    timestamp: &str,
    additional: &[String],
    key: &SigningKey,
    request: &Signable<'_>,
) -> Result<(), Mismatch> {
    for form in Form::forms(request) {
        let canonical = canonical::request(request, additional, form);
        if mac::same(
            &key.sign(&string_to_sign(timestamp, &key.scope, &canonical)),
            provided,
        ) {
            return Ok(());
        }
    }
    let canonical = canonical::request(request, additional, Form::STRICT);
    let string_to_sign = string_to_sign(timestamp, &key.scope, &canonical);
    Err(Mismatch {
        provided: provided.to_owned(),
        string_to_sign,
        canonical_request: Some(canonical),
    })
}
