//! Documents that clients send.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use gateway::{Body, BodyError, Fault, Head};

use crate::fault;
use crate::headers::CONTENT_MD5;
use crate::xml_in::shape::{self, Shape};
use crate::xml_in::{self, Element};

/// A bucket's configuration is never larger, in bytes.
const CONFIG: usize = 64 << 10;

/// The whole body, if it has at most `limit` bytes and is what its `Content-MD5` says, where there is one.
///
/// Errors: `MalformedXML` for a body that is too large, `InvalidDigest`, and what a broken connection gives.
pub(crate) async fn read(head: &Head, body: Body, limit: usize) -> Result<Bytes, Fault> {
    read_or(head, body, limit, || {
        fault::malformed_xml(&format!("the document has more than {limit} bytes."))
    })
    .await
}

/// The same, with another error for a body that is too large.
pub(crate) async fn read_or(
    head: &Head,
    body: Body,
    limit: usize,
    too_large: impl FnOnce() -> Fault,
) -> Result<Bytes, Fault> {
    let document = body.collect(limit).await.map_err(|error| match error {
        BodyError::TooLarge { .. } => too_large(),
        other => fault::body(&other),
    })?;
    if let Some(value) = head.headers.get(CONTENT_MD5) {
        let stated = STANDARD.decode(value.as_bytes());
        if stated.is_ok_and(|stated| stated == fast_md5::digest(&document)) {
            return Ok(document);
        }
        let shown = String::from_utf8_lossy(value.as_bytes());
        return Err(fault::invalid_digest(&shown));
    }
    Ok(document)
}

/// The body as an XML document with this root: what configures a bucket.
///
/// Errors: those of [`read`]; `MalformedXML` for what is no such document.
pub(crate) async fn config(head: &Head, body: Body, root: &str) -> Result<Element, Fault> {
    let document = read(head, body, CONFIG).await?;
    xml_in::rooted(&document, root).map_err(|bad| fault::malformed_xml(&bad.0))
}

/// The same, of a document with these elements and no others.
pub(crate) async fn shaped(
    head: &Head,
    body: Body,
    root: &str,
    inside: &[Shape],
) -> Result<Element, Fault> {
    let document = config(head, body, root).await?;
    shape::check(&document, inside).map_err(|bad| fault::malformed_xml(&bad.0))?;
    Ok(document)
}
