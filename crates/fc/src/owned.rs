//! What belongs to functions and services: versions, aliases, triggers. Their counter keeps the owner from being deleted.

use gateway::Fault;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::Batch;

use crate::functions::Page;
use crate::rows::{self, Kind, Owner};
use crate::{Fc, fault};

/// The kinds as refusals name them.
const NAMES: [(Kind, &str); 3] = [
    (Kind::Version, "versions"),
    (Kind::Alias, "aliases"),
    (Kind::Trigger, "triggers"),
];

/// A row of a kind, and its version.
#[derive(Debug, Clone)]
pub(crate) struct Owned<T> {
    pub(crate) row: T,
    pub(crate) version: u64,
}

impl Fc {
    /// The row under this key.
    pub(crate) async fn owned<T: DeserializeOwned>(
        &self,
        key: &str,
    ) -> Result<Option<Owned<T>>, Fault> {
        let row = self.store.meta.get(key.as_bytes()).await?;
        let owned = row.map(|row| {
            let version = row.version;
            rows::decode(&row).map(|row| Owned { row, version })
        });
        owned.transpose()
    }

    /// A page of one kind, in the order of the names.
    pub(crate) async fn all_owned<T: DeserializeOwned>(
        &self,
        owner: &Owner,
        kind: Kind,
        page: &Page,
    ) -> Result<(Vec<T>, Option<String>), Fault> {
        let (rows, next) = self.page(&owner.all(kind), page).await?;
        let decoded: Result<Vec<T>, Fault> = rows.iter().map(rows::decode).collect();
        Ok((decoded?, next))
    }

    /// Adds a row that must not be there to one that must, and to what its owner has.
    pub(crate) fn add_owned<T: Serialize>(
        batch: &mut Batch,
        owner: &Owner,
        key: &str,
        row: &T,
    ) -> Result<(), Fault> {
        batch.expect_absent(key).put(key, rows::encode(row)?);
        batch.expect_present(owner.row()).add(owner.size(), 1);
        Ok(())
    }

    /// Removes a row of this version from what its owner has.
    pub(crate) fn remove_owned(batch: &mut Batch, owner: &Owner, key: &str, version: u64) {
        batch.expect_version(key, version).delete(key);
        batch.add(owner.size(), -1);
    }

    /// Expects that an owner has nothing, so that it can be deleted, and deletes the counter.
    ///
    /// # Errors
    ///
    /// `ServiceNotEmpty`, `FunctionNotEmpty`.
    pub(crate) async fn expect_empty(&self, batch: &mut Batch, owner: &Owner) -> Result<(), Fault> {
        let key = owner.size();
        let Some(size) = self.store.meta.get(key.as_bytes()).await? else {
            batch.expect_absent(&key);
            return Ok(());
        };
        if size.counter() > 0 {
            let what = self.what_is_there(owner).await?;
            let service = &owner.place.service;
            return Err(fault::not_empty(service, &owner.function, what));
        }
        batch.expect_version(&key, size.version).delete(&key);
        Ok(())
    }

    async fn what_is_there(&self, owner: &Owner) -> Result<&'static str, Fault> {
        let view = self.store.meta.view().await?;
        for (kind, name) in NAMES {
            let mut cursor = view.cursor(owner.all(kind).as_bytes());
            if cursor.next().await?.is_some() {
                return Ok(name);
            }
        }
        Ok("functions")
    }
}
