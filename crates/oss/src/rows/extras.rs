//! What few objects have. All of it takes one byte each in the row of an object that has none.

use gateway::Fault;
use serde::{Deserialize, Serialize};

use super::pieces::{Reader, Writer};
use super::{Encryption, Restore, Tags};

/// What an object may have besides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Extras {
    pub(crate) tags: Tags,
    pub(crate) encryption: Option<Encryption>,
    /// What became of restoring it, if somebody asked for that.
    pub(crate) restore: Option<Restore>,
    /// The key that a symbolic link leads to.
    pub(crate) link: Option<Box<str>>,
}

/// What nothing of it is in a row.
const NOTHING: &[u8] = &[0; 4];

impl Extras {
    pub(super) fn write(&self, row: &mut Writer) -> Result<(), Fault> {
        if *self == Self::default() {
            row.array(NOTHING);
            return Ok(());
        }
        row.value(self)
    }

    pub(super) fn read(row: &mut Reader<'_>) -> Option<Self> {
        match row.skip(NOTHING) {
            true => Some(Self::default()),
            false => row.value(),
        }
    }
}
