//! The layouts of objects that were not stored in one go (`rows/layout.rs`).
//!
//! How a layout ends. Its row counts the objects that have it. Whatever gives it to an object or takes it from one
//! changes the count in the same commit as the object's head, and expects the row as it was read; so at every commit
//! the count is exact, and no copy can come to a layout whose last object goes: one of the two commits conflicts. The
//! commit that takes the last object deletes the row and leaves a row in the trash. From then on nobody can get the
//! layout, and whoever cleans up has all the time it takes: any number may do so at once, and a process may stop at any
//! point, because [`Layouts::sweep`] goes through the trash.
//!
//! What is being read is not cleaned up. A reader pins the layout and then looks whether its row is there; who cleans
//! up took the row away before looking for pins, so at least one of them sees the other. Pins are known to this process
//! only: where several share a store, a read of another's can break off when the object goes.
//!
//! No counters for blobs (`store/src/ownership.rs`), but one here: a layout has thousands of extents and a blob has one
//! owner for each, which sharing and deleting must not touch. That puts the conflicts of concurrent copies of one object
//! on one row, where they cost a retry.

mod batch;
mod extents;
mod reading;
mod trash;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use store::Store;

use crate::rows::LayoutId;

pub(crate) use batch::{Gone, begin, grow, hold, leave};
pub(crate) use reading::response;
pub(crate) use trash::{blob, drop_extent};

/// All layouts, and which of them are being read.
#[derive(Debug)]
pub(crate) struct Layouts {
    store: Store,
    pinned: Mutex<HashMap<LayoutId, Pinned>>,
}

/// A layout that is being read.
#[derive(Debug, Default)]
struct Pinned {
    readers: usize,
    /// Somebody wanted to clean it up.
    awaited: bool,
}

impl Layouts {
    pub(crate) fn new(store: Store) -> Arc<Self> {
        Arc::new(Self {
            store,
            pinned: Mutex::default(),
        })
    }

    /// Keeps a layout from being cleaned up until the pin is dropped, if that has not begun.
    fn pin(self: &Arc<Self>, id: LayoutId) -> Pin {
        self.pins(|pins| pins.entry(id).or_default().readers += 1);
        Pin {
            layouts: Arc::clone(self),
            id,
        }
    }

    /// Whether a layout is being read; the last reader cleans it up then.
    fn is_read(&self, id: &LayoutId) -> bool {
        self.pins(|pins| match pins.get_mut(id) {
            Some(pinned) => {
                pinned.awaited = true;
                true
            }
            None => false,
        })
    }

    fn pins<T>(&self, change: impl FnOnce(&mut HashMap<LayoutId, Pinned>) -> T) -> T {
        // Counts are whole after any panic.
        change(&mut self.pinned.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A layout that is being read.
#[derive(Debug)]
struct Pin {
    layouts: Arc<Layouts>,
    id: LayoutId,
}

impl Drop for Pin {
    fn drop(&mut self) {
        let awaited = self.layouts.pins(|pins| {
            let pinned = pins.get_mut(&self.id)?;
            pinned.readers -= 1;
            let done = pinned.readers == 0;
            let awaited = done && pinned.awaited;
            if done {
                pins.remove(&self.id);
            }
            Some(awaited)
        });
        if awaited == Some(true) {
            self.layouts.clean_soon(self.id);
        }
    }
}
