//! The headers of objects: metadata in and out, ranges, conditions, overrides.

mod conditions;
pub(crate) mod encryption;
pub mod range;
mod tagging;

use std::borrow::Cow;

use gateway::{Call, Fault, Head, Moment};
use http::header::{
    self, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE,
    EXPIRES, HeaderName,
};
use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::fault;
use crate::fault::multipart::NEXT_POSITION;
use crate::reply::Headers;
use crate::rows::{Metadata, Object, ObjectAcl, ObjectType, StorageClass, UserMeta, Value};
use crate::symlinks::Shown;
use crate::{Oss, Reply, render, restores, time};

pub(crate) use conditions::{COPY_SOURCE, Outcome, READ};
pub(crate) use encryption::{encryption, write_encryption};
pub(crate) use range::{Slice, slice};
pub(crate) use tagging::{TAGGING, tagging};

/// What user metadata is called.
const USER: &str = "x-oss-meta-";
/// The most bytes that names and values of an object's user metadata have together (EC page 0011-00000002).
const MAX_USER: usize = 8 * 1024;
/// What an object is of that says nothing else (§6.1).
const DEFAULT_TYPE: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// `x-oss-object-acl`.
pub(crate) const OBJECT_ACL: &str = "x-oss-object-acl";
/// `x-oss-storage-class`.
pub(crate) const STORAGE_CLASS: HeaderName = HeaderName::from_static(CLASS);
pub(crate) const CLASS: &str = "x-oss-storage-class";
/// `x-oss-forbid-overwrite`.
pub(crate) const FORBID_OVERWRITE: &str = "x-oss-forbid-overwrite";
/// `x-oss-hash-crc64ecma`.
pub(crate) const CRC64: HeaderName = HeaderName::from_static("x-oss-hash-crc64ecma");
/// `Content-MD5`.
pub(crate) const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");
pub(crate) const OBJECT_TYPE: HeaderName = HeaderName::from_static("x-oss-object-type");

/// A header that HTTP gives a meaning and that is stored with an object (§6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Stored {
    ContentType,
    CacheControl,
    ContentDisposition,
    ContentEncoding,
    ContentLanguage,
    Expires,
}

impl Stored {
    /// Every one, in the order of their numbers in rows.
    pub(crate) const ALL: [Self; 6] = [
        Self::ContentType,
        Self::CacheControl,
        Self::ContentDisposition,
        Self::ContentEncoding,
        Self::ContentLanguage,
        Self::Expires,
    ];

    /// The one that has this name.
    fn named(name: &HeaderName) -> Option<Self> {
        Some(match name.as_str() {
            "content-type" => Self::ContentType,
            "cache-control" => Self::CacheControl,
            "content-disposition" => Self::ContentDisposition,
            "content-encoding" => Self::ContentEncoding,
            "content-language" => Self::ContentLanguage,
            "expires" => Self::Expires,
            _ => return None,
        })
    }

    fn header(self) -> HeaderName {
        match self {
            Self::ContentType => CONTENT_TYPE,
            Self::CacheControl => CACHE_CONTROL,
            Self::ContentDisposition => CONTENT_DISPOSITION,
            Self::ContentEncoding => CONTENT_ENCODING,
            Self::ContentLanguage => CONTENT_LANGUAGE,
            Self::Expires => EXPIRES,
        }
    }

    /// The parameter of a read that overrides it (§7.3).
    fn parameter(self) -> &'static str {
        match self {
            Self::ContentType => "response-content-type",
            Self::CacheControl => "response-cache-control",
            Self::ContentDisposition => "response-content-disposition",
            Self::ContentEncoding => "response-content-encoding",
            Self::ContentLanguage => "response-content-language",
            Self::Expires => "response-expires",
        }
    }
}

/// What a request that makes an object says about it.
pub(crate) fn metadata(headers: &HeaderMap) -> Result<Metadata, Fault> {
    Ok(Metadata {
        system: system_metadata(headers),
        user: user_metadata(headers)?,
    })
}

/// In the order of their numbers. Of a repeated header the first counts.
fn system_metadata(headers: &HeaderMap) -> Vec<(Stored, Value)> {
    let mut system = Vec::new();
    for name in headers.keys() {
        if let Some(stored) = Stored::named(name)
            && let Some(value) = headers.get(name)
        {
            system.push((stored, value.as_bytes().into()));
        }
    }
    system.sort_unstable_by_key(|(stored, _)| *stored as u8);
    system
}

/// Repeated headers count as one with the values joined by commas, as they are signed.
fn user_metadata(headers: &HeaderMap) -> Result<Vec<UserMeta>, Fault> {
    let mut user = Vec::new();
    let mut size = 0;
    for name in headers.keys().map(HeaderName::as_str) {
        let Some(short) = name.strip_prefix(USER) else {
            continue;
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if short.is_empty() || !short.bytes().all(plain) {
            return Err(fault::metadata_name(name));
        }
        let values: Vec<_> = headers
            .get_all(name)
            .iter()
            .map(HeaderValue::as_bytes)
            .collect();
        let value = values.join(&b","[..]);
        size += name.len() + value.len();
        user.push((name.into(), Value(value.into())));
    }
    if size > MAX_USER {
        return Err(fault::metadata_too_large());
    }
    Ok(user)
}

/// Refuses an upload that does not say where it ends (§4.6).
pub(crate) fn check_sized(head: &Head) -> Result<(), Fault> {
    let sized = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING];
    match sized.iter().any(|name| head.headers.contains_key(name)) {
        true => Ok(()),
        false => Err(fault::missing_content_length()),
    }
}

/// `x-oss-object-acl`, if it is there.
pub(crate) fn object_acl(headers: &HeaderMap) -> Result<Option<ObjectAcl>, Fault> {
    let Some(name) = text(headers, const { HeaderName::from_static(OBJECT_ACL) }) else {
        return Ok(None);
    };
    let acl = ObjectAcl::parse(&name).ok_or_else(|| fault::invalid_acl(OBJECT_ACL, &name))?;
    Ok(Some(acl))
}

/// A header's text, if it is there. What is not UTF-8 in it is replaced, so that it never passes for no header.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<Cow<'_, str>> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()))
}

/// `x-oss-storage-class`, if it is there.
pub(crate) fn storage_class(headers: &HeaderMap) -> Result<Option<StorageClass>, Fault> {
    let Some(value) = text(headers, STORAGE_CLASS) else {
        return Ok(None);
    };
    let class = StorageClass::parse(&value);
    let class = class.ok_or_else(|| fault::invalid_storage_class(CLASS, &value))?;
    Ok(Some(class))
}

/// `x-oss-forbid-overwrite: true` (§6.4).
pub(crate) fn forbids_overwrite(headers: &HeaderMap) -> bool {
    const NAME: HeaderName = HeaderName::from_static(FORBID_OVERWRITE);
    text(headers, NAME).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// The ETag.
pub(crate) fn write_etag(object: &Object, into: &mut Headers) {
    match object.etag.quoted_md5() {
        Some(quoted) => into.write(header::ETAG, quoted),
        None => into.write(header::ETAG, object.etag()),
    }
}

/// What every read says: ETag, Last-Modified.
pub(crate) fn write_identity(object: &Object, into: &mut Headers) {
    write_etag(object, into);
    let modified = time::from_millis(object.modified);
    into.write(header::LAST_MODIFIED, time::http_date(modified));
}

/// The answer of GET and HEAD without a body: all that they say about an object (§7.9).
pub(crate) fn all(call: &Call<Oss>, object: &Shown<'_>) -> Reply {
    if let Some(hot) = object.hot() {
        return Reply::of(Headers::completed(hot.headers(), object.size));
    }
    let mut reply = Reply::ok();
    write_all(object, &mut reply.headers);
    if let Shown::Found(known) = object {
        call.service.hot.keep(known, |object| {
            let mut headers = Headers::default();
            write_all(object, &mut headers);
            render::complete(&headers, object.size)
        });
    }
    reply
}

fn write_all(object: &Object, into: &mut Headers) {
    write_identity(object, into);
    into.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    write_metadata(object, into);
    into.insert(OBJECT_TYPE, HeaderValue::from_static(object.type_name()));
    if object.kind == ObjectType::Appendable {
        into.write_number(NEXT_POSITION, object.size);
    }
    let class = object.storage_class.name();
    into.insert(STORAGE_CLASS, HeaderValue::from_static(class));
    write_digests(object, into);
    write_encryption(&object.extras, into);
}

/// How far the restoring of an archived object is (§7.7).
pub(crate) fn write_restore(object: &Object, now: &Moment, into: &mut Headers) {
    const RESTORE: HeaderName = HeaderName::from_static("x-oss-restore");
    if let Some(told) = restores::told(object, now.virtual_.timestamp_millis()) {
        into.write(RESTORE, told);
    }
}

/// What a client stored beside the bytes.
pub(crate) fn write_metadata(object: &Object, into: &mut Headers) {
    let shown = |value: &Value| HeaderValue::from_maybe_shared(value.0.clone()).ok();
    let is_type = |(stored, _): &&(Stored, Value)| *stored == Stored::ContentType;
    let system = object.metadata.system.iter();
    let kind = system.clone().find(is_type);
    let kind = kind.and_then(|(_, value)| shown(value));
    into.insert(CONTENT_TYPE, kind.unwrap_or(DEFAULT_TYPE));
    for (stored, value) in system.filter(|one| !is_type(one)) {
        if let Some(value) = shown(value) {
            into.insert(stored.header(), value);
        }
    }
    for (name, value) in &object.metadata.user {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Some(value)) = (name, shown(value)) {
            into.insert(name, value);
        }
    }
}

/// CRC-64 and MD5 of the bytes.
pub(crate) fn write_digests(object: &Object, into: &mut Headers) {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    write_crc64(object, into);
    let Some(md5) = object.etag.md5() else { return };
    let mut text = [0; 24];
    if STANDARD.encode_slice(md5, &mut text).is_ok() {
        into.write(CONTENT_MD5, text);
    }
}

/// CRC-64 of the bytes.
pub(crate) fn write_crc64(object: &Object, into: &mut Headers) {
    if let Some(crc64) = object.crc64 {
        into.write_number(CRC64, crc64);
    }
}

/// Replaces headers as the `response-*` parameters of a read say. Unsigned requests may not have any (§7.3).
pub(crate) fn write_overrides(
    head: &Head,
    anonymous: bool,
    into: &mut Headers,
) -> Result<(), Fault> {
    if head.query.is_empty() {
        return Ok(());
    }
    for stored in Stored::ALL {
        let parameter = stored.parameter();
        let Some(value) = head.query.first(parameter) else {
            continue;
        };
        if anonymous {
            return Err(fault::anonymous_overrides());
        }
        let bad = |_| fault::invalid_argument("The value is not valid.", parameter, value);
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(bad)?;
        into.insert(stored.header(), value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        };
        let mut map = HeaderMap::new();
        for (name, value) in pairs.iter().map(pair) {
            map.append(name, value);
        }
        map
    }

    #[test]
    fn metadata_is_taken_from_the_headers() {
        let metadata = metadata(&headers(&[
            ("cache-control", "no-cache"),
            ("content-type", "text/plain"),
            ("x-oss-meta-a", "1"),
            ("x-oss-meta-a", "2"),
            ("x-other", "3"),
        ]))
        .unwrap();
        assert_eq!(
            metadata.system,
            [
                (Stored::ContentType, b"text/plain"[..].into()),
                (Stored::CacheControl, b"no-cache"[..].into()),
            ]
        );
        assert_eq!(metadata.user, [("x-oss-meta-a".into(), b"1,2"[..].into())]);
    }

    #[test]
    fn every_stored_header_is_known_by_its_name() {
        for stored in Stored::ALL {
            assert_eq!(Stored::named(&stored.header()), Some(stored));
            let name = stored.header();
            let mut twice = HeaderMap::new();
            twice.append(&name, HeaderValue::from_static("1"));
            twice.append(&name, HeaderValue::from_static("2"));
            let metadata = metadata(&twice).unwrap();
            assert_eq!(metadata.system, [(stored, b"1"[..].into())]);
        }
        assert_eq!(Stored::named(&header::CONTENT_LENGTH), None);
    }

    #[test]
    fn user_metadata_has_limits() {
        let code = |name: &str, length: usize| {
            let mut map = HeaderMap::new();
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            map.insert(name, HeaderValue::try_from("v".repeat(length)).unwrap());
            metadata(&map).err().and_then(|f| f.ec_code())
        };
        assert_eq!(code("x-oss-meta-a", 8192 - 12), None);
        assert_eq!(code("x-oss-meta-a", 8192 - 11), Some("0011-00000002"));
        assert_eq!(code("x-oss-meta-a_b", 1), Some("0011-00000004"));
        assert_eq!(code("x-oss-meta-", 1), Some("0011-00000004"));
    }
}
