//! Errors about the tags of objects (§5). The ECs are those of the vendor's pages 0010-000001xx and 0010-000002xx.

use gateway::Fault;

use super::{invalid_argument, malformed_xml};
use crate::rows::BadTag;

/// `x-oss-tagging` is not the query of a URL.
pub(crate) fn malformed_header(value: &str) -> Fault {
    let message = "The header 'x-oss-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters \
                   without tag name duplicates.";
    invalid_argument(message, "x-oss-tagging", value).ec("0010-00000219")
}

/// A tag in `x-oss-tagging` that an object cannot have.
pub(crate) fn bad_in_header(bad: BadTag, value: &str) -> Fault {
    match bad {
        BadTag::KeyTwice => malformed_header(value),
        other => bad_tag(other),
    }
}

/// A tag in a document that an object cannot have.
pub(crate) fn bad_tag(bad: BadTag) -> Fault {
    match bad {
        BadTag::TooMany => too_many(),
        BadTag::KeyTwice => invalid_tag("Tag keys must be unique.", "0010-00000210"),
        BadTag::KeyEmpty => invalid_tag(KEY, "0010-00000208"),
        BadTag::KeyTooLong => invalid_tag(KEY, "0010-00000209"),
        BadTag::KeyCharacter => invalid_tag(KEY, "0010-00000212"),
        BadTag::ValueTooLong => invalid_tag(VALUE, "0010-00000214"),
        BadTag::ValueCharacter => invalid_tag(VALUE, "0010-00000217"),
    }
}

const KEY: &str = "The TagKey you have provided is invalid.";
const VALUE: &str = "The TagValue you have provided is invalid.";

fn invalid_tag(message: &'static str, ec: &'static str) -> Fault {
    Fault::new(400, "InvalidTag", message).ec(ec)
}

fn too_many() -> Fault {
    let message = "Object tags cannot be greater than 10.";
    Fault::new(400, "TooManyTags", message).ec("0010-00000218")
}

/// The body of PutObjectTagging is not what it should be. Each mistake has its own EC.
pub(crate) fn malformed_tagging(detail: &str, ec: &'static str) -> Fault {
    malformed_xml(detail).ec(ec)
}

/// A tagging directive other than `Copy` and `Replace`.
pub(crate) fn invalid_directive(value: &str) -> Fault {
    invalid_argument(
        "Unknown tagging directive.",
        "x-oss-tagging-directive",
        value,
    )
}
