//! What was read from the store once and holds until somebody changes it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, RwLock};

use gateway::Policies;

use crate::attachments::Entity;
use crate::keys::KnownKey;
use crate::roles::KnownRole;
use crate::sessions::OpenSession;
use crate::token::Sealer;

/// How many entries of a kind are kept. A session's token has up to 4 KiB.
const KEPT: usize = 1024;

/// Everything that was read while the epoch row stood where it stands. Every commit of this crate moves that
/// row, in whichever process it is made, and every use compares it first: so nothing outlives the commit that
/// changed it, and no message between processes is needed.
#[derive(Debug, Default)]
pub(crate) struct Generation {
    /// The version of the epoch row.
    pub(crate) epoch: Option<u64>,
    /// The store's stamp (`store::Meta::stamp`) before the epoch row was last found there; see [`Generation::stands`].
    pub(crate) stamp: AtomicU64,
    pub(crate) sealer: OnceLock<Arc<Sealer>>,
    /// By access key id.
    pub(crate) keys: Memo<Arc<KnownKey>>,
    /// By token.
    pub(crate) sessions: Memo<Arc<OpenSession>>,
    /// By `<uid>/<role id>`.
    pub(crate) roles: Memo<Arc<KnownRole>>,
    /// By `<uid>/<name in lower case>`.
    pub(crate) role_names: Memo<Arc<KnownRole>>,
    /// By the id of the user or role.
    pub(crate) policies: Memo<Arc<Held>>,
}

/// The policies that a user or role has.
pub(crate) struct Held {
    account: Box<str>,
    entity: Entity,
    policies: Arc<Policies>,
}

impl Generation {
    /// Whether nothing at all was committed to the store since the epoch row was last looked at, so that it needs no
    /// look now. Stamps never come again, so an old one that a slow thread may write here cannot be taken for new.
    pub(crate) fn stands(&self, stamp: Option<u64>) -> bool {
        self.epoch.is_some() && stamp == Some(self.stamp.load(Ordering::Acquire))
    }

    /// The epoch row was read after the store had this stamp, and stood where it stands here.
    pub(crate) fn seen(&self, stamp: Option<u64>) {
        if let Some(stamp) = stamp {
            self.stamp.store(stamp, Ordering::Release);
        }
    }

    /// The policies of a user or role, if they are known. Ids are random, but it is looked at whose this one is.
    pub(crate) fn policies(
        &self,
        account: &str,
        entity: Entity,
        id: &str,
    ) -> Option<Arc<Policies>> {
        let its = |held: &Arc<Held>| {
            let same = held.entity == entity && *held.account == *account;
            same.then(|| held.policies.clone())
        };
        self.policies.see(id, its)
    }

    /// Takes them in.
    pub(crate) fn keep_policies(
        &self,
        account: &str,
        entity: Entity,
        id: &str,
        policies: &Arc<Policies>,
    ) {
        let held = Held {
            account: account.into(),
            entity,
            policies: policies.clone(),
        };
        self.policies.put(id, Arc::new(held));
    }
}

/// A bounded map that forgets everything when it is full: what is needed comes back at once. Few clouds have more than a
/// dozen keys, which are compared sooner than one is hashed; and tokens are long.
pub(crate) struct Memo<T>(RwLock<BTreeMap<Box<str>, T>>);

impl<T: Clone> Memo<T> {
    pub(crate) fn get(&self, key: &str) -> Option<T> {
        self.see(key, |value| Some(value.clone()))
    }

    /// What `see` makes of an entry.
    pub(crate) fn see<R>(&self, key: &str, see: impl FnOnce(&T) -> Option<R>) -> Option<R> {
        let map = self.0.read().unwrap_or_else(|e| e.into_inner());
        map.get(key).and_then(see)
    }

    pub(crate) fn put(&self, key: &str, value: T) -> T {
        let mut map = self.0.write().unwrap_or_else(|e| e.into_inner());
        if map.len() >= KEPT {
            map.clear();
        }
        map.insert(key.into(), value.clone());
        value
    }
}

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T> fmt::Debug for Memo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memo")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memo_is_bounded() {
        let memo = Memo::default();
        for n in 0..=KEPT {
            memo.put(&n.to_string(), n);
        }
        assert_eq!(memo.get("0"), None);
        assert_eq!(memo.get(&KEPT.to_string()), Some(KEPT));
    }
}
