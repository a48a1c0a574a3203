//! PostObject's request: a form of `multipart/form-data` in which the fields say what elsewhere the headers say, and
//! the last of which is the file (§2.7).
//!
//! Everything before the file is read before the request is routed. Then the head looks like that of a PutObject: the
//! fields that name metadata and settings have taken the place of the headers, and the body is the file alone. So
//! signature, policies, conditions and the operation find what they look for where it always is.

mod file;
pub mod parts;
pub mod policy;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fast_md5::Md5;
use gateway::{Body, Fault, Head, Rare};
use http::header::{self, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use signature::Query;
use signature::oss_post::field;

use crate::headers::CONTENT_MD5;
use crate::objects::MAX_SIZE;
use crate::{Name, fault, keywords, name};
use parts::{FilePart, Form};

pub(crate) use file::{BoxError, Broken, within};

/// Fields that are headers of PutObject by another way than their names' beginning (§6.1).
const STORED: [HeaderName; 5] = [
    header::CACHE_CONTROL,
    header::CONTENT_DISPOSITION,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::EXPIRES,
];

/// Headers of PutObject that a form carries as fields. One beside the form is not covered by the form's policy.
const FIELDS_ONLY: [&str; 5] = [
    "x-oss-content-type",
    "x-oss-forbid-overwrite",
    "x-oss-hash-crc64ecma",
    "x-oss-object-acl",
    "x-oss-storage-class",
];

/// Fields whose names begin as those of headers do and that are about the signature.
const SIGNING: [&str; 6] = [
    "x-oss-access-key-id",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-security-token",
    "x-oss-signature",
    "x-oss-signature-version",
];

const OWN_TYPE: &str = "x-oss-content-type";

/// Whether a request is a form: a POST of that type to a bucket, without a sub-resource.
pub(crate) fn is_form(head: &Head) -> bool {
    head.method == Method::POST
        && head.media_type().as_deref() == Some("multipart/form-data")
        && Name::read(head).is_ok_and(|name| name.bucket.is_some() && name.key.is_none())
        && matches!(keywords::only(head), Ok(None))
}

/// Reads a form up to its file. The fields are in [`Head::form`] then, and the body that is returned is the file.
///
/// Errors: `MalformedPOSTRequest`, `IncorrectNumberOfFilesInPOSTRequest`, `FieldItemTooLong`,
/// `MaxPOSTPreDataLengthExceededError`, `InvalidDigest`, `NotImplemented` for callbacks, and those of metadata.
pub(crate) async fn read(head: &mut Head, body: Body) -> Result<Body, Fault> {
    // Not all of it has to come to see that the file is too large.
    if body
        .declared()
        .is_some_and(|n| n > MAX_SIZE + parts::MAX_AROUND_FILE)
    {
        return Err(fault::form::broken(&Broken::TooLarge));
    }
    let expected = whole_md5(&head.headers)?;
    let kind = head.header(CONTENT_TYPE.as_str()).unwrap_or_default();
    let boundary = multer::parse_boundary(kind).map_err(|_| fault::form::malformed())?;
    let form = parts::read(&boundary, body, expected.is_some().then(Md5::new)).await;
    let Form {
        mut fields,
        file,
        rest,
    } = form.map_err(|error| fault::form::inside(&error).unwrap_or_else(fault::form::malformed))?;
    if field(&fields, "callback").is_some() {
        return Err(fault::not_implemented("callback"));
    }
    let own_headers = as_headers(&fields, &file)?;
    expand_file_name(&mut fields, &file.name);
    if let (None, Some(kind)) = (field(&fields, "content-type"), &file.content_type) {
        fields.push("Content-Type", kind);
    }
    replace(&mut head.headers, own_headers)?;
    head.rare = Rare::of(&head.headers);
    head.form = Some(fields);
    Ok(file::body(rest, expected))
}

/// The MD5 of the whole form, where the request says one (§2.7).
fn whole_md5(headers: &HeaderMap) -> Result<Option<([u8; 16], String)>, Fault> {
    let Some(value) = headers.get(CONTENT_MD5) else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
    let bytes = STANDARD.decode(&text).ok();
    match bytes.and_then(|bytes| <[u8; 16]>::try_from(bytes).ok()) {
        Some(md5) => Ok(Some((md5, text))),
        None => Err(fault::invalid_digest(&text)),
    }
}

/// The object's key: `${filename}` has been replaced already.
pub(crate) fn key(form: &Query) -> Result<Arc<str>, Fault> {
    let key = field(form, "key").ok_or_else(|| fault::form::missing_field("key"))?;
    name::check_key(key)?;
    Ok(key.into())
}

fn expand_file_name(fields: &mut Query, file_name: &str) {
    let expand = |name: &str, value: &str| match name.eq_ignore_ascii_case("key") {
        true => value.replace("${filename}", file_name),
        false => value.to_owned(),
    };
    let pairs = fields
        .iter()
        .map(|pair| (pair.name, expand(pair.name, pair.value)));
    *fields = Query::from_pairs(pairs);
}

/// The fields that stand for headers. The first of several counts. Of the types, `x-oss-content-type` comes before
/// the file's own and that before the field.
fn as_headers(fields: &Query, file: &FilePart) -> Result<HeaderMap, Fault> {
    let mut headers = HeaderMap::new();
    for pair in fields.iter() {
        let name = pair.name.to_ascii_lowercase();
        let is_stored = STORED.iter().any(|stored| stored.as_str() == name);
        let is_own = name.starts_with("x-oss-") && !SIGNING.contains(&name.as_str());
        if !is_stored && !is_own || name == OWN_TYPE {
            continue;
        }
        let header = HeaderName::from_bytes(name.as_bytes());
        let header = header.map_err(|_| fault::metadata_name(pair.name))?;
        if !headers.contains_key(&header) {
            headers.insert(header, value(pair.name, pair.value)?);
        }
    }
    let kind = field(fields, OWN_TYPE)
        .or(file.content_type.as_deref())
        .or_else(|| field(fields, "content-type"));
    if let Some(kind) = kind {
        headers.insert(CONTENT_TYPE, value("Content-Type", kind)?);
    }
    Ok(headers)
}

fn value(name: &str, text: &str) -> Result<HeaderValue, Fault> {
    let value = HeaderValue::from_bytes(text.as_bytes());
    value.map_err(|_| fault::form::bad_value(name, text))
}

/// Puts what the form says in the place of what the headers say, those of the browser among them (`Cache-Control`).
fn replace(headers: &mut HeaderMap, own: HeaderMap) -> Result<(), Fault> {
    let mut names = headers.keys().map(HeaderName::as_str);
    let beside = |name: &&str| name.starts_with("x-oss-meta-") || FIELDS_ONLY.contains(name);
    if let Some(name) = names.find(beside) {
        return Err(fault::not_implemented(name));
    }
    for name in STORED.iter().chain([&CONTENT_TYPE, &CONTENT_MD5]) {
        headers.remove(name);
    }
    headers.extend(own);
    Ok(())
}
