//! OSS V1: HMAC-SHA1 over five lines and a resource, in the `Authorization` header or in the URL.
//!
//! Sources: "Add signatures to the header" and "Add signatures to a URL" of the OSS documents; oss2 2.19.1 `auth.py`;
//! the Java SDK's `SignUtils`; the V1 signers of Go v2 and Python v2.
//!
//! # What is tried when the strict string does not match
//!
//! * A parameter whose value is empty is signed as a bare name; the Java SDK signs `name=` if that is on the wire.
//! * The clients' lists of signed parameters differ. Each parameter on which they do is left out in turn, and then all
//!   of them at once; [`MAX_AMBIGUOUS`] of them are considered.
//! * C++ clients leave out `x-oss-` headers without a value.
//! * OpenDAL (reqsign-aliyun-oss 3.2) signs the path of a bucket as it sends it, `/bucket` without the slash behind it.
//!
//! That is at most `2 × 2 × 2 × (2 + MAX_AMBIGUOUS)` strings, however the request looks; most requests have one.

pub(crate) mod subresources;

use http::HeaderName;

use crate::claim::{Authorization, Material};
use crate::{Claim, Malformed, Mismatch, Placement, Query, Scheme, Secret, Signable, Timing, time};
pub use subresources::is_always_signed;
use subresources::{Habit, Signed};

/// How many ambiguous parameters of one request are tried without.
pub const MAX_AMBIGUOUS: usize = 8;

const KEY_ID: &str = "OSSAccessKeyId";
const EXPIRES: &str = "Expires";
const SIGNATURE: &str = "Signature";
const TOKEN: &str = "security-token";
const FOREIGN_TOKEN: HeaderName = HeaderName::from_static(TOKEN);
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-oss-security-token");
const OSS_DATE: HeaderName = HeaderName::from_static("x-oss-date");
const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

/// The value of the `Authorization` header for a request that has its other headers, a date among them.
pub fn sign(request: &Signable<'_>, access_key_id: &str, secret: &Secret) -> String {
    let date = date_header(request).unwrap_or_default();
    let signature = signature(secret, &string_to_sign(request, &date));
    format!("OSS {access_key_id}:{signature}")
}

/// The parameters that a URL needs besides its own to be good until `expires`, in seconds since the epoch. A security
/// token goes into the request's query beforehand.
pub fn presign(
    request: &Signable<'_>,
    access_key_id: &str,
    secret: &Secret,
    expires: i64,
) -> [(&'static str, String); 3] {
    let expires = expires.to_string();
    let signature = signature(secret, &string_to_sign(request, &expires));
    [
        (KEY_ID, access_key_id.to_owned()),
        (EXPIRES, expires),
        (SIGNATURE, signature),
    ]
}

/// The string to sign. `date` is the date line: `x-oss-date`, else `Date`, and in a signed URL the value of `Expires`.
pub fn string_to_sign(request: &Signable<'_>, date: &str) -> String {
    let mut text = head(request, date, Blank::Kept);
    push_parameters(
        &mut text,
        &subresources::signed(request.query),
        Empty::Bare,
        &Omit::None,
    );
    text
}

pub(crate) fn signature(secret: &Secret, string_to_sign: &str) -> String {
    let mac = secret.hmac_sha1().feed(string_to_sign.as_bytes());
    mac.base64()
}

/// Whether all three parameters of a signed URL are there.
pub(crate) fn is_signed_url(query: &Query) -> bool {
    [KEY_ID, EXPIRES, SIGNATURE]
        .iter()
        .all(|name| query.has(name))
}

pub(crate) fn read(
    request: &Signable<'_>,
    authorization: Option<Authorization<'_>>,
) -> Result<Option<Claim>, Malformed> {
    if let Some(Authorization { scheme, rest }) = authorization {
        return if scheme == "OSS" {
            read_header(request, rest.trim()).map(Some)
        } else {
            Ok(None)
        };
    }
    match [KEY_ID, EXPIRES, SIGNATURE].map(|name| request.query.first(name)) {
        [None, None, None] => Ok(None),
        [Some(id), Some(expires), Some(signature)] => {
            read_url(request, id, expires, signature).map(Some)
        }
        _ => Err(Malformed::IncompleteUrlTrio),
    }
}

fn read_header(request: &Signable<'_>, credential: &str) -> Result<Claim, Malformed> {
    let colons = credential.bytes().filter(|byte| *byte == b':').count();
    let plain = credential.bytes().all(|byte| byte.is_ascii_graphic());
    if (!plain && credential.contains(char::is_whitespace)) || colons > 1 {
        return Err(Malformed::AuthorizationItems);
    }
    let (id, signature) = credential
        .split_once(':')
        .ok_or(Malformed::AuthorizationIncomplete)?;
    if id.is_empty() || signature.is_empty() {
        return Err(Malformed::AuthorizationIncomplete);
    }
    let security_token = token_of_header(request, TOKEN)?;
    let (date, timing) = dated(request)?;
    let material = Material::OssV1 { date };
    Ok(claim(
        Placement::Header,
        id,
        security_token,
        timing,
        signature,
        material,
    ))
}

fn read_url(
    request: &Signable<'_>,
    id: &str,
    expires: &str,
    signature: &str,
) -> Result<Claim, Malformed> {
    if id.is_empty() || signature.is_empty() {
        return Err(Malformed::IncompleteUrlTrio);
    }
    let security_token = token_of_url(request, TOKEN)?;
    let timing = Timing::until(expires)?;
    let material = Material::OssV1 {
        date: expires.to_owned(),
    };
    Ok(claim(
        Placement::Query,
        id,
        security_token,
        timing,
        signature,
        material,
    ))
}

fn claim(
    placement: Placement,
    id: &str,
    security_token: Option<String>,
    timing: Timing,
    signature: &str,
    material: Material,
) -> Claim {
    let (access_key_id, signature) = (id.to_owned(), signature.to_owned());
    let scheme = Scheme::OssV1;
    Claim {
        scheme,
        placement,
        access_key_id,
        security_token,
        timing,
        nonce: None,
        scope: None,
        signature,
        material,
    }
}

/// The date of a request signed in its header: the text that is signed, and what it says.
pub(crate) fn dated(request: &Signable<'_>) -> Result<(String, Timing), Malformed> {
    let date = date_header(request).ok_or(Malformed::MissingDate)?;
    let signed_at = time::rfc1123(&date).or_else(|| time::iso_basic(&date));
    match signed_at {
        Some(signed_at) => Ok((date, Timing::SignedAt(signed_at))),
        None => Err(Malformed::BadDate { value: date }),
    }
}

/// The token of a request signed in its header; `name` is what it is called in the URL. Python v2 sends it in a header
/// that is not signed.
pub(crate) fn token_of_header(
    request: &Signable<'_>,
    name: &str,
) -> Result<Option<String>, Malformed> {
    match (header_token(request), url_token(request, name)) {
        (Some(_), Some(_)) => Err(Malformed::TokenInHeaderAndUrl),
        (header, query) => Ok(header.or(query)),
    }
}

/// The token of a request signed in its URL, where it has to be in the URL, too.
pub(crate) fn token_of_url(
    request: &Signable<'_>,
    name: &str,
) -> Result<Option<String>, Malformed> {
    match (header_token(request), url_token(request, name)) {
        (Some(_), Some(_)) => Err(Malformed::TokenInHeaderAndUrl),
        (Some(_), None) => Err(Malformed::TokenOutsideUrl),
        (None, token) => Ok(token),
    }
}

/// The token in the URL; an empty one is none, as in a header.
fn url_token(request: &Signable<'_>, name: &str) -> Option<String> {
    let token = request.query.first(name).filter(|token| !token.is_empty());
    token.map(str::to_owned)
}

fn header_token(request: &Signable<'_>) -> Option<String> {
    let token = request
        .filled_header(SECURITY_TOKEN)
        .or_else(|| request.filled_header(FOREIGN_TOKEN));
    token.map(|token| token.into_owned())
}

pub(crate) fn date_header(request: &Signable<'_>) -> Option<String> {
    let date = request
        .filled_header(OSS_DATE)
        .or_else(|| request.filled_header(http::header::DATE));
    date.map(|date| date.into_owned())
}

pub(crate) fn verify(
    provided: &str,
    date: &str,
    secret: &Secret,
    request: &Signable<'_>,
) -> Result<(), Mismatch> {
    let strict = string_to_sign(request, date);
    let key = secret.hmac_sha1();
    if key.clone().feed(strict.as_bytes()).is(provided) {
        return Ok(());
    }
    let signed = subresources::signed(request.query);
    let mut text = String::new();
    for head in heads(request, date) {
        let fed = key.clone().feed(head.as_bytes());
        for empty in Empty::forms(&signed) {
            for omit in Omit::forms(&signed) {
                text.clear();
                push_parameters(&mut text, &signed, empty, &omit);
                if fed.clone().feed(text.as_bytes()).is(provided) {
                    return Ok(());
                }
            }
        }
    }
    Err(Mismatch::new(provided, strict))
}

/// Everything that some client may have signed before the parameters, the strict form first.
fn heads<'a>(request: &'a Signable<'_>, date: &'a str) -> impl Iterator<Item = String> + 'a {
    let slashes = [true, false]
        .into_iter()
        .take(if request.is_bare_bucket() { 2 } else { 1 });
    slashes.flat_map(move |slash| {
        Blank::forms(request).map(move |blank| {
            let mut text = head(request, date, blank);
            if !slash {
                text.pop();
            }
            text
        })
    })
}

/// Everything up to the resource, the parameters excluded.
fn head(request: &Signable<'_>, date: &str, blank: Blank) -> String {
    let mut text = String::with_capacity(256);
    text.push_str(request.method);
    for name in [CONTENT_MD5, http::header::CONTENT_TYPE] {
        text.push('\n');
        text.push_str(&request.header(name).unwrap_or_default());
    }
    text.push('\n');
    text.push_str(date);
    text.push('\n');
    request.push_headers(&mut text, |name| {
        is_signed(name) && (blank == Blank::Kept || !request.is_blank(name))
    });
    request.push_resource(&mut text, String::push_str);
    text
}

fn is_signed(header: &str) -> bool {
    header.starts_with("x-oss-")
}

fn push_parameters(text: &mut String, signed: &[Signed<'_>], empty: Empty, omit: &Omit<'_>) {
    let mut separator = '?';
    for one in signed.iter().filter(|one| omit.keeps(one)) {
        text.push(separator);
        text.push_str(one.name);
        if !one.value.is_empty() || (empty == Empty::AsSent && one.empty) {
            text.push('=');
            text.push_str(one.value);
        }
        separator = '&';
    }
}

/// What becomes of `x-oss-` headers without a value.
#[derive(Clone, Copy, PartialEq)]
enum Blank {
    Kept,
    Dropped,
}

impl Blank {
    fn forms(request: &Signable<'_>) -> impl Iterator<Item = Blank> {
        let mut names = request.headers.keys().map(|name| name.as_str());
        let dropped = names.any(|name| is_signed(name) && request.is_blank(name));
        [Some(Blank::Kept), dropped.then_some(Blank::Dropped)]
            .into_iter()
            .flatten()
    }
}

/// What becomes of parameters without a value.
#[derive(Clone, Copy, PartialEq)]
enum Empty {
    Bare,
    AsSent,
}

impl Empty {
    fn forms(signed: &[Signed<'_>]) -> impl Iterator<Item = Empty> {
        let as_sent = signed.iter().any(|one| one.empty);
        [Some(Empty::Bare), as_sent.then_some(Empty::AsSent)]
            .into_iter()
            .flatten()
    }
}

/// Which ambiguous parameters are left out.
enum Omit<'a> {
    None,
    One(&'a str),
    All,
}

impl<'a> Omit<'a> {
    fn forms(signed: &[Signed<'a>]) -> impl Iterator<Item = Omit<'a>> {
        let ambiguous = signed
            .iter()
            .filter(|one| one.habit == Habit::Ambiguous)
            .map(|one| one.name);
        let names: Vec<_> = ambiguous.take(MAX_AMBIGUOUS).collect();
        let all = (names.len() > 1).then_some(Omit::All);
        std::iter::once(Omit::None)
            .chain(names.into_iter().map(Omit::One))
            .chain(all)
    }

    fn keeps(&self, one: &Signed<'_>) -> bool {
        match self {
            Omit::None => true,
            Omit::One(name) => one.name != *name,
            Omit::All => one.habit == Habit::Firm,
        }
    }
}
