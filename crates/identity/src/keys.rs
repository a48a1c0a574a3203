//! Access keys of users and of an account's root.

pub mod networks;
pub mod usage;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use gateway::{Caller, Credential, Fault, PermanentKey};
use policy::Principal;
use serde::{Deserialize, Serialize};
use signature::Secret;
use store::View;

use crate::keys::usage::Uses;
use crate::rows::{self, Change};
use crate::users::{self, User};
use crate::{Identity, fault, random, time, token};

/// What stands in place of a user's id for the root of an account.
const ROOT: &str = "root";

/// An access key.
#[derive(Clone, Serialize, Deserialize)]
pub struct Key {
    /// Begins with `LTAI`, unless somebody chose it.
    pub id: String,
    secret: String,
    /// The uid of the account it belongs to.
    pub account: String,
    /// The user it belongs to; `None` is the root.
    pub user_id: Option<String>,
    /// Whether requests may be signed with it.
    pub active: bool,
    /// When it was made, `YYYY-MM-DDThh:mm:ssZ`.
    pub created: String,
    /// When it was last switched on or off; `None` if never.
    #[serde(default)]
    updated: Option<String>,
    /// Where it may be used, as [`networks`] has it; `None` is anywhere.
    #[serde(default)]
    policy: Option<String>,
}

impl Key {
    /// When it was last changed, `YYYY-MM-DDThh:mm:ssZ`.
    pub fn updated(&self) -> &str {
        self.updated.as_deref().unwrap_or(&self.created)
    }

    /// The secret, which RAM shows once.
    pub fn secret(&self) -> Secret {
        Secret::new(&self.secret)
    }

    /// `Active` or `Inactive`.
    pub fn status(&self) -> &'static str {
        if self.active { "Active" } else { "Inactive" }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .field("account", &self.account)
            .field("user_id", &self.user_id)
            .field("active", &self.active)
            .finish_non_exhaustive()
    }
}

/// Whose keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// The account itself.
    Root,
    /// The user of this name.
    User(String),
}

/// A key that can be used, and who signs with it.
#[derive(Debug)]
pub(crate) struct KnownKey {
    pub(crate) secret: Secret,
    pub(crate) active: bool,
    pub(crate) caller: Arc<Caller>,
    pub(crate) permanent: Arc<PermanentKey>,
}

impl KnownKey {
    /// What goes with the key, whether it is active or not.
    pub(crate) fn credential(&self) -> Credential {
        Credential {
            secret: self.secret.clone(),
            caller: self.caller.clone(),
            permanent: Some(self.permanent.clone()),
        }
    }
}

impl Identity {
    /// Makes a key with a random id and secret.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `LimitExceeded.User.AccessKey`.
    pub async fn create_key(
        &self,
        account: &str,
        owner: &Owner,
        now: DateTime<Utc>,
    ) -> Result<Key, Fault> {
        let mut key = Key {
            id: format!("LTAI{}", random::letters(&random::bytes::<20>()?)),
            secret: random::letters(&random::bytes::<30>()?),
            account: account.to_owned(),
            user_id: None,
            active: true,
            created: time::iso(now),
            updated: None,
            policy: None,
        };
        loop {
            let mut change = self.begin().await?;
            key.user_id = owner_id(&mut change, account, owner).await?;
            let mut ids = change.ids_of(account, key.user_id.as_deref()).await?;
            if ids.len() >= self.limits.keys {
                return Err(fault::too_many_access_keys());
            }
            ids.push(key.id.clone());
            change.put_ids(account, key.user_id.as_deref(), &ids)?;
            change.put(&rows::key(&key.id), &key)?;
            if change.commit().await? {
                return Ok(key);
            }
        }
    }

    /// Makes a key with this id and secret, or gives the key that has the id this secret and owner and switches it
    /// on. Not limited in number: this is how a cloud is furnished, not an operation of RAM.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`; `InvalidParameter` for an id that is empty, has other characters than letters, digits
    /// and `._=-`, or looks like a key of STS.
    pub async fn put_key(
        &self,
        account: &str,
        owner: &Owner,
        id: &str,
        secret: &Secret,
        now: DateTime<Utc>,
    ) -> Result<(), Fault> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"._=-".contains(&b);
        if id.is_empty() || !id.bytes().all(fits) || id.starts_with(token::KEY_PREFIX) {
            return Err(fault::invalid_parameter("AccessKeyId"));
        }
        loop {
            let mut change = self.begin().await?;
            let user_id = owner_id(&mut change, account, owner).await?;
            let old: Option<Key> = change.read(&rows::key(id)).await?;
            let same = old.as_ref().is_some_and(|old| {
                old.secret == secret.expose()
                    && old.user_id == user_id
                    && old.account == account
                    && old.active
            });
            if same {
                return Ok(());
            }
            let moved = old
                .as_ref()
                .filter(|old| old.account != account || old.user_id != user_id);
            if let Some(old) = moved {
                change.forget_id(old).await?;
            }
            let mut ids = change.ids_of(account, user_id.as_deref()).await?;
            ids.retain(|known| known != id);
            ids.push(id.to_owned());
            change.put_ids(account, user_id.as_deref(), &ids)?;
            let key = Key {
                id: id.to_owned(),
                secret: secret.expose().to_owned(),
                account: account.to_owned(),
                user_id,
                active: true,
                policy: old.as_ref().and_then(|old| old.policy.clone()),
                created: old.map_or_else(|| time::iso(now), |old| old.created),
                updated: None,
            };
            change.put(&rows::key(id), &key)?;
            if change.commit().await? {
                return Ok(());
            }
        }
    }

    /// Switches a key on or off.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `EntityNotExist.User.AccessKey`.
    pub async fn set_key_active(
        &self,
        account: &str,
        owner: &Owner,
        id: &str,
        active: bool,
        now: DateTime<Utc>,
    ) -> Result<(), Fault> {
        loop {
            let mut change = self.begin().await?;
            let mut key = need(&mut change, account, owner, id).await?;
            key.active = active;
            key.updated = Some(time::iso(now));
            change.put(&rows::key(id), &key)?;
            if change.commit().await? {
                return Ok(());
            }
        }
    }

    /// Deletes a key.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `EntityNotExist.User.AccessKey`.
    pub async fn delete_key(&self, account: &str, owner: &Owner, id: &str) -> Result<(), Fault> {
        loop {
            let mut change = self.begin().await?;
            let key = need(&mut change, account, owner, id).await?;
            change.forget_id(&key).await?;
            change.delete(&rows::key(id));
            if change.commit().await? {
                self.uses.forget(id);
                return Ok(());
            }
        }
    }

    /// The keys of an owner, the oldest first.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`.
    pub async fn keys(&self, account: &str, owner: &Owner) -> Result<Vec<Key>, Fault> {
        let view = self.store.meta.view().await?;
        let user_id = match owner {
            Owner::Root => None,
            Owner::User(name) => {
                let user = users::find(&view, account, name).await?;
                Some(user.ok_or_else(fault::no_such_user)?.id)
            }
        };
        let ids = rows::keys_of(account, user_id.as_deref().unwrap_or(ROOT));
        let ids: Vec<String> = rows::get(&view, &ids).await?.unwrap_or_default();
        let mut keys = Vec::new();
        for id in ids {
            keys.extend(rows::get(&view, &rows::key(&id)).await?);
        }
        Ok(keys)
    }
}

impl Identity {
    /// The user whose key this is, if it is one of a user of the account.
    pub async fn user_by_key(&self, account: &str, id: &str) -> Result<Option<User>, Fault> {
        let view = self.store.meta.view().await?;
        let key: Option<Key> = rows::get(&view, &rows::key(id)).await?;
        let owner = key.filter(|key| key.account == account);
        match owner.and_then(|key| key.user_id) {
            Some(user_id) => rows::get(&view, &rows::user(account, &user_id)).await,
            None => Ok(None),
        }
    }
}

impl Identity {
    /// A key of an owner.
    async fn key_of(&self, account: &str, owner: &Owner, id: &str) -> Result<Key, Fault> {
        let keys = self.keys(account, owner).await?;
        let key = keys.into_iter().find(|key| key.id == id);
        key.ok_or_else(fault::no_such_access_key)
    }
}

impl Change<'_> {
    async fn ids_of(&mut self, account: &str, user_id: Option<&str>) -> Result<Vec<String>, Fault> {
        let row = rows::keys_of(account, user_id.unwrap_or(ROOT));
        Ok(self.read(&row).await?.unwrap_or_default())
    }

    /// An owner without keys has no row, which is how one sees that a user may be deleted.
    fn put_ids(
        &mut self,
        account: &str,
        user_id: Option<&str>,
        ids: &[String],
    ) -> Result<(), Fault> {
        let row = rows::keys_of(account, user_id.unwrap_or(ROOT));
        if ids.is_empty() {
            self.delete(&row);
            return Ok(());
        }
        self.put(&row, &ids)
    }

    async fn forget_id(&mut self, key: &Key) -> Result<(), Fault> {
        let owner = key.user_id.as_deref();
        let mut ids = self.ids_of(&key.account, owner).await?;
        ids.retain(|id| *id != key.id);
        self.put_ids(&key.account, owner, &ids)
    }
}

async fn owner_id(
    change: &mut Change<'_>,
    account: &str,
    owner: &Owner,
) -> Result<Option<String>, Fault> {
    match owner {
        Owner::Root => Ok(None),
        Owner::User(name) => Ok(Some(users::need(change, account, name).await?.id)),
    }
}

async fn need(
    change: &mut Change<'_>,
    account: &str,
    owner: &Owner,
    id: &str,
) -> Result<Key, Fault> {
    let user_id = owner_id(change, account, owner).await?;
    let key: Option<Key> = change.read(&rows::key(id)).await?;
    key.filter(|key| key.account == account && key.user_id == user_id)
        .ok_or_else(fault::no_such_access_key)
}

/// The key of this id with its owner, as a request needs them.
pub(crate) async fn known(view: &View, id: &str, uses: &Uses) -> Result<Option<KnownKey>, Fault> {
    let Some(key) = rows::get::<Key>(view, &rows::key(id)).await? else {
        return Ok(None);
    };
    let caller = match &key.user_id {
        None => Caller::root(&key.account, &key.id),
        Some(user_id) => {
            let user: Option<User> = rows::get(view, &rows::user(&key.account, user_id)).await?;
            let Some(user) = user else { return Ok(None) };
            Caller {
                principal: Principal::User {
                    account: key.account.as_str().into(),
                    id: user.id.into(),
                    name: user.name.into(),
                },
                access_key_id: Some(key.id.as_str().into()),
                session: None,
            }
        }
    };
    Ok(Some(KnownKey {
        permanent: Arc::new(PermanentKey {
            networks: key
                .policy
                .as_deref()
                .map(networks::of)
                .transpose()?
                .flatten(),
            last_use: uses.of(id),
        }),
        secret: key.secret(),
        active: key.active,
        caller: Arc::new(caller),
    }))
}
