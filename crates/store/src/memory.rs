//! The backend that lives in this process and leaves nothing behind.
//!
//! Rows and blobs are persistent maps: a clone shares everything and costs next to nothing, a change copies only the
//! path to what it changes. So views and forks are clones of a root, and a listing never holds up a writer.
//!
//! No lock is ever held across an await. Who needs both takes the blobs' lock first.

mod blobs;
mod frames;
mod rows;

use std::sync::Arc;

use async_trait::async_trait;

use crate::{Backend, Error, Store};
use blobs::Bodies;
use rows::Rows;

#[derive(Debug)]
struct Memory {
    rows: Arc<Rows>,
    bodies: Arc<Bodies>,
}

pub(crate) fn empty() -> Store {
    store(Rows::default(), Bodies::default())
}

fn store(rows: Rows, bodies: Bodies) -> Store {
    let (rows, bodies) = (Arc::new(rows), Arc::new(bodies));
    Store::new(
        rows.clone(),
        bodies.clone(),
        Arc::new(Memory { rows, bodies }),
    )
}

#[async_trait]
impl Backend for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }

    /// Both roots are taken under both locks, at one instant: whatever blob a row names is there.
    fn fork(&self) -> Result<Store, Error> {
        let bodies = self.bodies.read()?;
        let rows = self.rows.read()?;
        Ok(store(
            Rows::from(rows.clone()),
            Bodies::from(bodies.clone()),
        ))
    }

    async fn clear(&self) -> Result<(), Error> {
        let cleared = {
            let mut bodies = self.bodies.write()?;
            (self.rows.clear()?, std::mem::take(&mut *bodies))
        };
        drop(cleared); // a million rows take a while to free: not under the locks
        Ok(())
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
