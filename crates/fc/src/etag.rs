//! `ETag` and `If-Match` of FC 2.0: what changes a resource may say which state of it is meant. FC 3.0 has neither.

use gateway::{Call, Fault};

use crate::{Fc, fault};

/// The tag of a version of a row.
pub(crate) fn of(version: u64) -> String {
    format!("{version:032x}")
}

/// Whether the request means this version of a row: it names it, or none.
///
/// # Errors
///
/// `PreconditionFailed`.
pub(crate) fn check(call: &Call<Fc>, version: u64) -> Result<(), Fault> {
    if !call.target.generation.has_services() {
        return Ok(());
    }
    let wanted = call
        .head
        .header("if-match")
        .map(|tag| tag.trim_matches('"'));
    match wanted.is_none_or(|tag| tag.is_empty() || tag == "*" || tag == of(version)) {
        true => Ok(()),
        false => Err(fault::precondition_failed()),
    }
}
