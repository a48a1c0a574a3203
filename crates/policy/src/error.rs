//! Why a policy text was refused.

use std::fmt;

/// Why a policy text was refused: what is wrong, where, and with which value. It displays as one sentence for
/// people, which services put into the free detail of `MalformedPolicyDocument` or `InvalidPolicyDocument`
/// (spec §3.3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    at: String,
    message: String,
}

impl ParseError {
    pub(crate) fn new(at: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            message: message.into(),
        }
    }

    /// The place in the document, `Statement[0].Condition.Bool`; empty for the document as a whole.
    pub fn at(&self) -> &str {
        &self.at
    }

    /// What is wrong there, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_empty() {
            write!(out, "The policy {}.", self.message)
        } else {
            write!(out, "{} {}.", self.at, self.message)
        }
    }
}

impl std::error::Error for ParseError {}

/// A value as it is shown in a message: quoted, and not longer than a line.
pub(crate) fn shown(value: &str) -> String {
    const MOST: usize = 60;
    let mut short: String = value.chars().take(MOST).collect();
    if short.len() < value.len() {
        short.push('…');
    }
    format!("{short:?}")
}
