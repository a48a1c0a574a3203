//! What few objects have. All of it takes one byte each in the row of an object that has none.

use serde::{Deserialize, Serialize};

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
