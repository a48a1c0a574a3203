//! Providers of SAML 2.0: whose assertions an account takes for AssumeRoleWithSAML, and how those are read and proven.
//!
//! No crate does this in pure Rust, few dependencies and a stable version, and the service takes a narrow part of the
//! standards: one signed assertion in one response. So that part is here, and everything else is refused.

mod canonical;
mod metadata;
mod response;
mod signature;
mod xml;

use chrono::{DateTime, Utc};
use gateway::Fault;
use serde::{Deserialize, Serialize};

use crate::rows::{self, Change, Counted};
use crate::{Identity, fault, time, users};

pub use metadata::Metadata;
pub use response::{Assertion, Response};

/// Characters of a metadata document in Base64. No source has a number.
pub const LONGEST_METADATA: usize = 512 << 10;

/// A provider. <https://help.aliyun.com/en/ram/developer-reference/api-ims-2019-08-15-createsamlprovider>
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamlProvider {
    /// Unique in the account.
    pub name: String,
    /// For people; empty if there is none.
    pub description: String,
    /// The metadata document as it was uploaded, in Base64.
    pub metadata: String,
    /// What requests for logins are to be signed with. Kept and shown; nobody logs in to a console here.
    pub sign_algorithm: String,
    /// When it was made, `YYYY-MM-DDThh:mm:ssZ`.
    pub created: String,
    /// When it was last changed.
    pub updated: String,
}

impl Identity {
    /// Makes a provider.
    ///
    /// # Errors
    ///
    /// `EntityAlreadyExists.SAMLProvider`, `LimitExceeded.SAMLProvider`.
    pub async fn create_saml_provider(
        &self,
        account: &str,
        mut new: SamlProvider,
        now: DateTime<Utc>,
    ) -> Result<SamlProvider, Fault> {
        new.created = time::iso(now);
        new.updated.clone_from(&new.created);
        loop {
            let mut change = self.begin().await?;
            let row = rows::saml_provider(account, &new.name);
            if change.exists(&row).await? {
                return Err(fault::saml_provider_exists());
            }
            let count = rows::count(account, Counted::SamlProviders);
            if change.counter(&count).await? >= self.limits.saml_providers as i64 {
                return Err(fault::too_many_saml_providers());
            }
            change.add(&count, 1);
            change.put(&row, &new)?;
            if change.commit().await? {
                return Ok(new);
            }
        }
    }

    /// The provider of this name, if there is one.
    pub async fn saml_provider(
        &self,
        account: &str,
        name: &str,
    ) -> Result<Option<SamlProvider>, Fault> {
        let view = self.store.meta.view().await?;
        rows::get(&view, &rows::saml_provider(account, name)).await
    }

    /// Changes a provider. Its name must stay.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.SAMLProvider`.
    pub async fn update_saml_provider(
        &self,
        account: &str,
        name: &str,
        now: DateTime<Utc>,
        edit: impl Fn(&mut SamlProvider),
    ) -> Result<SamlProvider, Fault> {
        loop {
            let mut change = self.begin().await?;
            let mut provider = need(&mut change, account, name).await?;
            edit(&mut provider);
            provider.updated = time::iso(now);
            change.put(&rows::saml_provider(account, name), &provider)?;
            if change.commit().await? {
                return Ok(provider);
            }
        }
    }

    /// Deletes a provider. Sessions go on.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.SAMLProvider`.
    pub async fn delete_saml_provider(&self, account: &str, name: &str) -> Result<(), Fault> {
        loop {
            let mut change = self.begin().await?;
            need(&mut change, account, name).await?;
            change.delete(&rows::saml_provider(account, name));
            change.add(&rows::count(account, Counted::SamlProviders), -1);
            if change.commit().await? {
                return Ok(());
            }
        }
    }

    /// Up to `limit` providers whose names come after `after`, in order of their names.
    pub async fn list_saml_providers(
        &self,
        account: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<SamlProvider>, Fault> {
        let view = self.store.meta.view().await?;
        let prefix = rows::saml_provider(account, "");
        let rows = users::rows_after(&view, &prefix, after, limit).await?;
        rows.iter().map(rows::decode).collect()
    }
}

async fn need(change: &mut Change<'_>, account: &str, name: &str) -> Result<SamlProvider, Fault> {
    let provider = change.read(&rows::saml_provider(account, name)).await?;
    provider.ok_or_else(fault::no_such_saml_provider)
}
