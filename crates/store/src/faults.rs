//! The one place where this crate makes something durable, and where a test can make that go wrong.
//!
//! Everything on disk that an acknowledgement depends on goes through `Syncs`, which names the occasion with a
//! [`SyncPoint`]. With the cargo feature `faults` a test hands `Faults` to
//! [`Options`](crate::Options) and arms one point with one `Fault`: the sync is left out (what was written then lives
//! only in the page cache, and a power cut must show it), or it fails as the device would fail it. Without the feature
//! there is nothing to arm, and the checks are compiled out.
//!
//! | Point | What is synced | When |
//! |---|---|---|
//! | `Rows` | the engine's journal, with the rows of one group of commits | before the group is acknowledged and seen |
//! | `Body` | a blob's file, under its temporary name | before it gets its own name |
//! | `BodyFolder` | the folder that a blob's file was renamed into | before the blob's writer is answered |
//! | `Shard` | the folder of folders, when one of them is made | before the first blob in it is answered |
//! | `Format` | the format file, under its temporary name | when a store is made |
//! | `Folder` | the store's own folder, when something in it gets its name | when a store is made |
//! | `Tables` | the engine's folder of tables, when some are made | when a store is made or cleared |
//!
//! What the engine syncs by itself (tables, manifests, a new journal) is not ours to leave out.
//!
//! A simulated failure of `Rows` does not hand the group to the engine at all: like a real one, it leaves rows that
//! nobody may see. Of a real one they may turn up again after a restart, which an unacknowledged commit may do.

#[cfg(feature = "faults")]
use std::sync::{Arc, Mutex, PoisonError};
use std::{fs::File, io, path::Path};

/// An occasion at which something is made durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SyncPoint {
    /// The rows of a group of commits.
    Rows,
    /// The bytes of a blob.
    Body,
    /// The name of a blob.
    BodyFolder,
    /// The name of a folder of blobs.
    Shard,
    /// The bytes of the format file.
    Format,
    /// The names in the store's folder.
    Folder,
    /// The names of the engine's tables.
    Tables,
}

impl SyncPoint {
    /// Every point.
    pub const ALL: [SyncPoint; 7] = [
        SyncPoint::Rows,
        SyncPoint::Body,
        SyncPoint::BodyFolder,
        SyncPoint::Shard,
        SyncPoint::Format,
        SyncPoint::Folder,
        SyncPoint::Tables,
    ];

    /// In lower case with hyphens: `body-folder`.
    pub fn name(self) -> &'static str {
        match self {
            SyncPoint::Rows => "rows",
            SyncPoint::Body => "body",
            SyncPoint::BodyFolder => "body-folder",
            SyncPoint::Shard => "shard",
            SyncPoint::Format => "format",
            SyncPoint::Folder => "folder",
            SyncPoint::Tables => "tables",
        }
    }
}

/// What becomes of a sync.
#[cfg(feature = "faults")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is left out and reported as done.
    Skip,
    /// It fails with `EIO`.
    Io,
    /// It fails with `ENOSPC`.
    Full,
}

/// Which sync goes wrong, and how. Clones are the same switch.
#[cfg(feature = "faults")]
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Option<(SyncPoint, Fault)>>>);

#[cfg(feature = "faults")]
impl Faults {
    /// From now on, every sync at this point goes wrong in this way, and no other.
    pub fn arm(&self, point: SyncPoint, fault: Fault) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((point, fault));
    }

    /// From now on, nothing goes wrong.
    pub fn disarm(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn at(&self, point: SyncPoint) -> Option<Fault> {
        let armed = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        armed.filter(|(at, _)| *at == point).map(|(_, fault)| fault)
    }
}

/// Makes things durable.
#[derive(Clone, Debug, Default)]
pub(crate) struct Syncs {
    #[cfg(feature = "faults")]
    faults: Faults,
}

impl Syncs {
    #[cfg(feature = "faults")]
    pub(crate) fn with(faults: Faults) -> Syncs {
        Syncs { faults }
    }

    /// Whether to go on with the sync at this point, or to leave it out, or how it failed.
    #[cfg(feature = "faults")]
    pub(crate) fn wanted(&self, point: SyncPoint) -> io::Result<bool> {
        // As `libc` has them on every Unix.
        const EIO: i32 = 5;
        const ENOSPC: i32 = 28;
        match self.faults.at(point) {
            None => Ok(true),
            Some(Fault::Skip) => Ok(false),
            Some(Fault::Io) => Err(io::Error::from_raw_os_error(EIO)),
            Some(Fault::Full) => Err(io::Error::from_raw_os_error(ENOSPC)),
        }
    }

    #[cfg(not(feature = "faults"))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "as with the feature `faults`"
    )]
    pub(crate) fn wanted(&self, _: SyncPoint) -> io::Result<bool> {
        Ok(true)
    }

    /// Makes a file's bytes and its length durable.
    pub(crate) fn file(&self, point: SyncPoint, file: &File) -> io::Result<()> {
        if self.wanted(point)? {
            file.sync_data()?;
        }
        Ok(())
    }

    /// Makes the names in a folder durable.
    pub(crate) fn folder(&self, point: SyncPoint, folder: &Path) -> io::Result<()> {
        if self.wanted(point)? {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}
