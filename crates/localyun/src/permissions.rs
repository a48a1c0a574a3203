//! Permission tests: a file declares a world and what is expected of it.
//!
//! The world is a real cloud in memory, made with the operations of the services, so what they refuse is refused here. What
//! is expected is decided as the simulator decides, without a server.

mod check;
mod file;
mod junit;
mod mutate;
mod text;
mod world;

use std::fmt;
use std::path::{Path, PathBuf};

pub(crate) use check::{Checked, Row, check};
pub(crate) use file::File;
pub(crate) use junit::{Suite, junit};
pub(crate) use mutate::{Mutated, mutate};
pub(crate) use world::World;

/// Where in a file something stands; line and column count from 1, and 0 is no place in particular.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct At {
    /// The line.
    pub(crate) line: u64,
    /// The column.
    pub(crate) column: u64,
}

/// Why a file says nothing that could be tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unusable {
    /// The file.
    pub(crate) path: PathBuf,
    /// Where in it.
    pub(crate) at: At,
    /// What is wrong and what to write.
    pub(crate) what: String,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if self.at.line > 0 {
            write!(f, ":{}:{}", self.at.line, self.at.column)?;
        }
        write!(f, ": {}", self.what)
    }
}

/// What is wrong at some place of a file.
#[derive(Debug)]
pub(crate) struct Slip {
    at: At,
    what: String,
}

impl Slip {
    fn new(at: At, what: impl fmt::Display) -> Self {
        Self {
            at,
            what: what.to_string(),
        }
    }

    fn of(self, path: &Path) -> Unusable {
        Unusable {
            path: path.to_owned(),
            at: self.at,
            what: self.what,
        }
    }
}
