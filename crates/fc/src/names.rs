//! Which names things may have.

use gateway::Fault;

use crate::fault;

/// The longest name of a function, in characters. 64 is what the newer page says, 128 what older SDKs do.
const LONGEST: usize = 64;

/// A name of a function or service: letters, digits, `_` and `-`, beginning with a letter or `_` (spec/fc.md §1.9).
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn check(field: &str, name: &str) -> Result<(), Fault> {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let legal = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    match begins && legal && name.len() <= LONGEST {
        true => Ok(()),
        false => Err(fault::invalid_argument(format!(
            "{field} '{name}' must have 1 to {LONGEST} letters, digits, '_' and '-', and begin with a letter or '_'"
        ))),
    }
}

/// A name in a path. Nothing has a name with other characters, and rows rely on that.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn check_path(field: &str, name: &str) -> Result<(), Fault> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    match !name.is_empty() && name.bytes().all(legal) {
        true => Ok(()),
        false => Err(fault::invalid_argument(format!(
            "{field} '{name}' may have letters, digits, '_' and '-' only"
        ))),
    }
}

/// An ARN in a path, which is the name of no row.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn check_arn(arn: &str) -> Result<(), Fault> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"_-:/#".contains(&b);
    match arn.bytes().all(legal) {
        true => Ok(()),
        false => Err(fault::invalid_argument(format!(
            "arn '{arn}' may have letters, digits, '_', '-', ':', '/' and '#' only"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_lead_to_another_row_is_no_name() {
        for name in ["", "a/b", "svc.1", ".2", "..", "a\0", "ä"] {
            assert!(check_path("serviceName", name).is_err(), "{name}");
            assert!(check("serviceName", name).is_err(), "{name}");
        }
        check_path("versionId", "12").unwrap();
    }
}
