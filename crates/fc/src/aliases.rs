//! Aliases: names for a version, or for two that share the requests.

use chrono::{DateTime, Utc};
use gateway::Fault;
use serde_json::Value;
use store::{Batch, Error};

use crate::functions::changed_meanwhile;
use crate::owned::Owned;
use crate::rows::{self, AliasRow, Kind, Owner};
use crate::settings::{self, Fields};
use crate::{Fc, fault, names};

impl AliasRow {
    /// An alias as a body describes it.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`.
    pub(crate) fn create(name: String, body: Fields, now: DateTime<Utc>) -> Result<Self, Fault> {
        names::check("aliasName", &name)?;
        if !body.contains_key("versionId") {
            return Err(fault::missing_field("versionId"));
        }
        let mut alias = Self {
            name,
            version: 0,
            other: None,
            description: String::new(),
            created: now,
            modified: now,
        };
        alias.update(body, now)?;
        Ok(alias)
    }

    /// Puts what a body says in the place of what was said before.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`.
    pub(crate) fn update(&mut self, mut body: Fields, now: DateTime<Utc>) -> Result<(), Fault> {
        if let Some(version) = settings::take_text(&mut body, "versionId")? {
            self.version = number(&version)?;
        }
        if let Some(description) = settings::take_text(&mut body, "description")? {
            self.description = description;
        }
        match body.remove("additionalVersionWeight") {
            None | Some(Value::Null) => {}
            Some(weights) => self.other = weight(&weights)?,
        }
        if let Some(unknown) = body.keys().next() {
            return Err(fault::unknown_field(unknown));
        }
        self.modified = now;
        Ok(())
    }

    /// The version that a request gets.
    pub(crate) fn draw(&self) -> u64 {
        match self.other {
            Some((other, share)) if fastrand::f64() < share => other,
            _ => self.version,
        }
    }
}

fn number(text: &str) -> Result<u64, Fault> {
    let number = text.parse().ok().filter(|n| *n > 0);
    number.ok_or_else(|| fault::invalid_argument(format!("versionId '{text}' is not a version")))
}

/// `{"2": 0.1}`: one more version and its share, or none.
fn weight(weights: &Value) -> Result<Option<(u64, f64)>, Fault> {
    let bad = || {
        fault::invalid_argument(
            "'additionalVersionWeight' must have one version with a weight between 0 and 1",
        )
    };
    let weights = weights.as_object().ok_or_else(bad)?;
    let mut pairs = weights.iter();
    let Some((version, share)) = pairs.next() else {
        return Ok(None);
    };
    let share = share.as_f64().filter(|share| (0.0..=1.0).contains(share));
    match (pairs.next(), share) {
        (None, Some(share)) => Ok(Some((number(version)?, share))),
        _ => Err(bad()),
    }
}

impl Fc {
    /// The alias of this name.
    ///
    /// # Errors
    ///
    /// `AliasNotFound`.
    pub(crate) async fn alias(&self, owner: &Owner, name: &str) -> Result<Owned<AliasRow>, Fault> {
        let found = self.owned(&owner.one(Kind::Alias, name)).await?;
        found.ok_or_else(|| fault::alias_not_found(name, &owner.place.service, &owner.function))
    }

    /// Makes an alias. Its version is the row's.
    ///
    /// # Errors
    ///
    /// `FunctionNotFound`, `ServiceNotFound`, `VersionNotFound`, `AliasAlreadyExists`.
    pub(crate) async fn create_alias(&self, owner: &Owner, alias: &AliasRow) -> Result<u64, Fault> {
        self.expect_owner(owner).await?;
        let key = owner.one(Kind::Alias, &alias.name);
        let mut batch = Batch::new();
        self.expect_versions(&mut batch, owner, alias).await?;
        Self::add_owned(&mut batch, owner, &key, alias)?;
        let made = self.store.meta.commit(batch).await;
        made.map_err(|error| match error {
            Error::Conflict { key: taken } if *taken == *key.as_bytes() => {
                fault::alias_already_exists(&alias.name)
            }
            error => changed_meanwhile(error),
        })
    }

    /// Puts an alias in the place of the one that was found. Its version is the row's.
    ///
    /// # Errors
    ///
    /// `VersionNotFound`; `ConcurrentUpdateError` if it was changed since.
    pub(crate) async fn update_alias(
        &self,
        owner: &Owner,
        alias: &AliasRow,
        version: u64,
    ) -> Result<u64, Fault> {
        let key = owner.one(Kind::Alias, &alias.name);
        let mut batch = Batch::new();
        self.expect_versions(&mut batch, owner, alias).await?;
        batch
            .expect_version(&key, version)
            .put(&key, rows::encode(alias)?);
        let updated = self.store.meta.commit(batch).await;
        updated.map_err(changed_meanwhile)
    }

    /// Deletes an alias that was found.
    ///
    /// # Errors
    ///
    /// `ConcurrentUpdateError` if it was changed since.
    pub(crate) async fn delete_alias(
        &self,
        owner: &Owner,
        alias: &Owned<AliasRow>,
    ) -> Result<(), Fault> {
        let key = owner.one(Kind::Alias, &alias.row.name);
        let mut batch = Batch::new();
        Self::remove_owned(&mut batch, owner, &key, alias.version);
        let deleted = self.store.meta.commit(batch).await;
        deleted.map(drop).map_err(changed_meanwhile)
    }

    /// Whether what owns versions and aliases is there.
    ///
    /// # Errors
    ///
    /// `FunctionNotFound`, `ServiceNotFound`.
    pub(crate) async fn expect_owner(&self, owner: &Owner) -> Result<(), Fault> {
        match owner.function.is_empty() {
            true => self.service(&owner.place).await.map(drop),
            false => self.function(&owner.place, &owner.function).await.map(drop),
        }
    }

    async fn expect_versions(
        &self,
        batch: &mut Batch,
        owner: &Owner,
        alias: &AliasRow,
    ) -> Result<(), Fault> {
        let other = alias.other.map(|(version, _)| version);
        for number in [Some(alias.version), other].into_iter().flatten() {
            self.version(owner, &number.to_string()).await?;
            batch.expect_present(owner.version(number));
        }
        Ok(())
    }
}
