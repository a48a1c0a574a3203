//! Settings of functions that are kept beside them, a row for each kind and qualifier.

use chrono::{DateTime, Utc};
use gateway::Fault;
use store::{Batch, Error};

use crate::functions::{Page, changed_meanwhile};
use crate::locate::{LATEST, Target};
use crate::owned::Owned;
use crate::rows::{self, ConfigRow, Kind, Owner};
use crate::settings::Fields;
use crate::{Fc, fault};

impl ConfigRow {
    /// The settings of what a request names.
    pub(crate) fn new(target: &Target, settings: Fields, now: DateTime<Utc>) -> Self {
        Self {
            service: target.name("serviceName").to_owned(),
            function: target.name("functionName").to_owned(),
            qualifier: target.qualifier().to_owned(),
            settings,
            created: now,
            modified: now,
        }
    }
}

impl Fc {
    /// The settings of one kind that a request's function has for the request's qualifier.
    pub(crate) async fn config(
        &self,
        target: &Target,
        kind: Kind,
    ) -> Result<Option<Owned<ConfigRow>>, Fault> {
        let key = target.function().one(kind, target.qualifier());
        self.owned(&key).await
    }

    /// The settings of one kind that hold for all versions of a function.
    pub(crate) async fn config_of_function(
        &self,
        target: &Target,
        kind: Kind,
    ) -> Result<Option<Owned<ConfigRow>>, Fault> {
        self.owned(&target.function().one(kind, LATEST)).await
    }

    /// Puts settings in the place of those of this version, or where there are none. The number is the row's new version.
    ///
    /// # Errors
    ///
    /// `ConcurrentUpdateError` if they were changed since, `FunctionNotFound`.
    pub(crate) async fn put_config(
        &self,
        target: &Target,
        kind: Kind,
        row: &ConfigRow,
        version: Option<u64>,
    ) -> Result<u64, Fault> {
        let owner = target.function();
        let key = owner.one(kind, &row.qualifier);
        let mut batch = Batch::new();
        match version {
            Some(version) => batch.expect_version(&key, version),
            None => batch.expect_absent(&key),
        };
        batch.put(&key, rows::encode(row)?);
        // Whoever deletes the function at the same time has not seen this, and has to notice.
        batch.expect_present(owner.row()).add(owner.size(), 0);
        let put = self.store.meta.commit(batch).await;
        put.map_err(|error| match error {
            Error::Conflict { key: gone } if *gone == *owner.row().as_bytes() => {
                fault::function_not_found(&owner.function, &owner.place.service)
            }
            error => changed_meanwhile(error),
        })
    }

    /// Removes settings that were found.
    ///
    /// # Errors
    ///
    /// `ConcurrentUpdateError` if they were changed since.
    pub(crate) async fn delete_config(
        &self,
        target: &Target,
        kind: Kind,
        found: &Owned<ConfigRow>,
    ) -> Result<(), Fault> {
        let key = target.function().one(kind, &found.row.qualifier);
        let mut batch = Batch::new();
        batch.expect_version(&key, found.version).delete(&key);
        let deleted = self.store.meta.commit(batch).await;
        deleted.map(drop).map_err(changed_meanwhile)
    }

    /// Removes all settings of a function that is deleted.
    pub(crate) async fn remove_configs(
        &self,
        batch: &mut Batch,
        owner: &Owner,
    ) -> Result<(), Fault> {
        let view = self.store.meta.view().await?;
        for kind in Kind::CONFIGS {
            let mut cursor = view.cursor(owner.all(*kind).as_bytes());
            while let Some(row) = cursor.next().await? {
                batch.delete(&row.key);
            }
        }
        Ok(())
    }

    /// A page of the settings of one kind, of one function or of all that are where the request's are, and where the next one begins.
    pub(crate) async fn configs(
        &self,
        target: &Target,
        kind: Kind,
        function: &str,
        mut page: Page,
    ) -> Result<(Vec<ConfigRow>, Option<String>), Fault> {
        page.prefix = match function {
            "" => String::new(),
            function => format!("{function}/"),
        };
        let (rows, next) = self.page(&target.place().all(kind), &page).await?;
        let decoded: Result<Vec<ConfigRow>, Fault> = rows.iter().map(rows::decode).collect();
        Ok((decoded?, next))
    }

    /// The settings of one kind of all functions in services, where the request's are.
    pub(crate) async fn configs_everywhere(
        &self,
        target: &Target,
        kind: Kind,
    ) -> Result<Vec<ConfigRow>, Fault> {
        let view = self.store.meta.view().await?;
        let mut cursor = view.cursor(target.place().everywhere(kind).as_bytes());
        let mut found = Vec::new();
        while let Some(row) = cursor.next().await? {
            found.push(rows::decode::<ConfigRow>(&row)?);
        }
        found.retain(|row| row.service.is_empty() != target.generation.has_services());
        Ok(found)
    }
}
