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
