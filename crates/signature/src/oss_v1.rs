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

use std::borrow::Cow;

use crate::claim::{Authorization, Material};
use crate::{
    Claim, Malformed, Mismatch, Placement, Query, Scheme, Secret, Signable, Timing, signable, time,
};
pub use subresources::is_always_signed;
use subresources::{Habit, Signed};

/// How many ambiguous parameters of one request are tried without.
pub const MAX_AMBIGUOUS: usize = 8;

const KEY_ID: &str = "OSSAccessKeyId";
const EXPIRES: &str = "Expires";
const SIGNATURE: &str = "Signature";
const TOKEN: &str = "security-token";

/// The value of the `Authorization` header for a request that has its other headers, a date among them.
pub fn sign(request: &Signable<'_>, access_key_id: &str, secret: &Secret) -> String {
    let date = Stamps::of(request).date.unwrap_or_default();
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

pub(crate) fn read<'a>(
    request: &Signable<'a>,
    authorization: Option<Authorization<'a>>,
) -> Result<Option<Claim<'a>>, Malformed> {
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

fn read_header<'a>(request: &Signable<'a>, credential: &'a str) -> Result<Claim<'a>, Malformed> {
    let (id, signature) = items(credential)?;
    let Stamps { token, date } = Stamps::of(request);
    let security_token = token_of_header(token, request, TOKEN)?;
    let (date, timing) = dated(date)?;
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

/// The key's id and the signature, with one colon between them and no blank anywhere.
fn items(credential: &str) -> Result<(&str, &str), Malformed> {
    let (mut colon, mut plain) = (None, true);
    for (at, byte) in credential.bytes().enumerate() {
        match byte {
            b':' if colon.is_some() => return Err(Malformed::AuthorizationItems),
            b':' => colon = Some(at),
            byte => plain &= byte.is_ascii_graphic(),
        }
    }
    if !plain && credential.contains(char::is_whitespace) {
        return Err(Malformed::AuthorizationItems);
    }
    let halves = colon.and_then(|at| Some((credential.get(..at)?, credential.get(at + 1..)?)));
    halves
        .filter(|(id, signature)| !id.is_empty() && !signature.is_empty())
        .ok_or(Malformed::AuthorizationIncomplete)
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
    let security_token = token_of_url(request, TOKEN)?;
    let timing = Timing::until(expires)?;
    let material = Material::OssV1 {
        date: expires.into(),
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

fn claim<'a>(
    placement: Placement,
    id: &'a str,
    security_token: Option<Cow<'a, str>>,
    timing: Timing,
    signature: &'a str,
    material: Material<'a>,
) -> Claim<'a> {
    Claim {
        scheme: Scheme::OssV1,
        placement,
        access_key_id: id.into(),
        security_token,
        timing,
        nonce: None,
        scope: None,
        signature: signature.into(),
        material,
    }
}

/// What the headers of a request to OSS say besides the signature; an empty one says nothing.
pub(crate) struct Stamps<'a> {
    /// The security token.
    pub(crate) token: Option<Cow<'a, str>>,
    /// The text that is signed as the date.
    pub(crate) date: Option<Cow<'a, str>>,
}

impl<'a> Stamps<'a> {
    /// Python v2 sends the token in a header that is not signed.
    pub(crate) fn of(request: &Signable<'a>) -> Self {
        let (mut token, mut foreign, mut oss_date, mut date) = (None, None, None, None);
        // Most requests have few headers, and one walk over them costs less than hashing four names.
        for (name, value) in request.headers {
            let place = match name.as_str() {
                "x-oss-security-token" => &mut token,
                TOKEN => &mut foreign,
                "x-oss-date" => &mut oss_date,
                "date" => &mut date,
                _ => continue,
            };
            place.get_or_insert(value);
        }
        let filled =
            |value: Option<&'a _>| value.map(signable::text).filter(|value| !value.is_empty());
        Self {
            token: filled(token).or_else(|| filled(foreign)),
            date: filled(oss_date).or_else(|| filled(date)),
        }
    }
}

/// The date of a request signed in its header: the text that is signed, and what it says.
pub(crate) fn dated(date: Option<Cow<'_, str>>) -> Result<(Cow<'_, str>, Timing), Malformed> {
    let date = date.ok_or(Malformed::MissingDate)?;
    let signed_at = time::rfc1123(&date).or_else(|| time::iso_basic(&date));
    match signed_at {
        Some(signed_at) => Ok((date, Timing::SignedAt(signed_at))),
        None => Err(Malformed::BadDate {
            value: date.into_owned(),
        }),
    }
}

/// The token of a request signed in its header, which may have it there or in the URL under this name.
pub(crate) fn token_of_header<'a>(
    token: Option<Cow<'a, str>>,
    request: &Signable<'a>,
    name: &str,
) -> Result<Option<Cow<'a, str>>, Malformed> {
    match (token, url_token(request, name)) {
        (Some(_), Some(_)) => Err(Malformed::TokenInHeaderAndUrl),
        (header, query) => Ok(header.or(query)),
    }
}

/// The token of a request signed in its URL, where it has to be in the URL, too.
pub(crate) fn token_of_url<'a>(
    request: &Signable<'a>,
    name: &str,
) -> Result<Option<Cow<'a, str>>, Malformed> {
    match (Stamps::of(request).token, url_token(request, name)) {
        (Some(_), Some(_)) => Err(Malformed::TokenInHeaderAndUrl),
        (Some(_), None) => Err(Malformed::TokenOutsideUrl),
        (None, token) => Ok(token),
    }
}

/// The token in the URL; an empty one is none, as in a header.
fn url_token<'a>(request: &Signable<'a>, name: &str) -> Option<Cow<'a, str>> {
    let token = request.query.first(name).filter(|token| !token.is_empty());
    token.map(Cow::Borrowed)
}

pub(crate) fn verify(
    provided: &str,
    date: &str,
    secret: &Secret,
    request: &Signable<'_>,
) -> Result<(), Mismatch> {
    let strict = string_to_sign(request, date);
    if secret.hmac_sha1().feed(strict.as_bytes()).is(provided) {
        return Ok(());
    }
    let key = secret.hmac_sha1();
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
    let (mut md5, mut kind, mut others) = (None, None, false);
    for (name, value) in request.headers {
        match name.as_str() {
            "content-md5" => _ = md5.get_or_insert(value),
            "content-type" => _ = kind.get_or_insert(value),
            name => others |= is_signed(name),
        }
    }
    for value in [md5, kind] {
        text.push('\n');
        text.push_str(&value.map(signable::text).unwrap_or_default());
    }
    text.push('\n');
    text.push_str(date);
    text.push('\n');
    if others {
        request.push_headers(&mut text, |name| {
            is_signed(name) && (blank == Blank::Kept || !request.is_blank(name))
        });
    }
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
