//! Published versions: functions as they were, in a place of their own.

use chrono::{DateTime, Utc};
use gateway::{Call, Fault};
use store::Batch;

use crate::functions::{Found, Page, changed_meanwhile};
use crate::owned::Owned;
use crate::reply::Reply;
use crate::rows::{self, Kind, Owner, Place, VersionRow};
use crate::settings::{self, Fields};
use crate::{Fc, body, fault, show};

/// The most functions of a service whose versions can be published.
const MOST: usize = 1000;

/// The parameters of lists of versions.
pub(crate) const PARAMETERS: &[&str] = &["limit", "nextToken", "startKey", "direction"];

/// Publishes what a request names.
///
/// # Errors
///
/// Those of [`Fc::publish`]; `InvalidArgument`.
pub(crate) async fn publish(call: &mut Call<Fc>) -> Result<VersionRow, Fault> {
    let bytes = body::whole(call, body::WITHOUT_CODE).await?;
    let mut body = match bytes.is_empty() {
        true => Fields::new(),
        false => body::parse(&bytes)?,
    };
    let description = settings::take_text(&mut body, "description")?;
    if let Some(unknown) = body.keys().next() {
        return Err(fault::unknown_field(unknown));
    }
    let (owner, now) = (call.target.owner(), call.now.virtual_);
    let description = description.unwrap_or_default();
    call.service.publish(&owner, description, now).await
}

/// Lists the versions of what a request names: `BACKWARD`, the newest first, or `FORWARD`.
///
/// # Errors
///
/// `FunctionNotFound`, `ServiceNotFound`, `InvalidArgument`.
pub(crate) async fn list(call: &Call<Fc>) -> Result<Reply, Fault> {
    let owner = call.target.owner();
    let mut page = Page::read(&call.head)?;
    let direction = call.head.query.first("direction").unwrap_or_default();
    let forward = match direction {
        "FORWARD" => true,
        "BACKWARD" | "" => false,
        other => {
            return Err(fault::invalid_argument(format!(
                "direction '{other}' is neither FORWARD nor BACKWARD"
            )));
        }
    };
    // The token is the number of the version that the page begins with.
    let from = page.from.take().map(|from| {
        let number: Option<u64> = from.parse().ok();
        number.ok_or_else(|| fault::invalid_argument(format!("'{from}' is not a version")))
    });
    let from = from.transpose()?;
    call.service.expect_owner(&owner).await?;
    let (found, next) = call
        .service
        .versions(&owner, forward, from, page.limit)
        .await?;
    let shown = found.iter().map(|row| show::version(row).into()).collect();
    let mut body = show::list("versions", shown, next.as_deref());
    let direction = if forward { "FORWARD" } else { "BACKWARD" };
    body.insert("direction".to_owned(), direction.into());
    Reply::json(&body)
}

/// Deletes the version that a request names.
///
/// # Errors
///
/// `VersionNotFound` and the like.
pub(crate) async fn delete(call: &Call<Fc>) -> Result<Reply, Fault> {
    let owner = call.target.owner();
    call.service.expect_owner(&owner).await?;
    call.service
        .delete_version(&owner, call.target.name("versionId"))
        .await?;
    Ok(Reply::no_content())
}

impl Fc {
    /// Publishes what an owner is now under the next number.
    ///
    /// # Errors
    ///
    /// `FunctionNotFound`, `ServiceNotFound`; `ConcurrentUpdateError` if something was changed meanwhile.
    pub(crate) async fn publish(
        &self,
        owner: &Owner,
        description: String,
        now: DateTime<Utc>,
    ) -> Result<VersionRow, Fault> {
        let mut batch = Batch::new();
        let place = &owner.place;
        let (functions, service) = match owner.function.is_empty() {
            false => (vec![self.function(place, &owner.function).await?], None),
            true => {
                let service = self.service(place).await?;
                batch.expect_version(place.service(), service.version);
                (self.all_functions(place).await?, Some(service.row))
            }
        };
        let number = self.next_number(&mut batch, &owner.published()).await?;
        for function in functions {
            self.copy(&mut batch, place, &place.at(number), &function)
                .await?;
        }
        let row = VersionRow {
            number,
            description,
            created: now,
            service,
        };
        Self::add_owned(&mut batch, owner, &owner.version(number), &row)?;
        let published = self.store.meta.commit(batch).await;
        published.map_err(changed_meanwhile)?;
        Ok(row)
    }

    /// One more than the last version's number, which `key` holds.
    pub(crate) async fn next_number(&self, batch: &mut Batch, key: &str) -> Result<u64, Fault> {
        let last = self.owned::<u64>(key).await?;
        match &last {
            Some(last) => batch.expect_version(key, last.version),
            None => batch.expect_absent(key),
        };
        let number = last.map_or(0, |last| last.row) + 1;
        batch.put(key, rows::encode(&number)?);
        Ok(number)
    }

    /// Every function of a service.
    async fn all_functions(&self, place: &Place) -> Result<Vec<Found>, Fault> {
        let page = Page {
            prefix: String::new(),
            from: None,
            limit: MOST,
        };
        match self.functions(place, &page).await? {
            (all, None) => Ok(all),
            (_, Some(_)) => Err(fault::invalid_argument(format!(
                "a version can have {MOST} functions at most"
            ))),
        }
    }

    /// Copies a function, which must not change meanwhile. Large packages are shared.
    async fn copy(
        &self,
        batch: &mut Batch,
        from: &Place,
        to: &Place,
        function: &Found,
    ) -> Result<(), Fault> {
        let name = &function.row.name;
        batch
            .expect_version(from.function(name), function.version)
            .put(to.function(name), rows::encode(&function.row)?);
        let Some(code) = &function.row.code else {
            return Ok(());
        };
        match code.blob {
            Some(blob) => store::share(batch, blob, to.code(name)),
            None => {
                let bytes = self.package(code, &from.code(name)).await?;
                let bytes = bytes.ok_or_else(fault::concurrent_update)?;
                batch.put(to.code(name), bytes);
            }
        }
        Ok(())
    }

    /// The version of this number, as text.
    ///
    /// # Errors
    ///
    /// `VersionNotFound`.
    pub(crate) async fn version(
        &self,
        owner: &Owner,
        number: &str,
    ) -> Result<Owned<VersionRow>, Fault> {
        let missing = || fault::version_not_found(number, &owner.place.service, &owner.function);
        let number: u64 = number.parse().map_err(|_| missing())?;
        let found = self.owned(&owner.version(number)).await?;
        found.ok_or_else(missing)
    }

    /// Deletes a version with its functions. Aliases of it stay, and lead nowhere (spec/fc.md §3.6).
    ///
    /// # Errors
    ///
    /// `VersionNotFound`.
    pub(crate) async fn delete_version(&self, owner: &Owner, number: &str) -> Result<(), Fault> {
        let found = self.version(owner, number).await?;
        let (number, mut batch) = (found.row.number, Batch::new());
        let place = owner.place.at(number);
        let functions = match owner.function.is_empty() {
            false => vec![self.function(&place, &owner.function).await?],
            true => self.all_functions(&place).await?,
        };
        for function in &functions {
            let name = &function.row.name;
            batch.delete(place.function(name)).delete(place.code(name));
            if let Some(blob) = function.row.code.as_ref().and_then(|code| code.blob) {
                store::disown(&mut batch, blob, place.code(name));
            }
        }
        Self::remove_owned(&mut batch, owner, &owner.version(number), found.version);
        let deleted = self.store.meta.commit(batch).await;
        deleted.map_err(changed_meanwhile)?;
        for function in &functions {
            self.release(function.row.code.as_ref()).await;
        }
        Ok(())
    }

    /// A page of versions, and the number that the next one begins with.
    pub(crate) async fn versions(
        &self,
        owner: &Owner,
        forward: bool,
        from: Option<u64>,
        limit: usize,
    ) -> Result<(Vec<VersionRow>, Option<String>), Fault> {
        let view = self.store.meta.view().await?;
        let mut cursor = view.cursor(owner.all(Kind::Version).as_bytes());
        let mut all = Vec::new();
        while let Some(row) = cursor.next().await? {
            all.push(rows::decode::<VersionRow>(&row)?);
        }
        if !forward {
            all.reverse();
        }
        if let Some(from) = from {
            all.retain(|row| match forward {
                true => row.number >= from,
                false => row.number <= from,
            });
        }
        let next = all.get(limit).map(|row| row.number.to_string());
        all.truncate(limit);
        Ok((all, next))
    }
}
