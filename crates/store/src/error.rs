//! How storage fails.

use std::{fmt, io};

use crate::{BlobId, Key};

/// Why the store could not do what it was asked.
#[derive(Debug)]
pub enum Error {
    /// An expectation of a batch did not hold. Nothing was changed: read again, decide again, commit again.
    Conflict {
        /// The first key whose expectation failed.
        key: Key,
    },
    /// There is no such blob. A reader that found the name in a row lost a race against its deletion, and finds the
    /// row gone or changed when it looks again.
    Missing(BlobId),
    /// This backend cannot do that.
    Unsupported(&'static str),
    /// There is no room left. Nothing was changed.
    Full,
    /// An earlier failure left it unknown what is durable, so nothing more is written until a restart.
    Poisoned,
    /// The device, the file system or the network failed.
    Io(io::Error),
    /// What was stored does not make sense.
    Damaged {
        /// What is wrong and where, as a sentence for people.
        what: String,
    },
}

impl Error {
    /// Whether another attempt with fresh reads may succeed.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Error::Conflict { .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Conflict { key } => write!(f, "The row `{}` was changed by somebody else.", key.escape_ascii()),
            Error::Missing(id) => write!(f, "The blob {id} does not exist."),
            Error::Unsupported(what) => write!(f, "This storage backend cannot {what}."),
            Error::Full => f.write_str("The storage is full."),
            Error::Poisoned => {
                f.write_str("An earlier write failed half-way; the storage takes no more writes until a restart.")
            }
            Error::Io(error) => write!(f, "The storage failed: {error}."),
            Error::Damaged { what } => write!(f, "The storage is damaged: {what}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io(error) => Some(error),
            Error::Conflict { .. }
            | Error::Missing(_)
            | Error::Unsupported(_)
            | Error::Full
            | Error::Poisoned
            | Error::Damaged { .. } => None,
        }
    }
}

/// A full device is [`Error::Full`] whoever reports it.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::Full,
            _ => Error::Io(error),
        }
    }
}

/// What is answered where an expectation about the row of this key does not hold.
pub(crate) fn conflict(key: &[u8]) -> Error {
    Error::Conflict {
        key: Key::copy_from_slice(key),
    }
}

/// What is answered where something is to be added to the row of this key.
pub(crate) fn not_a_counter(key: &[u8]) -> Error {
    Error::Damaged {
        what: format!("the row `{}` is not a counter.", key.escape_ascii()),
    }
}
