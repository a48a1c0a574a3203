//! Reading bodies.

use bytes::Bytes;
use gateway::{Body, BodyError, Call, Fault, Head};
use http::header::AUTHORIZATION;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::settings::Fields;
use crate::{Fc, fault};

/// The header that says what was signed of the body.
pub(crate) const CONTENT_SHA256: &str = "x-acs-content-sha256";
/// The largest body that brings code, in bytes: Base64 included (spec/fc.md §1.9).
pub(crate) const WITH_CODE: usize = 100 << 20;
/// The largest body that brings none, in bytes.
pub(crate) const WITHOUT_CODE: usize = 1 << 20;

/// The whole body. The signature covers a digest of it, which is compared now that all of it is here.
///
/// # Errors
///
/// `EntityTooLarge`, `SignatureNotMatch`, `InvalidArgument` if it ends early.
pub(crate) async fn whole(call: &mut Call<Fc>, limit: usize) -> Result<Bytes, Fault> {
    let body = std::mem::replace(&mut call.body, Body::from_bytes(Bytes::new()));
    let bytes = body.collect(limit).await.map_err(|error| match error {
        BodyError::TooLarge { limit } => fault::entity_too_large(limit),
        BodyError::Incomplete(_) | BodyError::Silent => fault::incomplete_body().because(error),
    })?;
    let honest = signed_digest(&call.head).is_none_or(|signed| is_digest(signed, &bytes));
    match honest || call.is_unchecked() {
        true => Ok(bytes),
        false => Err(fault::signature_not_match()),
    }
}

/// The digest of the body that a signature covers; `None` where the scheme covers none. Who says nothing has signed the
/// digest of nothing.
fn signed_digest(head: &Head) -> Option<&str> {
    const OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let authorization = head.header(AUTHORIZATION)?;
    let covers = authorization.starts_with("ACS3-");
    covers.then(|| head.header(CONTENT_SHA256).unwrap_or(OF_NOTHING))
}

fn is_digest(declared: &str, bytes: &[u8]) -> bool {
    let digest = Sha256::digest(bytes);
    let hex = digest.iter().flat_map(|b| [b >> 4, b & 15]);
    let hex = hex.map(|digit| b"0123456789abcdef"[usize::from(digit)]);
    hex.eq(declared.bytes().map(|b| b.to_ascii_lowercase()))
}

/// The JSON object of the body.
///
/// # Errors
///
/// Those of [`whole`]; `InvalidArgument` for anything but an object.
pub(crate) async fn object(call: &mut Call<Fc>, limit: usize) -> Result<Fields, Fault> {
    parse(&whole(call, limit).await?)
}

/// The JSON object that these bytes are.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn parse(bytes: &[u8]) -> Result<Fields, Fault> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(fault::invalid_argument("the body must be a JSON object")),
        Err(error) => Err(fault::invalid_argument(format!(
            "the body is not valid JSON: {error}"
        ))),
    }
}
