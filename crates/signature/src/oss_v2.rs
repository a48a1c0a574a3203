//! OSS V2, `OSS2`: HMAC-SHA256 over the lines of V1, with every parameter of the query and further headers by name.
//! In the `Authorization` header or in the URL.
//!
//! Sources: oss2 2.19.1 `ProviderAuthV2`; the error code pages 0002-00000101 to 0002-00000119 of OSS. The vendor's
//! guides no longer describe the scheme, its clients still have it.
//!
//! Parameters and headers are signed as they are. The one deviation is a parameter whose value is empty: the clients
//! write a bare name, whatever is on the wire, and so does this. Of a repeated parameter every occurrence is signed.

use std::borrow::Cow;

use crate::claim::{Authorization, Material};
use crate::credential::{self, Items};
use crate::oss_v1::{Stamps, dated, token_of_header, token_of_url};
use crate::oss_v4::{VERSION, need};
use crate::{
    Claim, Malformed, Mismatch, Placement, Query, Scheme, Secret, Signable, Timing, encode, mac,
};

/// The scheme's name, in the header and in the URL.
pub const ALGORITHM: &str = "OSS2";

const KEY_ID: &str = "x-oss-access-key-id";
const EXPIRES: &str = "x-oss-expires";
const ADDITIONAL: &str = "x-oss-additional-headers";
const SIGNATURE: &str = "x-oss-signature";
const TOKEN: &str = "security-token";

/// The value of the `Authorization` header for a request that has its other headers, a date among them. `additional`
/// names the headers that are signed besides `content-type`, `content-md5` and `x-oss-*`.
pub fn sign(
    request: &Signable<'_>,
    access_key_id: &str,
    secret: &Secret,
    additional: &[&str],
) -> String {
    let names = credential::sorted(additional.iter().map(|name| name.to_ascii_lowercase()));
    let date = Stamps::of(request).date.unwrap_or_default();
    let signature = signature(secret, &compose(request, &date, &names));
    let additional = match names.is_empty() {
        true => String::new(),
        false => format!("AdditionalHeaders:{},", names.join(";")),
    };
    format!("{ALGORITHM} AccessKeyId:{access_key_id},{additional}Signature:{signature}")
}

/// The parameters that a URL needs besides its own to be good until `expires`, in seconds since the epoch. A security
/// token goes into the request's query beforehand, as `security-token`.
pub fn presign(
    request: &Signable<'_>,
    access_key_id: &str,
    secret: &Secret,
    additional: &[&str],
    expires: i64,
) -> Vec<(&'static str, String)> {
    let names = credential::sorted(additional.iter().map(|name| name.to_ascii_lowercase()));
    let expires = expires.to_string();
    let mut parameters = vec![
        (VERSION, ALGORITHM.to_owned()),
        (EXPIRES, expires.clone()),
        (KEY_ID, access_key_id.to_owned()),
    ];
    if !names.is_empty() {
        parameters.push((ADDITIONAL, names.join(";")));
    }
    let mut query = request.query.clone();
    for (name, value) in &parameters {
        query.push(name, value);
    }
    let query = &query;
    let text = compose(&Signable { query, ..*request }, &expires, &names);
    parameters.push((SIGNATURE, signature(secret, &text)));
    parameters
}

/// The string to sign. `date` is the date line: `x-oss-date`, else `Date`, and in a signed URL the value of
/// `x-oss-expires`; `additional` as for [`sign`].
pub fn string_to_sign(request: &Signable<'_>, date: &str, additional: &[&str]) -> String {
    let names = credential::sorted(additional.iter().map(|name| name.to_ascii_lowercase()));
    compose(request, date, &names)
}

fn signature(secret: &Secret, string_to_sign: &str) -> String {
    mac::hmac_sha256_base64(secret.expose().as_bytes(), string_to_sign.as_bytes())
}

/// Whether the URL carries a V2 signature.
pub(crate) fn is_signed_url(query: &Query) -> bool {
    query.first(VERSION) == Some(ALGORITHM) && query.has(SIGNATURE)
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
        _ => Ok(None),
    }
}

fn read_header<'a>(request: &Signable<'a>, list: &'a str) -> Result<Claim<'a>, Malformed> {
    let items = Items::parse(
        list,
        ':',
        &["AccessKeyId", "AdditionalHeaders", "Signature"],
    )?;
    let id = items.need("AccessKeyId")?;
    let signature = items.need("Signature")?;
    // An empty list is refused, a missing one is not (EC 0002-00000110).
    if items.get("AdditionalHeaders") == Some("") {
        let name = "AdditionalHeaders";
        return Err(Malformed::MissingAuthorizationItem { name });
    }
    let additional = items.get("AdditionalHeaders").unwrap_or_default();
    let Stamps { token, date } = Stamps::of(request);
    let security_token = token_of_header(token, request, TOKEN)?;
    let (date, timing) = dated(date)?;
    let claim = claim(Placement::Header, id, signature, timing, date, additional);
    Ok(Claim {
        security_token,
        ..claim
    })
}

fn read_url<'a>(request: &Signable<'a>) -> Result<Claim<'a>, Malformed> {
    let need = |name| need(request.query, name);
    let (id, signature, expires) = (need(KEY_ID)?, need(SIGNATURE)?, need(EXPIRES)?);
    let timing = Timing::until(expires)?;
    let security_token = token_of_url(request, TOKEN)?;
    let additional = request.query.first(ADDITIONAL).unwrap_or_default();
    let date = expires.into();
    let claim = claim(Placement::Query, id, signature, timing, date, additional);
    Ok(Claim {
        security_token,
        ..claim
    })
}

fn claim<'a>(
    placement: Placement,
    id: &'a str,
    signature: &'a str,
    timing: Timing,
    date: Cow<'a, str>,
    additional: &str,
) -> Claim<'a> {
    Claim {
        scheme: Scheme::OssV2,
        placement,
        access_key_id: id.into(),
        security_token: None,
        timing,
        nonce: None,
        scope: None,
        signature: signature.into(),
        material: Material::OssV2 {
            date,
            additional: credential::sorted(credential::header_names(additional)),
        },
    }
}

pub(crate) fn verify(
    provided: &str,
    date: &str,
    additional: &[String],
    secret: &Secret,
    request: &Signable<'_>,
) -> Result<(), Mismatch> {
    let string_to_sign = compose(request, date, additional);
    if mac::same(&signature(secret, &string_to_sign), provided) {
        return Ok(());
    }
    Err(Mismatch::new(provided, string_to_sign))
}

/// Method, MD5, type and date; the signed headers; the names of the additional ones; the resource.
fn compose(request: &Signable<'_>, date: &str, additional: &[String]) -> String {
    let mut text = String::with_capacity(512);
    text.push_str(request.method);
    for name in ["content-md5", "content-type"] {
        text.push('\n');
        text.push_str(&request.header(name).unwrap_or_default());
    }
    text.push('\n');
    text.push_str(date);
    text.push('\n');
    request.push_headers(&mut text, |name| {
        name.starts_with("x-oss-") || additional.iter().any(|one| one == name)
    });
    text.push_str(&additional.join(";"));
    text.push('\n');
    push_resource(&mut text, request);
    text
}

/// The whole of `/bucket/key` in one piece, its slashes encoded, and all parameters but the signature itself, sorted
/// by their encoded names.
fn push_resource(text: &mut String, request: &Signable<'_>) {
    let mut path = String::new();
    request.push_resource(&mut path, String::push_str);
    encode::push_component(text, &path);
    let mut pairs: Vec<_> = request
        .query
        .iter()
        .filter(|pair| pair.name != SIGNATURE)
        .map(|pair| (encode::component(pair.name), encode::component(pair.value)))
        .collect();
    pairs.sort_unstable();
    let mut separator = '?';
    for (name, value) in &pairs {
        text.push(separator);
        text.push_str(name);
        if !value.is_empty() {
            text.push('=');
            text.push_str(value);
        }
        separator = '&';
    }
}
