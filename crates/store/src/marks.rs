//! Which rows may have changed since somebody read them.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use xxhash_rust::xxh3::xxh3_64;

/// Rows share this many numbers, in 8 KiB. The more there are, the fewer rows change for others' sake.
const MARKS: usize = 1024;

/// A number for each of many groups of rows: see [`Meta::mark`](crate::Meta::mark). One thread at a time changes them.
pub(crate) struct Marks(Box<[AtomicU64; MARKS]>);

impl Default for Marks {
    fn default() -> Self {
        Self(Box::new([const { AtomicU64::new(0) }; MARKS]))
    }
}

impl Marks {
    pub(crate) fn get(&self, key: &[u8]) -> u64 {
        self.of(key).load(Ordering::Acquire)
    }

    /// A row of this key was written.
    pub(crate) fn change(&self, key: &[u8]) {
        next(self.of(key));
    }

    /// Any row may have been.
    pub(crate) fn change_all(&self) {
        self.0.iter().for_each(next);
    }

    fn of(&self, key: &[u8]) -> &AtomicU64 {
        &self.0[xxh3_64(key) as usize % MARKS]
    }
}

fn next(mark: &AtomicU64) {
    mark.store(mark.load(Ordering::Relaxed) + 1, Ordering::Release);
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARKS} marks")
    }
}
