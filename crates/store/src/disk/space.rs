//! How much room is left on the device.
//!
//! The engine cannot go on after a write for which there was no room, because half of it may be in its journal. So we
//! look before we write, and refuse while there is still room for what it does by itself: writing out what it has
//! gathered in memory, and merging tables.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

use crate::Error;

/// What must be left, in bytes.
pub(super) const HEADROOM: u64 = 48 << 20;
/// What must be left for writes of less than [`LITTLE`]: what deletes something must be possible when all is full.
const HEADROOM_FOR_LITTLE: u64 = 24 << 20;
/// A commit of fewer bytes is a little one.
const LITTLE: u64 = 16 << 10;
/// Below so much room as this above the headroom every write looks again; above it, one a few.
const NEAR: u64 = 1 << 30;

/// The room on the device of a store.
#[derive(Debug)]
pub(super) struct Space {
    path: PathBuf,
    /// How many bytes may be written before it is worth looking again.
    credit: AtomicU64,
}

impl Space {
    pub(super) fn of(path: PathBuf) -> Space {
        Space {
            path,
            credit: AtomicU64::new(0),
        }
    }

    /// Fails with [`Error::Full`] unless there is room for some bytes and for what the engine needs.
    pub(super) fn room_for(&self, bytes: u64) -> Result<(), Error> {
        let spent = self
            .credit
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |credit| {
                credit.checked_sub(bytes)
            });
        if spent.is_ok() {
            return Ok(());
        }
        let free = self.free()?;
        self.credit
            .store(free.saturating_sub(HEADROOM + NEAR) / 8, Ordering::Relaxed);
        let headroom = match bytes < LITTLE {
            true => HEADROOM_FOR_LITTLE,
            false => HEADROOM,
        };
        match free >= headroom.saturating_add(bytes) {
            true => Ok(()),
            false => Err(Error::Full),
        }
    }

    fn free(&self) -> Result<u64, Error> {
        let device = rustix::fs::statvfs(&self.path).map_err(std::io::Error::from)?;
        Ok(device.f_bavail.saturating_mul(device.f_frsize))
    }
}
