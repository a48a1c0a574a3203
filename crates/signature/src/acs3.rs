//! `ACS3-HMAC-SHA256`, the signature V3 of RPC and ROA requests: HMAC-SHA256 with the bare secret over a canonical
//! request, in the `Authorization` header.
//!
//! Sources: "V3 request structure and signature" of the SDK documents; `alibabacloud_tea_openapi` 0.4.6; the sample for
//! HTTP triggers of Function Compute.
//!
//! # What is tried when the strict request does not match
//!
//! * The clients encode the values of the query, but not its names. This matters only for names that need encoding.
//! * `gateway_fc_util` 0.0.5 does not sort the query.
//! * HTTP triggers are signed without `x-acs-content-sha256`, with the hash of an empty body or, as the documents' sample
//!   does it, with nothing at all where the hash stands and `$` in the path written `%24`. That is accepted for
//!   [`Payload::Streamed`] alone, because it leaves the body unsigned.
//!
//! That is at most eight canonical requests.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::claim::Material;
use crate::credential::{self, Items};
use crate::{
    Claim, Malformed, Mismatch, Pair, Payload, Placement, Scheme, Secret, Signable, Timing, encode,
    mac, signable, time,
};

/// The algorithm's name.
pub const ALGORITHM: &str = "ACS3-HMAC-SHA256";

const FAMILY: &str = "ACS3-";
const CONTENT_SHA256: &str = "x-acs-content-sha256";

/// The value of the `Authorization` header for a request that has its other headers.
pub fn sign(
    request: &Signable<'_>,
    access_key_id: &str,
    secret: &Secret,
    signed_headers: &[&str],
) -> String {
    let names = names(signed_headers);
    let canonical = compose(request, &names, &payload_hash(request), Form::STRICT);
    let signature = signature(secret, &string_to_sign(&canonical));
    format!(
        "{ALGORITHM} Credential={access_key_id},SignedHeaders={},Signature={signature}",
        names.join(";")
    )
}

/// The value of `x-acs-content-sha256` for a body, which the client sends and signs.
pub fn content_sha256(body: &[u8]) -> String {
    mac::sha256_hex(body)
}

/// The canonical request over these headers.
pub fn canonical_request(request: &Signable<'_>, signed_headers: &[&str]) -> String {
    compose(
        request,
        &names(signed_headers),
        &payload_hash(request),
        Form::STRICT,
    )
}

/// The string to sign.
pub fn string_to_sign(canonical_request: &str) -> String {
    format!(
        "{ALGORITHM}\n{}",
        mac::sha256_hex(canonical_request.as_bytes())
    )
}

pub(crate) fn signature(secret: &Secret, string_to_sign: &str) -> String {
    mac::hex(&mac::hmac_sha256(
        &[secret.expose().as_bytes()],
        string_to_sign.as_bytes(),
    ))
}

fn names(signed_headers: &[&str]) -> Vec<String> {
    let mut names: Vec<_> = signed_headers
        .iter()
        .map(|name| name.to_ascii_lowercase())
        .collect();
    names.sort_unstable();
    names
}

/// The hash of the body that is here, or the one that the client declares for a body that is not.
fn payload_hash(request: &Signable<'_>) -> String {
    match request.payload {
        Payload::Bytes(bytes) => mac::sha256_hex(bytes),
        Payload::Streamed => match request.filled_header(CONTENT_SHA256) {
            Some(declared) => declared.into_owned(),
            None => mac::hex(&Sha256::digest(b"")),
        },
    }
}

pub(crate) fn read(request: &Signable<'_>) -> Result<Option<Claim<'static>>, Malformed> {
    let Some(authorization) = authorization(request)? else {
        return Ok(None);
    };
    let (algorithm, list) = authorization
        .split_once(char::is_whitespace)
        .unwrap_or((&authorization, ""));
    if algorithm != ALGORITHM {
        return Err(Malformed::UnsupportedAlgorithm {
            algorithm: algorithm.to_owned(),
        });
    }
    let items = Items::parse(list, '=', &["Credential", "SignedHeaders", "Signature"])?;
    let access_key_id = items.need("Credential")?.to_owned().into();
    let signed_headers: Vec<_> = credential::header_names(items.need("SignedHeaders")?).collect();
    let signature = items.need("Signature")?.to_owned();
    refuse_unsigned(request, &signed_headers)?;
    let owned = |name| request.filled_header(name).map(|value| value.into_owned());
    let date = owned("x-acs-date").ok_or(Malformed::MissingHeader { name: "x-acs-date" })?;
    let signed_at = time::iso_extended(&date).ok_or(Malformed::BadTimestamp { value: date })?;
    Ok(Some(Claim {
        scheme: Scheme::Acs3,
        placement: Placement::Header,
        access_key_id,
        security_token: owned("x-acs-security-token").map(Cow::Owned),
        timing: Timing::SignedAt(signed_at),
        nonce: owned("x-acs-signature-nonce").map(Cow::Owned),
        scope: None,
        signature: signature.into(),
        material: Material::Acs3 {
            signed_headers,
            content_sha256: owned(CONTENT_SHA256),
        },
    }))
}

/// The header's value, if it is of this family. Next to a second one it is refused, whichever comes first.
fn authorization<'a>(request: &Signable<'a>) -> Result<Option<Cow<'a, str>>, Malformed> {
    let values = request.headers.get_all(http::header::AUTHORIZATION);
    let several = values.iter().nth(1).is_some();
    match values
        .iter()
        .map(signable::text)
        .find(|value| value.starts_with(FAMILY))
    {
        Some(_) if several => Err(Malformed::RepeatedAuthorization),
        found => Ok(found),
    }
}

/// The documents want every `x-acs-*` header signed that is there; else date and nonce could be exchanged.
fn refuse_unsigned(request: &Signable<'_>, signed_headers: &[String]) -> Result<(), Malformed> {
    let mut names = request
        .headers
        .keys()
        .map(|name| name.as_str())
        .filter(|name| name.starts_with("x-acs-"));
    match names.find(|name| !signed_headers.iter().any(|signed| signed == name)) {
        Some(name) => Err(Malformed::UnsignedHeader {
            name: name.to_owned(),
        }),
        None => Ok(()),
    }
}

pub(crate) fn verify(
    provided: &str,
    signed_headers: &[String],
    secret: &Secret,
    request: &Signable<'_>,
) -> Result<(), Mismatch> {
    let hash = payload_hash(request);
    let declared = request.filled_header(CONTENT_SHA256);
    let honest = declared.is_none_or(|declared| mac::same(&hash, &declared));
    for form in Form::forms(request).filter(|_| honest) {
        let canonical = compose(request, signed_headers, &hash, form);
        if mac::same(&signature(secret, &string_to_sign(&canonical)), provided) {
            return Ok(());
        }
    }
    let canonical = compose(request, signed_headers, &hash, Form::STRICT);
    let string_to_sign = string_to_sign(&canonical);
    Err(Mismatch {
        provided: provided.to_owned(),
        string_to_sign,
        canonical_request: Some(canonical),
    })
}

/// How a client writes the query.
#[derive(Clone, Copy)]
struct Form {
    raw_names: bool,
    unsorted: bool,
    unhashed: bool,
}

impl Form {
    const STRICT: Form = Form {
        raw_names: false,
        unsorted: false,
        unhashed: false,
    };

    /// The strict form, and those in which this request would look different.
    fn forms(request: &Signable<'_>) -> impl Iterator<Item = Form> {
        let names = || request.query.iter().map(|pair| pair.name);
        let odd_names = names().any(|name| encode::component(name) != name);
        let unsorted = !names().is_sorted();
        let streamed = matches!(request.payload, Payload::Streamed);
        let undeclared = streamed && request.filled_header(CONTENT_SHA256).is_none();
        let choices = [(false, false), (true, false), (false, true), (true, true)];
        let choices = choices
            .into_iter()
            .filter(move |(raw, wire)| (odd_names || !raw) && (unsorted || !wire));
        choices.flat_map(move |(raw_names, unsorted)| {
            let form = move |unhashed| Form {
                raw_names,
                unsorted,
                unhashed,
            };
            [false, true]
                .into_iter()
                .filter(move |unhashed| undeclared || !unhashed)
                .map(form)
        })
    }
}

fn compose(
    request: &Signable<'_>,
    signed_headers: &[String],
    payload_hash: &str,
    form: Form,
) -> String {
    let mut text = String::with_capacity(512);
    text.push_str(request.method);
    text.push('\n');
    match request.path {
        "" => text.push('/'),
        path if form.unhashed => text.push_str(&path.replace('$', "%24")),
        path => text.push_str(path),
    }
    text.push('\n');
    push_query(&mut text, request.query.iter(), form);
    text.push('\n');
    push_headers(&mut text, request, signed_headers);
    text.push('\n');
    text.push_str(&signed_headers.join(";"));
    text.push('\n');
    if !form.unhashed {
        text.push_str(payload_hash);
    }
    text
}

fn push_query<'a>(text: &mut String, pairs: impl Iterator<Item = Pair<'a>>, form: Form) {
    let name = |pair: &Pair<'_>| {
        if form.raw_names {
            pair.name.to_owned()
        } else {
            encode::component(pair.name)
        }
    };
    let mut pairs: Vec<_> = pairs
        .map(|pair| (name(&pair), encode::component(pair.value)))
        .collect();
    if !form.unsorted {
        pairs.sort_unstable();
    }
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
}

/// One line per signed header, sorted by name.
fn push_headers(text: &mut String, request: &Signable<'_>, signed_headers: &[String]) {
    let mut names: Vec<&str> = signed_headers.iter().map(String::as_str).collect();
    names.sort_unstable();
    for name in names {
        text.push_str(name);
        text.push(':');
        push_sorted_header(text, request, name);
        text.push('\n');
    }
}

/// Several values of one header are sorted and joined with commas.
fn push_sorted_header(text: &mut String, request: &Signable<'_>, name: &str) {
    let mut values: Vec<_> = request
        .headers
        .get_all(name)
        .iter()
        .map(signable::text)
        .collect();
    values.sort_unstable();
    text.push_str(&values.join(","));
}
