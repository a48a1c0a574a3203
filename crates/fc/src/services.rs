//! Services of FC 2.0 as they are kept. Nothing here knows of HTTP.

use chrono::{DateTime, Utc};
use gateway::Fault;
use store::{Batch, Error};

use crate::functions::{Page, changed_meanwhile};
use crate::rows::{self, Place, ServiceRow};
use crate::settings::Fields;
use crate::{Fc, fault, ids};

/// A service as it was found.
#[derive(Debug, Clone)]
pub(crate) struct FoundService {
    pub(crate) row: ServiceRow,
    /// The number of the commit that wrote the row.
    pub(crate) version: u64,
}

impl Fc {
    /// The service of a place.
    ///
    /// # Errors
    ///
    /// `ServiceNotFound`.
    pub(crate) async fn service(&self, place: &Place) -> Result<FoundService, Fault> {
        let row = self.store.meta.get(place.service().as_bytes()).await?;
        let row = row.ok_or_else(|| fault::service_not_found(&place.service))?;
        Ok(FoundService {
            row: rows::decode(&row)?,
            version: row.version,
        })
    }

    /// Makes the service of a place. `now` is virtual time.
    ///
    /// # Errors
    ///
    /// `ServiceAlreadyExists`.
    pub(crate) async fn create_service(
        &self,
        place: &Place,
        settings: Fields,
        now: DateTime<Utc>,
    ) -> Result<FoundService, Fault> {
        let row = ServiceRow {
            id: ids::uuid()?,
            name: place.service.to_string(),
            created: now,
            modified: now,
            settings,
        };
        let key = place.service();
        let mut batch = Batch::new();
        batch.expect_absent(&key).put(&key, rows::encode(&row)?);
        match self.store.meta.commit(batch).await {
            Ok(version) => Ok(FoundService { row, version }),
            Err(Error::Conflict { .. }) => Err(fault::service_already_exists(&row.name)),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts a service's new state in the place of the one that was found.
    ///
    /// # Errors
    ///
    /// `ConcurrentUpdateError` if it was changed since.
    pub(crate) async fn update_service(
        &self,
        place: &Place,
        found: FoundService,
        now: DateTime<Utc>,
    ) -> Result<FoundService, Fault> {
        let FoundService { mut row, version } = found;
        row.modified = now;
        let key = place.service();
        let mut batch = Batch::new();
        batch
            .expect_version(&key, version)
            .put(&key, rows::encode(&row)?);
        let updated = self.store.meta.commit(batch).await;
        let version = updated.map_err(changed_meanwhile)?;
        Ok(FoundService { row, version })
    }

    /// Deletes a service that was found.
    ///
    /// # Errors
    ///
    /// `ServiceNotEmpty` while it has functions, versions or aliases; `ConcurrentUpdateError` if it was changed since.
    pub(crate) async fn delete_service(
        &self,
        place: &Place,
        found: &FoundService,
    ) -> Result<(), Fault> {
        let (key, owner) = (place.service(), place.owner());
        let mut batch = Batch::new();
        self.expect_empty(&mut batch, &owner).await?;
        batch.expect_version(&key, found.version).delete(&key);
        batch.delete(owner.published()).delete(owner.tags());
        let deleted = self.store.meta.commit(batch).await;
        deleted.map(drop).map_err(changed_meanwhile)
    }

    /// Up to `limit` services in the order of their names, and the name that the next page begins with.
    pub(crate) async fn services(
        &self,
        place: &Place,
        page: &Page,
    ) -> Result<(Vec<FoundService>, Option<String>), Fault> {
        let (rows, more) = self.page(&place.services(), page).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let version = row.version;
            let row = rows::decode(&row)?;
            found.push(FoundService { row, version });
        }
        Ok((found, more))
    }
}
