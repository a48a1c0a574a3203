//! Providers of OpenID Connect: whose tokens an account takes for AssumeRoleWithOIDC, and where the keys are that
//! such tokens are held against.

mod tokens;

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use gateway::Fault;
use serde::{Deserialize, Serialize};

use crate::jwt::KeySet;
use crate::rows::{self, Change, Counted};
use crate::{Identity, fault, time, users};

pub use tokens::{NewToken, TokenError};

/// Characters of an issuer's URL.
pub const LONGEST_ISSUER: usize = 255;
/// Client ids of a provider.
pub const MOST_CLIENT_IDS: usize = 50;
/// Fingerprints of a provider.
pub const MOST_FINGERPRINTS: usize = 5;
/// How old a token may be if nobody says, in hours.
pub const USUAL_ISSUANCE_LIMIT: u32 = 12;
/// How old the oldest token may be, in hours.
pub const ISSUANCE_LIMITS: std::ops::RangeInclusive<u32> = 1..=168;

/// A provider. <https://help.aliyun.com/en/ram/developer-reference/api-ims-2019-08-15-createoidcprovider>
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Unique in the account.
    pub name: String,
    /// `iss` of its tokens; unique in the account.
    pub issuer: String,
    /// What `aud` of a token may be.
    pub client_ids: Vec<String>,
    /// Of the CA certificate of its host. Kept and shown; nothing is reached over TLS here that they could be compared
    /// with.
    pub fingerprints: Vec<String>,
    /// For people; empty if there is none.
    pub description: String,
    /// How long ago a token may have been issued, in hours.
    pub issuance_limit: u32,
    /// When it was made, `YYYY-MM-DDThh:mm:ssZ`.
    pub created: String,
    /// When it was last changed.
    pub updated: String,
}

/// Reaches the issuers that run on this machine.
#[async_trait]
pub trait Issuers: fmt::Debug + Send + Sync {
    /// The body that a URL answers.
    ///
    /// # Errors
    ///
    /// A sentence: what is wrong with the URL or the answer.
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, String>;
}

/// No issuer can be reached.
#[derive(Debug)]
pub(crate) struct Unreachable;

#[async_trait]
impl Issuers for Unreachable {
    async fn fetch(&self, _url: &str) -> Result<Vec<u8>, String> {
        Err("nothing is fetched here".to_owned())
    }
}

impl Identity {
    /// Makes a provider.
    ///
    /// # Errors
    ///
    /// `EntityAlreadyExists.OIDCProvider` for its name and its issuer, `LimitExceeded.OIDCProvider`.
    pub async fn create_provider(
        &self,
        account: &str,
        mut new: Provider,
        now: DateTime<Utc>,
    ) -> Result<Provider, Fault> {
        new.created = time::iso(now);
        new.updated.clone_from(&new.created);
        loop {
            let mut change = self.begin().await?;
            let (row, issuer) = (
                rows::provider(account, &new.name),
                rows::provider_of(account, &new.issuer),
            );
            if change.exists(&row).await? || change.exists(&issuer).await? {
                return Err(fault::oidc_provider_exists());
            }
            let count = rows::count(account, Counted::Providers);
            if change.counter(&count).await? >= self.limits.providers as i64 {
                return Err(fault::too_many_oidc_providers());
            }
            change.add(&count, 1);
            change.put(&row, &new)?;
            change.put(&issuer, &new.name)?;
            if change.commit().await? {
                return Ok(new);
            }
        }
    }

    /// The provider of this name, if there is one.
    pub async fn provider(&self, account: &str, name: &str) -> Result<Option<Provider>, Fault> {
        let view = self.store.meta.view().await?;
        rows::get(&view, &rows::provider(account, name)).await
    }

    /// Changes a provider. Its name and issuer must stay.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.OIDCProvider`, and what `edit` refuses.
    pub async fn update_provider(
        &self,
        account: &str,
        name: &str,
        now: DateTime<Utc>,
        edit: impl Fn(&mut Provider) -> Result<(), Fault>,
    ) -> Result<Provider, Fault> {
        loop {
            let mut change = self.begin().await?;
            let mut provider = need(&mut change, account, name).await?;
            edit(&mut provider)?;
            provider.updated = time::iso(now);
            change.put(&rows::provider(account, name), &provider)?;
            if change.commit().await? {
                return Ok(provider);
            }
        }
    }

    /// Deletes a provider. Sessions go on.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.OIDCProvider`.
    pub async fn delete_provider(&self, account: &str, name: &str) -> Result<(), Fault> {
        loop {
            let mut change = self.begin().await?;
            let provider = need(&mut change, account, name).await?;
            change.delete(&rows::provider(account, name));
            change.delete(&rows::provider_of(account, &provider.issuer));
            change.add(&rows::count(account, Counted::Providers), -1);
            if change.commit().await? {
                return Ok(());
            }
        }
    }

    /// Up to `limit` providers whose names come after `after`, in order of their names.
    pub async fn list_providers(
        &self,
        account: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Provider>, Fault> {
        let view = self.store.meta.view().await?;
        let rows = users::rows_after(&view, &rows::provider(account, ""), after, limit).await?;
        rows.iter().map(rows::decode).collect()
    }

    /// Says which keys an issuer signs with, instead of those that were said before. Nothing of the issuer is fetched
    /// then.
    ///
    /// # Errors
    ///
    /// A sentence, if the text is no JSON Web Key Set with a key in it.
    pub async fn put_issuer_keys(&self, issuer: &str, jwks: &str) -> Result<(), IssuerKeysError> {
        KeySet::parse(jwks.as_bytes()).map_err(IssuerKeysError::NoKeys)?;
        loop {
            let mut change = self.begin().await?;
            change.put_bytes(&rows::issuer_keys(issuer), jwks.as_bytes());
            if change.commit().await? {
                return Ok(());
            }
        }
    }

    /// The keys of an issuer: those that somebody said, else those that it publishes itself, if it runs on this
    /// machine.
    pub(crate) async fn issuer_keys(
        &self,
        issuer: &str,
        issuers: &dyn Issuers,
    ) -> Result<KeySet, Fault> {
        let row = self
            .store
            .meta
            .get(rows::issuer_keys(issuer).as_bytes())
            .await?;
        if let Some(row) = row {
            return KeySet::parse(&row.value).map_err(Fault::internal);
        }
        published(issuer, issuers).await.map_err(|why| {
            tracing::warn!(
                issuer,
                %why,
                "the keys of an OIDC issuer cannot be had; say them with POST /_localyun/oidc-keys"
            );
            fault::issuer_unreachable()
        })
    }
}

/// Why keys were not taken.
#[derive(Debug)]
pub enum IssuerKeysError {
    /// They are no JSON Web Key Set.
    NoKeys(String),
    /// The store failed.
    Failed(Fault),
}

impl From<Fault> for IssuerKeysError {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

/// What an issuer says of itself (OpenID Connect Discovery 1.0, §4).
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

async fn published(issuer: &str, issuers: &dyn Issuers) -> Result<KeySet, String> {
    let url = format!(
        "{}/.well-known/openid-configuration",
        issuer.trim_end_matches('/')
    );
    let text = issuers.fetch(&url).await?;
    let discovery: Discovery = serde_json::from_slice(&text).map_err(|e| format!("{url}: {e}"))?;
    if discovery.issuer != issuer {
        return Err(format!("{url} is of the issuer {}", discovery.issuer));
    }
    let keys = issuers.fetch(&discovery.jwks_uri).await?;
    KeySet::parse(&keys).map_err(|why| format!("{}: {why}", discovery.jwks_uri))
}

async fn need(change: &mut Change<'_>, account: &str, name: &str) -> Result<Provider, Fault> {
    let provider = change.read(&rows::provider(account, name)).await?;
    provider.ok_or_else(fault::no_such_oidc_provider)
}
