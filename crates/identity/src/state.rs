//! The state that RAM and STS share.

use std::fmt;
use std::sync::{Arc, RwLock};

use gateway::Fault;
use policy::Attached;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::Store;

use crate::Limits;
use crate::cache::{Generation, Memo};
use crate::keys::usage::Uses;
use crate::rows::{self, Change};
use crate::token::Sealer;

/// Accounts, users, keys, roles, policies and who has which.
///
/// Several of these, in one process or in many, may share a store: what is kept in memory is compared with the
/// store's epoch on every use.
pub struct Identity {
    pub(crate) store: Store,
    pub(crate) limits: Limits,
    /// Compiled session policies, by their text. They never change.
    pub(crate) session_policies: Memo<Attached>,
    /// When keys were last used.
    pub(crate) uses: Uses,
    generation: RwLock<Arc<Generation>>,
}

impl Identity {
    /// The identity plane that `store` holds, with the real service's limits. An empty store has no account until
    /// [`Identity::bootstrap`].
    pub fn new(store: Store) -> Self {
        Self::with_limits(store, Limits::default())
    }

    /// The same with other limits.
    pub fn with_limits(store: Store, limits: Limits) -> Self {
        Self {
            store,
            limits,
            session_policies: Memo::default(),
            uses: Uses::default(),
            generation: RwLock::default(),
        }
    }

    pub(crate) async fn begin(&self) -> Result<Change<'_>, Fault> {
        Change::begin(&self.store).await
    }

    /// Changes a row that stands for its default until it is first set.
    pub(crate) async fn edit<T: Default + Serialize + DeserializeOwned>(
        &self,
        row: &str,
        edit: impl Fn(&mut T) -> Result<(), Fault>,
    ) -> Result<T, Fault> {
        loop {
            let mut change = self.begin().await?;
            let mut value: T = change.read(row).await?.unwrap_or_default();
            edit(&mut value)?;
            change.put(row, &value)?;
            if change.commit().await? {
                return Ok(value);
            }
        }
    }

    /// What `see` makes of what is known, where that takes no look at the store. Under the lock, since to count one
    /// more owner up and down again costs more than looking.
    pub(crate) fn at_hand<R>(&self, see: impl FnOnce(&Generation) -> Option<R>) -> Option<R> {
        let stamp = self.store.meta.stamp();
        let current = self.generation.read().unwrap_or_else(|e| e.into_inner());
        if !current.stands(stamp) {
            return None;
        }
        see(&current)
    }

    fn current(&self) -> Arc<Generation> {
        let current = self.generation.read();
        current.unwrap_or_else(|e| e.into_inner()).clone()
    }

    /// What is known as long as the epoch stands where it stands now.
    ///
    /// Rows are read into it after its epoch was, so they may be newer than it says, never older: whatever was
    /// read before a commit is dropped by the first use after it.
    pub(crate) async fn generation(&self) -> Result<Arc<Generation>, Fault> {
        let stamp = self.store.meta.stamp();
        let current = self.current();
        if current.stands(stamp) {
            return Ok(current);
        }
        let row = self.store.meta.get(rows::EPOCH.as_bytes()).await?;
        let epoch = row.map(|row| row.version);
        if current.epoch == epoch {
            current.seen(stamp);
            return Ok(current);
        }
        let fresh = Arc::new(Generation {
            epoch,
            ..Generation::default()
        });
        fresh.seen(stamp);
        *self.generation.write().unwrap_or_else(|e| e.into_inner()) = fresh.clone();
        Ok(fresh)
    }

    /// What seals tokens. A store without a sealing key was never set up.
    pub(crate) async fn sealer(&self, generation: &Generation) -> Result<Arc<Sealer>, Fault> {
        if let Some(sealer) = generation.sealer.get() {
            return Ok(sealer.clone());
        }
        let row = self.store.meta.get(rows::SEALING_KEY.as_bytes()).await?;
        let key = row.ok_or_else(|| Fault::internal("the store has no sealing key"))?;
        let key: [u8; 32] = (&*key.value)
            .try_into()
            .map_err(|_| Fault::internal("the sealing key is damaged"))?;
        let sealer = Arc::new(Sealer::new(&key));
        Ok(generation.sealer.get_or_init(|| sealer).clone())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("store", &self.store)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
