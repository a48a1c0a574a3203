//! Errors of uploads in parts and of appends (§6.7, §6.8).

use gateway::Fault;
use http::{HeaderName, HeaderValue};

use super::{invalid_argument, malformed_xml, unexpected_parameter};

/// The header that says where an object ends.
pub(crate) const NEXT_POSITION: HeaderName = HeaderName::from_static("x-oss-next-append-position");

// Uploads in parts.

/// There is no such upload, or it has ended. The EC says who asked.
pub(crate) fn no_such_upload(id: &str, ec: Option<&'static str>) -> Fault {
    let message = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been \
                   aborted or completed.";
    let fault = Fault::new(404, "NoSuchUpload", message).with("UploadId", id);
    match ec {
        Some(ec) => fault.ec(ec),
        None => fault,
    }
}

/// A part that is not there, or is not what the client takes it for.
pub(crate) fn invalid_part(number: u16, etag: &str) -> Fault {
    let message = "One or more of the specified parts could not be found or the specified entity tag might not have \
                   matched the part's entity tag.";
    Fault::new(400, "InvalidPart", message)
        .with("PartNumber", number.to_string())
        .with("PartEtag", etag)
}

/// Parts that are listed in another order than theirs (EC page 0042-00000209).
pub(crate) fn invalid_part_order() -> Fault {
    let message = "The list of parts was not in ascending order.";
    Fault::new(400, "InvalidPartOrder", message).ec("0042-00000209")
}

/// A part that is too small and not the last (EC page 0042-00000213). The elements are those of S3's error.
pub(crate) fn entity_too_small(number: u16, etag: &str, size: u64, least: u64) -> Fault {
    let message = "Your proposed upload smaller than the minimum allowed size.";
    Fault::new(400, "EntityTooSmall", message)
        .ec("0042-00000213")
        .with("MinSizeAllowed", least.to_string())
        .with("ProposedSize", size.to_string())
        .with("PartNumber", number.to_string())
        .with("ETag", etag)
}

/// A number that no part can have (EC page 0017-00000220).
pub(crate) fn bad_part_number(value: &str) -> Fault {
    let message = "Part number must be an integer between 1 and 10000, inclusive.";
    invalid_argument(message, "PartNumber", value).ec("0017-00000220")
}

/// A part without a number (EC page 0017-00000219).
pub(crate) fn missing_part_number() -> Fault {
    unexpected_parameter("partNumber").ec("0017-00000219")
}

/// A part that comes before the one before it, in an upload where they come in order.
pub(crate) fn part_not_sequential() -> Fault {
    let message = "For sequential multipart upload, you must upload or complete parts with sequential part number.";
    Fault::new(400, "PartNotSequential", message)
}

/// The body of CompleteMultipartUpload is not what it should be (EC page 0042-00000205).
pub(crate) fn malformed_complete(detail: &str) -> Fault {
    malformed_xml(detail).ec("0042-00000205")
}

/// All parts, and a list of them (EC page 0042-00000216). The typo is the service's.
pub(crate) fn complete_all_with_body(value: &str) -> Fault {
    let message = "Should not speficy both complete all header and http body.";
    invalid_argument(message, "x-oss-complete-all", value).ec("0042-00000216")
}

/// `x-oss-complete-all` with another value than `yes`.
pub(crate) fn bad_complete_all(value: &str) -> Fault {
    let message = "The value of the x-oss-complete-all header is not valid.";
    invalid_argument(message, "x-oss-complete-all", value)
}

/// An encryption of a part, or at the end: it is a matter of the whole upload (§6.5).
pub(crate) fn encryption_of_part(name: &'static str, value: &str) -> Fault {
    let message = "The encryption of an upload is given when it is begun.";
    invalid_argument(message, name, value)
}

/// A number of a listing of uploads or parts that is out of range.
pub(crate) fn bad_listing_number(name: &'static str, value: &str, least: u16, most: u16) -> Fault {
    let message = format!("Argument {name} must be an integer between {least} and {most}.");
    invalid_argument(message, name, value)
}

// Appends.

/// The object was not made by an append (EC page 0026-00000017).
pub(crate) fn object_not_appendable() -> Fault {
    let message = "The object is not appendable.";
    Fault::new(409, "ObjectNotAppendable", message).ec("0026-00000017")
}

/// The object does not end there (EC page 0026-00000016). `size` is where it ends.
pub(crate) fn position_not_equal_to_length(size: u64) -> Fault {
    let message = "Position is not equal to file length";
    Fault::new(409, "PositionNotEqualToLength", message)
        .ec("0026-00000016")
        .header(NEXT_POSITION, HeaderValue::from(size))
}

/// An append that does not say where (EC page 0016-00000501).
pub(crate) fn missing_position() -> Fault {
    missing_argument("0016-00000501")
}

/// An append whose position is no number (EC page 0016-00000502).
pub(crate) fn bad_position() -> Fault {
    missing_argument("0016-00000502")
}

fn missing_argument(ec: &'static str) -> Fault {
    Fault::new(400, "MissingArgument", "Missing Some Required Arguments.").ec(ec)
}
