//! Where the state stands in the store, and how it is changed.
//!
//! | Key | Value |
//! |---|---|
//! | `ram/epoch` | counter, one more with every commit of this crate: what makes caches stale |
//! | `ram/sealing-key` | 32 random bytes, see `token` |
//! | `ram/account/<uid>` | [`crate::accounts::Account`] |
//! | `ram/alias/<alias>` | uid of the account that chose it |
//! | `ram/user/<uid>/<user id>` | [`crate::users::User`] |
//! | `ram/user-name/<uid>/<name>` | user id |
//! | `ram/role/<uid>/<role id>` | [`crate::roles::Role`] |
//! | `ram/role-name/<uid>/<name in lower case>` | role id |
//! | `ram/group/<uid>/<group id>` | [`crate::groups::Group`] |
//! | `ram/group-name/<uid>/<name>` | group id |
//! | `ram/member/<uid>/<group id>/<user id>` | since when, as text |
//! | `ram/group-size/<uid>/<group id>` | counter of the rows above |
//! | `ram/groups-of/<uid>/<user id>` | list of group ids, each with the time since when |
//! | `ram/provider/<uid>/<name>` | [`crate::oidc::Provider`] |
//! | `ram/provider-of/<uid>/<issuer URL>` | the provider's name |
//! | `ram/saml-provider/<uid>/<name>` | [`crate::saml::SamlProvider`] |
//! | `ram/issuer-keys/<issuer URL>` | JSON Web Key Set |
//! | `ram/policy/<uid>/<name>` | [`crate::policies::Policy`] with its versions |
//! | `ram/key/<access key id>` | [`crate::keys::Key`] |
//! | `ram/keys-of/<uid>/<user id or root>` | list of access key ids |
//! | `ram/password-policy/<uid>` | [`crate::passwords::PasswordPolicy`] |
//! | `ram/preference/<uid>` | [`crate::preferences::Preference`] |
//! | `ram/login/<uid>/<user id>` | [`crate::logins::LoginProfile`] |
//! | `ram/mfa/<uid>/<name>` | [`crate::mfa::Device`] |
//! | `ram/mfa-of/<uid>/<user id>` | name of the device that the user has |
//! | `ram/attached/<uid>/<user, group or role>/<id>` | list of [`crate::attachments::Attachment`] |
//! | `ram/attached-to/<uid>/<policy type>/<policy>/<user, group or role>/<id>` | when, as text |
//! | `ram/uses/<uid>/<policy type>/<policy>` | counter of the rows above |
//! | `ram/count/<uid>/<users, groups, roles, policies, providers, devices, devices-in-use or saml-providers>` | counter, for the limits |
//!
//! Values are JSON, but for the sealing key and counters. No name has a `/` (a URL stands last), so no key can be read in two ways.
//! Users, groups and roles are kept under their ids, which outlive a change of name and never come back.
//!
//! A [`Change`] expects every row that it has read to be as it was, so whatever a decision rested on still holds
//! when it takes effect: one of two concurrent creations wins, a limit is never passed, nothing is attached to a
//! role that is being deleted.

use gateway::Fault;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{Batch, Row, Store, View};

pub(crate) const EPOCH: &str = "ram/epoch";
pub(crate) const SEALING_KEY: &str = "ram/sealing-key";

/// What is counted against a limit of the account.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Counted {
    Users,
    Groups,
    Roles,
    Policies,
    Providers,
    Devices,
    DevicesInUse,
    SamlProviders,
}

/// With an empty uid, the prefix of all.
pub(crate) fn account(uid: &str) -> String {
    format!("ram/account/{uid}")
}

pub(crate) fn alias(alias: &str) -> String {
    format!("ram/alias/{alias}")
}

/// With an empty id, the prefix of all.
pub(crate) fn user(uid: &str, id: &str) -> String {
    format!("ram/user/{uid}/{id}")
}

/// With an empty name, the prefix of all.
pub(crate) fn user_name(uid: &str, name: &str) -> String {
    format!("ram/user-name/{uid}/{name}")
}

pub(crate) fn group(uid: &str, id: &str) -> String {
    format!("ram/group/{uid}/{id}")
}

/// With an empty name, the prefix of all.
pub(crate) fn group_name(uid: &str, name: &str) -> String {
    format!("ram/group-name/{uid}/{name}")
}

/// With an empty user id, the prefix of all.
pub(crate) fn member(uid: &str, group_id: &str, user_id: &str) -> String {
    format!("ram/member/{uid}/{group_id}/{user_id}")
}

pub(crate) fn group_size(uid: &str, group_id: &str) -> String {
    format!("ram/group-size/{uid}/{group_id}")
}

pub(crate) fn groups_of(uid: &str, user_id: &str) -> String {
    format!("ram/groups-of/{uid}/{user_id}")
}

/// With an empty id, the prefix of all.
pub(crate) fn role(uid: &str, id: &str) -> String {
    format!("ram/role/{uid}/{id}")
}

/// With an empty name, the prefix of all.
pub(crate) fn role_name(uid: &str, name: &str) -> String {
    format!("ram/role-name/{uid}/{}", name.to_ascii_lowercase())
}

/// With an empty name, the prefix of all.
pub(crate) fn policy(uid: &str, name: &str) -> String {
    format!("ram/policy/{uid}/{name}")
}

/// With an empty name, the prefix of all.
pub(crate) fn provider(uid: &str, name: &str) -> String {
    format!("ram/provider/{uid}/{name}")
}

pub(crate) fn provider_of(uid: &str, issuer: &str) -> String {
    format!("ram/provider-of/{uid}/{issuer}")
}

/// With an empty name, the prefix of all.
pub(crate) fn saml_provider(uid: &str, name: &str) -> String {
    format!("ram/saml-provider/{uid}/{name}")
}

pub(crate) fn issuer_keys(issuer: &str) -> String {
    format!("ram/issuer-keys/{issuer}")
}

pub(crate) fn key(id: &str) -> String {
    format!("ram/key/{id}")
}

pub(crate) fn keys_of(uid: &str, owner: &str) -> String {
    format!("ram/keys-of/{uid}/{owner}")
}

pub(crate) fn password_policy(uid: &str) -> String {
    format!("ram/password-policy/{uid}")
}

pub(crate) fn preference(uid: &str) -> String {
    format!("ram/preference/{uid}")
}

pub(crate) fn login(uid: &str, user_id: &str) -> String {
    format!("ram/login/{uid}/{user_id}")
}

/// With an empty name, the prefix of all.
pub(crate) fn mfa(uid: &str, name: &str) -> String {
    format!("ram/mfa/{uid}/{name}")
}

pub(crate) fn mfa_of(uid: &str, user_id: &str) -> String {
    format!("ram/mfa-of/{uid}/{user_id}")
}

pub(crate) fn attached(uid: &str, kind: &str, id: &str) -> String {
    format!("ram/attached/{uid}/{kind}/{id}")
}

/// The prefix of all entities that have a policy.
pub(crate) fn attached_to(uid: &str, policy_type: &str, policy: &str) -> String {
    format!("ram/attached-to/{uid}/{policy_type}/{policy}/")
}

pub(crate) fn uses(uid: &str, policy_type: &str, policy: &str) -> String {
    format!("ram/uses/{uid}/{policy_type}/{policy}")
}

pub(crate) fn count(uid: &str, what: Counted) -> String {
    let what = match what {
        Counted::Users => "users",
        Counted::Groups => "groups",
        Counted::Roles => "roles",
        Counted::Policies => "policies",
        Counted::Providers => "providers",
        Counted::Devices => "devices",
        Counted::DevicesInUse => "devices-in-use",
        Counted::SamlProviders => "saml-providers",
    };
    format!("ram/count/{uid}/{what}")
}

/// Reads a row's JSON.
pub(crate) fn decode<T: DeserializeOwned>(row: &Row) -> Result<T, Fault> {
    serde_json::from_slice(&row.value).map_err(Fault::internal)
}

/// The row under a key of a view.
pub(crate) async fn get<T: DeserializeOwned>(view: &View, key: &str) -> Result<Option<T>, Fault> {
    let row = view.get(key.as_bytes()).await?;
    row.as_ref().map(decode).transpose()
}

/// Every row below a prefix.
pub(crate) async fn all<T: DeserializeOwned>(view: &View, prefix: &str) -> Result<Vec<T>, Fault> {
    let mut cursor = view.cursor(prefix.as_bytes());
    let mut all = Vec::new();
    while let Some(row) = cursor.next().await? {
        all.push(decode(&row)?);
    }
    Ok(all)
}

/// The sum of a counter of a view.
pub(crate) async fn counter(view: &View, key: &str) -> Result<i64, Fault> {
    let row = view.get(key.as_bytes()).await?;
    Ok(row.map_or(0, |row| row.counter()))
}

/// A transaction. Whoever gets `false` from [`Change::commit`] begins anew: somebody else changed what it had
/// read, so somebody else got on.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    store: &'a Store,
    view: View,
    batch: Batch,
}

impl<'a> Change<'a> {
    pub(crate) async fn begin(store: &'a Store) -> Result<Self, Fault> {
        Ok(Self {
            store,
            view: store.meta.view().await?,
            batch: Batch::new(),
        })
    }

    /// The rows as they were when the change began. What is read here may change before the commit.
    pub(crate) fn view(&self) -> &View {
        &self.view
    }

    /// A row, which must stay as it is until the commit; its absence too.
    pub(crate) async fn read<T: DeserializeOwned>(
        &mut self,
        key: &str,
    ) -> Result<Option<T>, Fault> {
        let row = self.row(key).await?;
        row.as_ref().map(decode).transpose()
    }

    /// Whether there is a row, which must stay as it is.
    pub(crate) async fn exists(&mut self, key: &str) -> Result<bool, Fault> {
        Ok(self.row(key).await?.is_some())
    }

    /// A counter, which must stay as it is.
    pub(crate) async fn counter(&mut self, key: &str) -> Result<i64, Fault> {
        Ok(self.row(key).await?.map_or(0, |row| row.counter()))
    }

    pub(crate) async fn row(&mut self, key: &str) -> Result<Option<Row>, Fault> {
        let row = self.view.get(key.as_bytes()).await?;
        match &row {
            Some(row) => self.batch.expect_version(key, row.version),
            None => self.batch.expect_absent(key),
        };
        Ok(row)
    }

    pub(crate) fn put(&mut self, key: &str, value: &impl Serialize) -> Result<(), Fault> {
        let json = serde_json::to_vec(value).map_err(Fault::internal)?;
        self.batch.put(key, json);
        Ok(())
    }

    pub(crate) fn put_bytes(&mut self, key: &str, value: &[u8]) {
        self.batch.put(key, value.to_vec());
    }

    pub(crate) fn delete(&mut self, key: &str) {
        self.batch.delete(key);
    }

    pub(crate) fn add(&mut self, key: &str, by: i64) {
        self.batch.add(key, by);
    }

    /// Whether it took effect. A change that writes nothing always does.
    pub(crate) async fn commit(mut self) -> Result<bool, Fault> {
        if self.batch.is_empty() {
            return Ok(true);
        }
        self.batch.add(EPOCH, 1);
        match self.store.meta.commit(self.batch).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_conflict() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = "ram/row";

    /// What `read` saw before somebody else's `write` must not be what a commit rests on.
    async fn races(first: Option<i64>, write: fn(&mut Change<'_>)) {
        let store = Store::memory();
        let mut setup = Change::begin(&store).await.unwrap();
        first.iter().for_each(|n| setup.add(ROW, *n));
        assert!(setup.commit().await.unwrap());

        let mut mine = Change::begin(&store).await.unwrap();
        assert_eq!(mine.counter(ROW).await.unwrap(), first.unwrap_or(0));
        mine.add("ram/other", 1);
        let mut theirs = Change::begin(&store).await.unwrap();
        write(&mut theirs);
        assert!(theirs.commit().await.unwrap());
        assert!(!mine.commit().await.unwrap());
        assert!(store.meta.get(b"ram/other").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_change_that_rests_on_what_is_past_does_nothing() {
        races(Some(1), |theirs| theirs.add(ROW, 1)).await;
        races(Some(1), |theirs| theirs.delete(ROW)).await;
        races(None, |theirs| theirs.add(ROW, 1)).await;
        races(None, |theirs| theirs.put_bytes(ROW, b"1")).await;
    }

    #[tokio::test]
    async fn changes_that_do_not_meet_both_take_effect() {
        let store = Store::memory();
        let mut one = Change::begin(&store).await.unwrap();
        let mut two = Change::begin(&store).await.unwrap();
        for (change, row) in [(&mut one, "ram/a"), (&mut two, "ram/b")] {
            assert!(!change.exists(row).await.unwrap());
            change.add(row, 1);
        }
        assert!(one.commit().await.unwrap());
        assert!(two.commit().await.unwrap());
        let epoch = store.meta.get(EPOCH.as_bytes()).await.unwrap().unwrap();
        assert_eq!(epoch.counter(), 2);
    }

    #[tokio::test]
    async fn a_change_that_writes_nothing_moves_no_epoch() {
        let store = Store::memory();
        let mut change = Change::begin(&store).await.unwrap();
        assert!(!change.exists(ROW).await.unwrap());
        assert!(change.commit().await.unwrap());
        assert!(store.meta.get(EPOCH.as_bytes()).await.unwrap().is_none());
    }
}
