//! When keys were last used. Known for as long as the process runs: writing it down would make a commit of every request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use gateway::{Fault, LastUse, Use};

use super::Owner;
use crate::Identity;

/// The last use of every key that was looked up, by id. Keys outlive what is cached about them, and so does this.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<HashMap<String, Arc<LastUse>>>);

impl Uses {
    pub(crate) fn of(&self, id: &str) -> Arc<LastUse> {
        self.lock().entry(id.to_owned()).or_default().clone()
    }

    /// A key of this id that is made later is another one.
    pub(crate) fn forget(&self, id: &str) {
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<LastUse>>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl Identity {
    /// When and for which service a key was last used since this process began; `None` if it was not.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `EntityNotExist.User.AccessKey`.
    pub async fn key_last_used(
        &self,
        account: &str,
        owner: &Owner,
        id: &str,
    ) -> Result<Option<Use>, Fault> {
        let key = self.key_of(account, owner, id).await?;
        Ok(self.uses.of(&key.id).get())
    }

    /// Forgets when keys were used: all of them are gone.
    pub fn forget_uses(&self) {
        self.uses.lock().clear();
    }
}
