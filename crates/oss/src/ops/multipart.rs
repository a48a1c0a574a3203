//! What the operations on uploads in parts share.

use gateway::xml::Xml;
use gateway::{Fault, Head};
use signature::Query;

use crate::fault::multipart as fault;
use crate::listing::params::escape;
use crate::locate::ObjectTarget;
use crate::text::Text;
use crate::uploads::{MAX_PART, Running, parse_id};
use crate::{Oss, headers};

/// The parameter that names an upload.
pub(super) const UPLOAD_ID: &str = "uploadId";
/// The parameter that names a part.
pub(super) const PART_NUMBER: &str = "partNumber";

/// What no such upload is called in answers to the operations on a whole upload.
pub(super) const OF_UPLOAD: Option<&str> = Some("0042-00000002");

/// The upload that a request names.
///
/// Errors: `NoSuchUpload`, with the EC of the operation.
pub(super) async fn upload(
    oss: &Oss,
    at: &ObjectTarget,
    head: &Head,
    ec: Option<&'static str>,
) -> Result<Running, Fault> {
    let text = head.query.first(UPLOAD_ID).unwrap_or_default();
    let running = match parse_id(text) {
        Some(id) => oss.find_upload(at, &id).await?,
        None => None,
    };
    running.ok_or_else(|| fault::no_such_upload(text, ec))
}

/// The same where the upload was there a moment ago.
pub(super) fn ended(head: &Head, ec: Option<&'static str>) -> Fault {
    fault::no_such_upload(head.query.first(UPLOAD_ID).unwrap_or_default(), ec)
}

/// Headers that say how an object is encrypted, which only the request may have that begins an upload (§6.5).
pub(super) const ENCRYPTION: [&str; 3] = [
    headers::encryption::METHOD,
    headers::encryption::DATA,
    headers::encryption::KEY,
];

/// Refuses those.
pub(super) fn refuse_encryption(head: &Head) -> Result<(), Fault> {
    let given = |name| head.headers.get(name).map(|value| (name, value));
    match ENCRYPTION.into_iter().find_map(given) {
        None => Ok(()),
        Some((name, value)) => {
            let value = String::from_utf8_lossy(value.as_bytes());
            Err(fault::encryption_of_part(name, &value))
        }
    }
}

/// The number of the part that a request is about.
pub(super) fn part_number(head: &Head) -> Result<u16, Fault> {
    let text = head.query.first(PART_NUMBER);
    let text = text.filter(|text| !text.is_empty());
    let text = text.ok_or_else(fault::missing_part_number)?;
    let number = number(text).filter(|n| (1..=MAX_PART).contains(n));
    number.ok_or_else(|| fault::bad_part_number(text))
}

/// A parameter that is a number from `least` to `most`, if it is there.
pub(super) fn limit(
    query: &Query,
    name: &'static str,
    least: u16,
    most: u16,
) -> Result<Option<u16>, Fault> {
    let Some(text) = query.first(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let number = number(text).filter(|n| (least..=most).contains(n));
    let number = number.ok_or_else(|| fault::bad_listing_number(name, text, least, most))?;
    Ok(Some(number))
}

fn number(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// A name as the client asked to see it.
pub(super) fn write_name(xml: &mut Xml, element: &str, name: &str, escaped: bool) {
    match escaped {
        true => xml.value(element, escape(name)),
        false => xml.value(element, Text(name)),
    };
}
