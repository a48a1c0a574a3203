//! What became of the restoring of an archived object (§7.7).

use serde::{Deserialize, Serialize};

use super::{Object, ObjectType, StorageClass};

/// A restore, as it was asked for. What it has come to is a matter of the (virtual) time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Restore {
    /// When it is finished, in milliseconds since 1970.
    pub(crate) ready: i64,
    /// When the object is frozen again, in milliseconds since 1970.
    pub(crate) until: i64,
    pub(crate) tier: Tier,
}

/// How urgent a restore is. The last one is the most urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Tier {
    Bulk,
    Standard,
    Expedited,
}

impl Tier {
    /// As on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bulk => "Bulk",
            Self::Standard => "Standard",
            Self::Expedited => "Expedited",
        }
    }

    /// The tier of this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let all = [Self::Bulk, Self::Standard, Self::Expedited];
        all.into_iter().find(|tier| tier.name() == name)
    }
}

/// Whether an object can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Always.
    Online,
    /// Not before it is restored.
    Frozen,
    /// It is being restored.
    Restoring(Tier),
    /// Until then, in milliseconds since 1970.
    Restored(i64),
}

impl Object {
    /// Whether it can be read at a (virtual) time in milliseconds since 1970.
    pub(crate) fn state(&self, now: i64) -> State {
        // A link has no bytes of its own.
        if !self.storage_class.is_archive() || self.kind == ObjectType::Symlink {
            return State::Online;
        }
        match self.extras.restore {
            Some(restore) if now < restore.ready => State::Restoring(restore.tier),
            Some(restore) if now < restore.until => State::Restored(restore.until),
            _ => State::Frozen,
        }
    }
}

impl State {
    /// Whether it can be.
    pub(crate) fn is_readable(self) -> bool {
        matches!(self, Self::Online | Self::Restored(_))
    }
}

impl StorageClass {
    /// Whether objects of it must be restored before they can be read.
    pub(crate) fn is_archive(self) -> bool {
        match self {
            Self::Standard | Self::InfrequentAccess => false,
            Self::Archive | Self::ColdArchive | Self::DeepColdArchive => true,
        }
    }
}
