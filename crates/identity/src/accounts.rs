//! Accounts: who owns everything else.

mod alias;

use std::fmt;

use chrono::{DateTime, Utc};
use gateway::Fault;
use serde::{Deserialize, Serialize};
use signature::Secret;
use store::View;

use crate::bootstrap::{DEFAULT_USER, ROOT_KEY};
use crate::rows;
use crate::{Identity, random, time};

/// The account that everything belongs to unless somebody says otherwise.
pub const DEFAULT_ACCOUNT: &str = "1234567890123456";

/// The alias that an account has until it is given one: its uid (spec/identity.md §3.1).
fn default_alias(uid: &str) -> String {
    uid.to_owned()
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// 16 digits.
    pub uid: String,
    /// Stands in user principal names: `<user>@<alias>.onaliyun.com`.
    pub alias: String,
    /// When it was made, `YYYY-MM-DDThh:mm:ssZ`.
    pub created: String,
}

impl Account {
    /// A user's principal name.
    pub fn principal(&self, user: &str) -> String {
        format!("{user}@{}", self.default_domain())
    }

    /// `<alias>.onaliyun.com`, which stands behind the `@` of the names of users.
    pub fn default_domain(&self) -> String {
        format!("{}{DOMAIN}", self.alias)
    }

    /// Whether principal names with this domain are the account's own: that of its alias, or that of its uid.
    pub fn has_domain(&self, domain: &str) -> bool {
        let domain = domain.to_ascii_lowercase();
        let name = domain.strip_suffix(DOMAIN);
        name.is_some_and(|name| name == self.alias || name == self.uid)
    }
}

/// What every account's domain ends with.
const DOMAIN: &str = ".onaliyun.com";

/// An access key that an account has from the start: id and secret.
#[derive(Debug, Clone)]
pub struct FirstKey {
    /// The id.
    pub id: String,
    /// The secret.
    pub secret: Secret,
}

impl FirstKey {
    /// The id is its own secret, so that whoever configures a test knows both.
    fn named(name: &str, account: &str) -> Self {
        let id = match account {
            DEFAULT_ACCOUNT => name.to_owned(),
            uid => format!("{name}.{uid}"),
        };
        Self {
            secret: Secret::new(&id),
            id,
        }
    }

    /// The key of an account's own root: `localyun.root`, and in all but the default account `localyun.root.<uid>`.
    pub fn of_root(account: &str) -> Self {
        Self::named(ROOT_KEY, account)
    }

    /// The key of an account's administrator, the RAM user `localyun`: `localyun`, and in all but the default
    /// account `localyun.<uid>`.
    pub fn of_administrator(account: &str) -> Self {
        Self::named(DEFAULT_USER, account)
    }
}

/// Why there is no such account to be had.
#[derive(Debug)]
pub enum AccountError {
    /// The uid is not 16 digits, the first of which is none.
    Uid(String),
    /// The alias breaks its rule.
    Alias(String),
    /// An account has the uid.
    UidTaken(String),
    /// An account has the alias.
    AliasTaken(String),
    /// The store failed.
    Failed(Fault),
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uid(uid) => write!(
                f,
                "`{uid}` cannot be the uid of an account: it has 16 digits and does not begin with 0"
            ),
            Self::Alias(alias) => write!(
                f,
                "`{alias}` cannot be the alias of an account: it has 3 to 63 lower-case letters, digits and hyphens, \
                 not all digits, and no hyphen at its ends or \
                 next to another"
            ),
            Self::UidTaken(uid) => write!(f, "there is an account {uid} already"),
            Self::AliasTaken(alias) => {
                write!(f, "another account has the alias `{alias}` already")
            }
            Self::Failed(fault) => write!(f, "{fault}"),
        }
    }
}

impl From<Fault> for AccountError {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

/// Whether a text can be an account's uid: 16 digits, the first of which is not 0.
pub fn is_uid(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0')
}

/// Whether a text can be an alias that somebody chose (spec/identity.md §3.2, the wider of its two lengths). One of
/// digits alone could be another account's uid, which is what its alias is until it is given one.
pub fn is_alias(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (3..=63).contains(&text.len())
        && text.bytes().all(fits)
        && !text.bytes().all(|b| b.is_ascii_digit())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
}

impl Identity {
    /// Makes an account with a root key and the administrator `localyun` with a key, see [`FirstKey`]. The uid is
    /// random if none is given.
    ///
    /// # Errors
    ///
    /// Everything of [`AccountError`]; nothing is made then.
    pub async fn create_account(
        &self,
        uid: Option<&str>,
        alias: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Account, AccountError> {
        if let Some(wrong) = uid.filter(|uid| !is_uid(uid)) {
            return Err(AccountError::Uid(wrong.to_owned()));
        }
        if let Some(wrong) = alias.filter(|alias| !is_alias(alias)) {
            return Err(AccountError::Alias(wrong.to_owned()));
        }
        let uid = uid.map_or_else(random::uid, |uid| Ok(uid.to_owned()))?;
        // Told before anything is made.
        let view = self.store.meta.view().await.map_err(Fault::from)?;
        Self::check_free(&view, &uid, alias).await?;
        self.furnish_account(&uid, now).await?;
        // Last: an account whose making was cut short can be made again.
        self.put_account(&uid, alias, now).await
    }

    /// Every account, by uid.
    pub async fn accounts(&self) -> Result<Vec<Account>, Fault> {
        let view = self.store.meta.view().await?;
        rows::all(&view, &rows::account("")).await
    }

    /// The account with this uid.
    pub async fn account(&self, uid: &str) -> Result<Option<Account>, Fault> {
        let view = self.store.meta.view().await?;
        rows::get(&view, &rows::account(uid)).await
    }

    /// The same; an account without a row is one with its first alias.
    pub(crate) async fn account_row(&self, uid: &str) -> Result<Account, Fault> {
        let bare = || Account {
            uid: uid.to_owned(),
            alias: default_alias(uid),
            created: String::new(),
        };
        Ok(self.account(uid).await?.unwrap_or_else(bare))
    }

    /// The row of an account that is not there yet.
    pub(crate) async fn put_account(
        &self,
        uid: &str,
        alias: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Account, AccountError> {
        let account = Account {
            uid: uid.to_owned(),
            alias: alias.map_or_else(|| default_alias(uid), str::to_owned),
            created: time::iso(now),
        };
        loop {
            let mut change = self.begin().await?;
            change.row(&rows::account(uid)).await?;
            if let Some(alias) = alias {
                change.row(&rows::alias(alias)).await?;
                change.put(&rows::alias(alias), &uid)?;
            }
            Self::check_free(change.view(), uid, alias).await?;
            change.put(&rows::account(uid), &account)?;
            if change.commit().await? {
                return Ok(account);
            }
        }
    }

    async fn check_free(view: &View, uid: &str, alias: Option<&str>) -> Result<(), AccountError> {
        if view
            .get(rows::account(uid).as_bytes())
            .await
            .map_err(Fault::from)?
            .is_some()
        {
            return Err(AccountError::UidTaken(uid.to_owned()));
        }
        let Some(alias) = alias else { return Ok(()) };
        match view
            .get(rows::alias(alias).as_bytes())
            .await
            .map_err(Fault::from)?
        {
            Some(_) => Err(AccountError::AliasTaken(alias.to_owned())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uids_have_16_digits() {
        assert!(is_uid(DEFAULT_ACCOUNT));
        assert!(is_uid(&random::uid().unwrap()));
        for wrong in [
            "",
            "123456789012345",
            "12345678901234567",
            "0234567890123456",
            "123456789012345a",
        ] {
            assert!(!is_uid(wrong), "{wrong}");
        }
    }

    #[test]
    fn an_alias_is_no_uid() {
        assert!(is_alias("my-company-2"));
        assert!(is_alias(&"a".repeat(63)));
        for wrong in [
            "",
            "ab",
            "-abc",
            "abc-",
            "a--b",
            "Abc",
            "a_b",
            "123456",
            "名字名字",
        ] {
            assert!(!is_alias(wrong), "{wrong}");
        }
        assert!(!is_alias(&"a".repeat(64)));
    }
}
