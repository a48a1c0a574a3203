//! Errors of uploads in parts and of appends (§6.7, §6.8).

use gateway::Fault;
use http::{HeaderName, HeaderValue};

/// The header that says where an object ends.
pub(crate) const NEXT_POSITION: HeaderName = HeaderName::from_static("x-oss-next-append-position");

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
