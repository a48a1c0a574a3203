//! RPC with `SignatureVersion=1.0`: HMAC-SHA1 over the parameters of the query and the form, as one set.
//!
//! Source: "Signature mechanism" of the RAM and STS documents; `getRPCSignature` of the tea clients.
//!
//! # What is tried when the strict string does not match
//!
//! The Python credentials client (1.0.12) and ossutil v1 write a blank as `+` where the rule says `%20`. If a parameter
//! has a blank, that string is tried as well.

use std::borrow::Cow;

use crate::claim::Material;
use crate::mac::{self, HmacSha1};
use crate::{
    Claim, Malformed, Mismatch, Pair, Placement, Scheme, Secret, Signable, Timing, encode, time,
};

const SIGNATURE: &str = "Signature";
const METHOD: &str = "HMAC-SHA1";
const VERSION: &str = "1.0";

/// The value of `Signature` for a request that has all its other parameters.
pub fn sign(request: &Signable<'_>, secret: &Secret) -> String {
    signature(secret, &string_to_sign(request))
}

/// The string to sign.
pub fn string_to_sign(request: &Signable<'_>) -> String {
    compose(request, encode::push_twice)
}

pub(crate) fn signature(secret: &Secret, string_to_sign: &str) -> String {
    HmacSha1::new(&[secret.expose().as_bytes(), b"&"])
        .feed(string_to_sign.as_bytes())
        .base64()
}

/// The parameters are encoded, joined and encoded again, in one go: `push` does it to a name or a value.
fn compose(request: &Signable<'_>, push: fn(&mut String, &str)) -> String {
    let mut pairs: Vec<_> = signed(request).collect();
    pairs.sort_by_key(|pair| pair.name);
    let form = request.form.map_or(0, |form| form.raw().len());
    let mut text = String::with_capacity(2 * (request.query.raw().len() + form));
    text.push_str(request.method);
    text.push_str("&%2F&");
    join(&mut text, pairs, push, ["%3D", "%26"]);
    text
}

/// The parameters as they are encoded again for the string to sign, in the order of the wire.
pub(crate) fn unsorted(request: &Signable<'_>) -> String {
    let mut text = String::new();
    join(
        &mut text,
        signed(request),
        encode::push_component,
        ["=", "&"],
    );
    text
}

fn join<'a>(
    text: &mut String,
    pairs: impl IntoIterator<Item = Pair<'a>>,
    push: fn(&mut String, &str),
    [equals, and]: [&str; 2],
) {
    for (index, pair) in pairs.into_iter().enumerate() {
        if index > 0 {
            text.push_str(and);
        }
        push(text, pair.name);
        text.push_str(equals);
        push(text, pair.value);
    }
}

/// All parameters but the signature itself.
fn signed<'a>(request: &Signable<'a>) -> impl Iterator<Item = Pair<'a>> {
    let form = request.form.into_iter().flat_map(|form| form.iter());
    let all = request.query.iter().chain(form);
    all.filter(|pair| pair.name != SIGNATURE)
}

fn first<'a>(request: &Signable<'a>, name: &str) -> Option<&'a str> {
    request
        .query
        .first(name)
        .or_else(|| request.form.and_then(|form| form.first(name)))
}

/// A request without any of these is not signed this way: the anonymous actions of STS send a nonce and a timestamp.
fn is_signed(request: &Signable<'_>) -> bool {
    let named = |name| first(request, name).is_some();
    named(SIGNATURE)
        || named("AccessKeyId")
        || named("BearerToken")
        || signature_type(request).is_some()
}

fn signature_type<'a>(request: &Signable<'a>) -> Option<&'a str> {
    first(request, "SignatureType").filter(|value| !value.is_empty())
}

pub(crate) fn read<'a>(request: &Signable<'a>) -> Result<Option<Claim<'a>>, Malformed> {
    if !is_signed(request) {
        return Ok(None);
    }
    if let Some(value) = signature_type(request) {
        return Err(Malformed::BadSignatureType {
            value: value.to_owned(),
        });
    }
    let access_key_id = need(request, "AccessKeyId")?.into();
    let signature = need(request, SIGNATURE)?.into();
    let method = need(request, "SignatureMethod")?;
    let version = need(request, "SignatureVersion")?;
    let nonce = need(request, "SignatureNonce")?.into();
    let timestamp = need(request, "Timestamp")?;
    if method != METHOD {
        return Err(Malformed::BadSignatureMethod {
            value: method.to_owned(),
        });
    }
    if version != VERSION {
        return Err(Malformed::BadSignatureVersion {
            value: version.to_owned(),
        });
    }
    let signed_at = time::iso_extended(timestamp);
    let signed_at = signed_at.ok_or_else(|| Malformed::BadTimestamp {
        value: timestamp.to_owned(),
    })?;
    let security_token = first(request, "SecurityToken")
        .filter(|token| !token.is_empty())
        .map(Cow::Borrowed);
    Ok(Some(Claim {
        scheme: Scheme::RpcV1,
        placement: if request.query.has(SIGNATURE) {
            Placement::Query
        } else {
            Placement::Form
        },
        access_key_id,
        security_token,
        timing: Timing::SignedAt(signed_at),
        nonce: Some(nonce),
        scope: None,
        signature,
        material: Material::RpcV1,
    }))
}

fn need<'a>(request: &Signable<'a>, name: &'static str) -> Result<&'a str, Malformed> {
    first(request, name)
        .filter(|value| !value.is_empty())
        .ok_or(Malformed::MissingParameter { name })
}

pub(crate) fn verify(
    provided: &str,
    secret: &Secret,
    request: &Signable<'_>,
) -> Result<(), Mismatch> {
    let strict = string_to_sign(request);
    if mac::same(&signature(secret, &strict), provided) {
        return Ok(());
    }
    let blanks = signed(request).any(|pair| pair.name.contains(' ') || pair.value.contains(' '));
    if blanks {
        let other = compose(request, encode::push_form_twice);
        if mac::same(&signature(secret, &other), provided) {
            return Ok(());
        }
    }
    Err(Mismatch::new(provided, strict))
}
