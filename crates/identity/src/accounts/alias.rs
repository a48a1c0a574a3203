//! The alias of an account, which RAM calls so and IMS calls the name of its default domain.

use gateway::Fault;

use super::{Account, DOMAIN, default_alias, is_alias};
use crate::{Identity, fault, rows};

impl Identity {
    /// Gives an account an alias in place of the one that it has.
    ///
    /// # Errors
    ///
    /// `InvalidParameter.AccountAlias.Length` and `.Format`, `EntityAlreadyExists.AccountAlias`.
    pub async fn set_alias(&self, uid: &str, alias: &str) -> Result<(), Fault> {
        if !(3..=63).contains(&alias.chars().count()) {
            return Err(fault::alias_length());
        }
        match is_alias(alias) {
            true => self.change_alias(uid, Some(alias)).await,
            false => Err(fault::alias_format()),
        }
    }

    /// Takes the alias from an account: it is its uid again.
    pub async fn clear_alias(&self, uid: &str) -> Result<(), Fault> {
        self.change_alias(uid, None).await
    }

    /// The same as [`Identity::set_alias`] by the name of a domain. That of the uid is everybody's own.
    ///
    /// # Errors
    ///
    /// `InvalidParameter.DefaultDomainName.Format`, `EntityAlreadyExists.AccountAlias`.
    pub async fn set_default_domain(&self, uid: &str, domain: &str) -> Result<(), Fault> {
        let alias = domain.strip_suffix(DOMAIN);
        let alias = alias.filter(|alias| *alias == uid || is_alias(alias));
        let alias = alias.ok_or_else(|| fault::wrong_format("DefaultDomainName"))?;
        let chosen = Some(alias).filter(|alias| *alias != uid);
        self.change_alias(uid, chosen).await
    }

    async fn change_alias(&self, uid: &str, alias: Option<&str>) -> Result<(), Fault> {
        loop {
            let mut change = self.begin().await?;
            let row = rows::account(uid);
            let account: Option<Account> = change.read(&row).await?;
            let mut account = account.ok_or_else(fault::account_gone)?;
            let old = Some(&*account.alias).filter(|old| *old != uid);
            if old == alias {
                return Ok(());
            }
            if let Some(old) = old {
                change.delete(&rows::alias(old));
            }
            if let Some(alias) = alias {
                if change.exists(&rows::alias(alias)).await? {
                    return Err(fault::alias_taken());
                }
                change.put(&rows::alias(alias), &uid)?;
            }
            account.alias = alias.map_or_else(|| default_alias(uid), str::to_owned);
            change.put(&row, &account)?;
            if change.commit().await? {
                return Ok(());
            }
        }
    }
}
