//! The first signature of Function Compute, `Authorization: FC <id>:<signature>`: HMAC-SHA256 over four lines, the
//! `x-fc-*` headers and the resource. Its own clients of version 2016-08-15 and its HTTP triggers use it, the latter in
//! the URL, too.
//!
//! Sources: `auth.py` of `fc2` 2.5.2, and the notes on it in the specification's digest.
//!
//! # The two forms of the resource
//!
//! Requests to the API sign the decoded path alone. HTTP triggers ([`is_trigger`], or a host of theirs) sign the path, a
//! line break, and the decoded parameters, sorted, one a line; a signed URL leaves its own signature out. `Content-MD5`
//! is a label that clients fill as they like.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::claim::Material;
use crate::roa_v1::credential;
use crate::{Claim, Malformed, Mismatch, Placement, Query, Scheme, Secret, Signable, Timing};
use crate::{mac, time};

const SCHEME: &str = "FC";
const KEY_ID: &str = "x-fc-access-key-id";
const EXPIRES: &str = "x-fc-expires";
const SIGNATURE: &str = "x-fc-signature";
const TOKEN: &str = "x-fc-security-token";

/// Whether a path is that of an HTTP trigger, whose query is signed.
pub fn is_trigger(path: &str) -> bool {
    let versions = ["/2016-08-15/proxy/", "/2021-04-06/proxy/"];
    let rest = versions
        .iter()
        .find_map(|version| path.strip_prefix(version));
    rest.is_some_and(|rest| rest.contains('/'))
}

/// Whether a request is for an HTTP trigger, by its path or by its host.
fn is_for_trigger(request: &Signable<'_>) -> bool {
    let host = request.header("host").unwrap_or_default();
    let host = host.to_ascii_lowercase();
    let name = host.split(':').next().unwrap_or_default();
    is_trigger(request.path) || name.ends_with(".fcapp.run") || name.contains(".fcapp.run.")
}

/// The value of the `Authorization` header for a request that has its other headers.
pub fn sign(request: &Signable<'_>, access_key_id: &str, secret: &Secret) -> String {
    let date = request.header("date").unwrap_or_default();
    let signature = signature(secret, &string_to_sign(request, &date));
    format!("{SCHEME} {access_key_id}:{signature}")
}

/// The parameters that the URL of an HTTP trigger needs besides its own to be good until `expires`, in seconds since
/// the epoch. A security token goes into the request's query beforehand, as `x-fc-security-token`.
pub fn presign(
    request: &Signable<'_>,
    access_key_id: &str,
    secret: &Secret,
    expires: i64,
) -> [(&'static str, String); 3] {
    let expires = expires.to_string();
    let mut query = request.query.clone();
    query.push(KEY_ID, access_key_id);
    query.push(EXPIRES, &expires);
    let query = &query;
    let text = string_to_sign(&Signable { query, ..*request }, &expires);
    [
        (KEY_ID, access_key_id.to_owned()),
        (EXPIRES, expires),
        (SIGNATURE, signature(secret, &text)),
    ]
}

fn signature(secret: &Secret, string_to_sign: &str) -> String {
    mac::hmac_sha256_base64(secret.expose().as_bytes(), string_to_sign.as_bytes())
}

pub(crate) fn read<'a>(request: &Signable<'a>) -> Result<Option<Claim<'a>>, Malformed> {
    if let Some((id, signature)) = credential(request, SCHEME)? {
        return read_header(request, id, signature).map(Some);
    }
    match [KEY_ID, EXPIRES, SIGNATURE].map(|name| request.query.first(name)) {
        [_, _, None] => Ok(None),
        [Some(id), Some(expires), Some(signature)] if is_for_trigger(request) => {
            read_url(request, id, expires, signature).map(Some)
        }
        _ => Err(Malformed::IncompleteUrlTrio),
    }
}

fn read_header(
    request: &Signable<'_>,
    id: String,
    signature: String,
) -> Result<Claim<'static>, Malformed> {
    let owned = |name| request.filled_header(name).map(|value| value.into_owned());
    let name = "date";
    let date = owned(name).ok_or(Malformed::MissingHeader { name })?;
    let signed_at = time::rfc1123(&date).ok_or_else(|| Malformed::BadTimestamp {
        value: date.clone(),
    })?;
    Ok(Claim {
        scheme: Scheme::FcV1,
        placement: Placement::Header,
        access_key_id: id.into(),
        security_token: owned(TOKEN).map(Cow::Owned),
        timing: Timing::SignedAt(signed_at),
        nonce: None,
        scope: None,
        signature: signature.into(),
        material: Material::FcV1 { date },
    })
}

fn read_url<'a>(
    request: &Signable<'a>,
    id: &'a str,
    expires: &'a str,
    signature: &'a str,
) -> Result<Claim<'a>, Malformed> {
    if id.is_empty() || signature.is_empty() {
        return Err(Malformed::IncompleteUrlTrio);
    }
    let timing = Timing::until(expires)?;
    let token = request.query.first(TOKEN).filter(|token| !token.is_empty());
    Ok(Claim {
        scheme: Scheme::FcV1,
        placement: Placement::Query,
        access_key_id: id.into(),
        security_token: token.map(Cow::Borrowed),
        timing,
        nonce: None,
        scope: None,
        signature: signature.into(),
        material: Material::FcV1 {
            date: expires.to_owned(),
        },
    })
}

pub(crate) fn verify(
    provided: &str,
    date: &str,
    secret: &Secret,
    request: &Signable<'_>,
) -> Result<(), Mismatch> {
    let string_to_sign = string_to_sign(request, date);
    if mac::same(&signature(secret, &string_to_sign), provided) {
        return Ok(());
    }
    Err(Mismatch::new(provided, string_to_sign))
}

/// The string to sign. `date` is the date line: `Date`, and in a signed URL the value of `x-fc-expires`.
pub fn string_to_sign(request: &Signable<'_>, date: &str) -> String {
    let mut text = String::with_capacity(512);
    text.push_str(request.method);
    for name in ["content-md5", "content-type"] {
        text.push('\n');
        text.push_str(&request.header(name).unwrap_or_default());
    }
    text.push('\n');
    text.push_str(date);
    text.push('\n');
    request.push_headers(&mut text, |name| name.starts_with("x-fc-"));
    text.push_str(&decoded(request.path));
    if is_for_trigger(request) {
        text.push('\n');
        text.push_str(&lines(request.query));
    }
    text
}

/// Bytes that are no UTF-8 stay encoded.
fn decoded(path: &str) -> Cow<'_, str> {
    let decoded = percent_decode_str(path).decode_utf8();
    decoded.unwrap_or(Cow::Borrowed(path))
}

fn lines(query: &Query) -> String {
    let pairs = query.iter().filter(|pair| pair.name != SIGNATURE);
    let mut lines: Vec<_> = pairs
        .map(|pair| match pair.bare {
            true => pair.name.to_owned(),
            false => format!("{}={}", pair.name, pair.value),
        })
        .collect();
    lines.sort_unstable();
    lines.join("\n")
}
