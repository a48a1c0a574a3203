//! Functions as they are kept. Nothing here knows of HTTP.

use chrono::{DateTime, Utc};
use gateway::Fault;
use store::{Batch, Error, Row};

use crate::layers::{self, UsedLayer};
use crate::packages::NewCode;
use crate::rows::{self, FunctionRow, Place};
use crate::settings::Fields;
use crate::tags::Tags;
use crate::{Fc, fault};

/// A function as it was found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) row: FunctionRow,
    /// The number of the commit that wrote the row.
    pub(crate) version: u64,
}

/// What a new function is made of.
#[derive(Debug)]
pub(crate) struct NewFunction {
    pub(crate) name: String,
    pub(crate) settings: Fields,
    pub(crate) code: Option<NewCode>,
    pub(crate) layers: Vec<UsedLayer>,
    pub(crate) tags: Tags,
}

/// What takes the place of what a function has; what is `None` stays.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    pub(crate) code: Option<NewCode>,
    pub(crate) layers: Option<Vec<UsedLayer>>,
}

impl Fc {
    /// The function of this name.
    ///
    /// # Errors
    ///
    /// `FunctionNotFound`.
    pub(crate) async fn function(&self, place: &Place, name: &str) -> Result<Found, Fault> {
        let row = self.store.meta.get(place.function(name).as_bytes()).await?;
        let Some(row) = row else {
            if !place.is_bare() {
                self.service(place).await?;
            }
            return Err(fault::function_not_found(name, &place.service));
        };
        Ok(Found {
            row: rows::decode(&row)?,
            version: row.version,
        })
    }

    /// Makes a function. `now` is virtual time.
    ///
    /// # Errors
    ///
    /// `FunctionAlreadyExists`.
    pub(crate) async fn create_function(
        &self,
        place: &Place,
        new: NewFunction,
        now: DateTime<Utc>,
    ) -> Result<Found, Fault> {
        let key = place.function(&new.name);
        let mut batch = Batch::new();
        let code = new
            .code
            .map(|code| code.own(&mut batch, &place.code(&new.name)));
        let row = FunctionRow {
            id: crate::ids::uuid()?,
            name: new.name,
            created: now,
            modified: now,
            settings: new.settings,
            code,
            layers: new.layers,
        };
        layers::expect(&mut batch, &row.layers);
        if !new.tags.is_empty() {
            let tags = place.owner_of(&row.name).tags();
            batch.put(tags, rows::encode(&new.tags)?);
        }
        batch.expect_absent(&key).put(&key, rows::encode(&row)?);
        if !place.is_bare() {
            batch
                .expect_present(place.service())
                .add(place.owner().size(), 1);
        }
        match self.store.meta.commit(batch).await {
            Ok(version) => Ok(Found { row, version }),
            Err(error) => {
                self.release(row.code.as_ref()).await;
                Err(match error {
                    Error::Conflict { key: taken } if *taken == *key.as_bytes() => {
                        fault::function_already_exists(&row.name, &place.service)
                    }
                    Error::Conflict { key: gone } if *gone == *place.service().as_bytes() => {
                        fault::service_not_found(&place.service)
                    }
                    error => changed_meanwhile(error),
                })
            }
        }
    }

    /// Puts a function's new state in the place of the one that was found, with new code and layers if there are some.
    ///
    /// # Errors
    ///
    /// `ConcurrentUpdateError` if it was changed since.
    pub(crate) async fn update_function(
        &self,
        place: &Place,
        found: Found,
        changed: Changed,
        now: DateTime<Utc>,
    ) -> Result<Found, Fault> {
        let Changed { code, layers } = changed;
        let Found { mut row, version } = found;
        let (key, code_key) = (place.function(&row.name), place.code(&row.name));
        let mut batch = Batch::new();
        let replaced = code.is_some().then(|| row.code.take()).flatten();
        if let Some(blob) = replaced.as_ref().and_then(|code| code.blob) {
            store::disown(&mut batch, blob, &code_key);
        }
        if let Some(new) = code {
            // What it replaces may have been a row where the new is a blob.
            batch.delete(&code_key);
            row.code = Some(new.own(&mut batch, &code_key));
        }
        if let Some(layers) = layers {
            layers::expect(&mut batch, &layers);
            row.layers = layers;
        }
        row.modified = now;
        batch
            .expect_version(&key, version)
            .put(&key, rows::encode(&row)?);
        match self.store.meta.commit(batch).await {
            Ok(version) => {
                self.release(replaced.as_ref()).await;
                Ok(Found { row, version })
            }
            Err(error) => {
                if replaced.is_some() {
                    self.release(row.code.as_ref()).await;
                }
                Err(changed_meanwhile(error))
            }
        }
    }

    /// Deletes a function that was found.
    ///
    /// # Errors
    ///
    /// `ConcurrentUpdateError` if it was changed since.
    pub(crate) async fn delete_function(&self, place: &Place, found: Found) -> Result<(), Fault> {
        let (key, code_key) = (place.function(&found.row.name), place.code(&found.row.name));
        let mut batch = Batch::new();
        let owner = place.owner_of(&found.row.name);
        self.expect_empty(&mut batch, &owner).await?;
        self.expect_unprovisioned(&owner).await?;
        self.remove_configs(&mut batch, &owner).await?;
        batch.delete(owner.published()).delete(owner.tags());
        batch
            .expect_version(&key, found.version)
            .delete(&key)
            .delete(&code_key);
        if let Some(blob) = found.row.code.as_ref().and_then(|code| code.blob) {
            store::disown(&mut batch, blob, &code_key);
        }
        if !place.is_bare() {
            batch.add(place.owner().size(), -1);
        }
        let deleted = self.store.meta.commit(batch).await;
        deleted.map_err(changed_meanwhile)?;
        self.release(found.row.code.as_ref()).await;
        Ok(())
    }

    /// Up to `limit` functions in the order of their names, and the name that the next page begins with.
    pub(crate) async fn functions(
        &self,
        place: &Place,
        page: &Page,
    ) -> Result<(Vec<Found>, Option<String>), Fault> {
        let (rows, more) = self.page(&place.functions(), page).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let version = row.version;
            let row = rows::decode(&row)?;
            found.push(Found { row, version });
        }
        Ok((found, more))
    }

    /// The rows of a page, and the name that the next one begins with. What follows `base` in a row's key is its name.
    pub(crate) async fn page(
        &self,
        base: &str,
        page: &Page,
    ) -> Result<(Vec<Row>, Option<String>), Fault> {
        let view = self.store.meta.view().await?;
        let mut cursor = view.cursor([base, &page.prefix].concat().as_bytes());
        if let Some(from) = &page.from {
            cursor.seek([base, from].concat().as_bytes()).await?;
        }
        let mut rows = cursor.take(page.limit + 1).await?;
        let next = (rows.len() > page.limit).then(|| rows.pop()).flatten();
        let name = |row: Row| String::from_utf8_lossy(&row.key[base.len()..]).into_owned();
        Ok((rows, next.map(name)))
    }
}

/// Which part of a list is wanted.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) prefix: String,
    /// The name to begin with.
    pub(crate) from: Option<String>,
    pub(crate) limit: usize,
}

/// A row that was read has another version now, or is gone.
pub(crate) fn changed_meanwhile(error: Error) -> Fault {
    match error {
        Error::Conflict { .. } => fault::concurrent_update().because(error),
        error => error.into(),
    }
}
