//! The backend that lives in this process and leaves nothing behind.
//!
//! Rows and blobs are persistent maps: a clone shares everything and costs next to nothing, a change copies only the
//! path to what it changes. So views and forks are clones of a root, and a listing never holds up a writer.
//!
//! No lock is ever held across an await. Who needs both takes the blobs' lock first.

mod blobs;
mod cell;
mod frames;
mod rows;
mod sums;
mod table;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;

use crate::{Backend, Error, Store};
use blobs::{Bodies, Shelf};
use rows::Rows;
use table::Table;

type Saved = BTreeMap<String, (Table, Shelf)>;

struct Memory {
    rows: Arc<Rows>,
    bodies: Arc<Bodies>,
    /// By name. Its lock is taken before the others.
    saved: Mutex<Saved>,
}

pub(crate) fn empty() -> Store {
    store(Rows::default(), Bodies::default())
}

fn store(rows: Rows, bodies: Bodies) -> Store {
    let (rows, bodies) = (Arc::new(rows), Arc::new(bodies));
    Store::new(
        rows.clone(),
        bodies.clone(),
        Arc::new(Memory {
            rows,
            bodies,
            saved: Mutex::default(),
        }),
    )
}

impl Memory {
    /// Both roots are taken under both locks, at one instant: whatever blob a row names is there.
    fn roots(&self) -> Result<(Table, Shelf), Error> {
        let bodies = self.bodies.read()?;
        let rows = self.rows.read()?;
        Ok((rows.clone(), bodies.clone()))
    }

    /// Replaces both roots, at one instant. Returns those before.
    fn replace(&self, rows: Table, shelf: Shelf) -> Result<(Table, Shelf), Error> {
        let mut bodies = self.bodies.write()?;
        let rows = self.rows.replace(rows)?;
        Ok((rows, std::mem::replace(&mut *bodies, shelf)))
    }

    fn saved(&self) -> Result<MutexGuard<'_, Saved>, Error> {
        self.saved.lock().map_err(|_| Error::Poisoned)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {:?}", self.rows, self.bodies)
    }
}

#[async_trait]
impl Backend for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn fork(&self) -> Result<Store, Error> {
        let (rows, shelf) = self.roots()?;
        Ok(store(Rows::from(rows), Bodies::from(shelf)))
    }

    async fn clear(&self) -> Result<(), Error> {
        let cleared = self.replace(Table::default(), Shelf::default())?;
        drop(cleared); // a million rows take a while to free: not under the locks
        Ok(())
    }

    fn save_snapshot(&self, name: &str) -> Result<(), Error> {
        let roots = self.roots()?;
        let replaced = self.saved()?.insert(name.to_owned(), roots);
        drop(replaced);
        Ok(())
    }

    fn restore_snapshot(&self, name: &str) -> Result<bool, Error> {
        let Some((rows, shelf)) = self.saved()?.get(name).cloned() else {
            return Ok(false);
        };
        drop(self.replace(rows, shelf)?);
        Ok(true)
    }

    fn delete_snapshot(&self, name: &str) -> Result<bool, Error> {
        let deleted = self.saved()?.remove(name);
        Ok(deleted.is_some())
    }

    fn snapshots(&self) -> Result<Vec<String>, Error> {
        Ok(self.saved()?.keys().cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use crate::Store;

    crate::conformance!(async { Store::memory() });

    #[test]
    fn is_called_memory() {
        assert_eq!(Store::memory().backend(), "memory");
    }
}
