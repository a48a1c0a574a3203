//! Login profiles: that a user may log on to the console, and the user's passwords.
//!
//! There is no console here, so nobody ever logs on; what a profile says is kept and checked all the same.

use chrono::{DateTime, TimeDelta, Utc};
use gateway::Fault;
use serde::{Deserialize, Serialize};
use signature::Secret;

use crate::passwords::{self, Kept, MOST_REMEMBERED, PasswordPolicy};
use crate::rows::{self, Change};
use crate::users::{self, User};
use crate::{Identity, fault, time};

/// That a user may log on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginProfile {
    /// Whether logging on is switched on.
    pub active: bool,
    /// Whether the password must be changed at the next time.
    pub reset_required: bool,
    /// Whether the user must have an MFA device.
    pub mfa_required: bool,
    /// The latest first.
    passwords: Vec<Kept>,
    /// Since when the password is the one that came with the profile, or with its being switched on again.
    initial_since: Option<DateTime<Utc>>,
    /// When it was made, `YYYY-MM-DDThh:mm:ssZ`.
    pub created: String,
    /// When it was last changed.
    pub updated: String,
}

/// What to set of a profile; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct LoginChanges {
    /// The password.
    pub password: Option<Secret>,
    /// Whether logging on is switched on.
    pub active: Option<bool>,
    /// Whether the password must be changed at the next time.
    pub reset_required: Option<bool>,
    /// Whether the user must have an MFA device.
    pub mfa_required: Option<bool>,
}

impl LoginProfile {
    /// One that is switched off and has no password.
    fn empty(now: DateTime<Utc>) -> Self {
        Self {
            active: false,
            reset_required: false,
            mfa_required: false,
            passwords: Vec::new(),
            initial_since: None,
            created: time::iso(now),
            updated: time::iso(now),
        }
    }

    /// `Active` or `Inactive`.
    pub fn status(&self) -> &'static str {
        if self.active { "Active" } else { "Inactive" }
    }

    /// `NotInitial`, `InitialValid` or `InitialExpired`; `None` without a password.
    pub fn password_status(
        &self,
        policy: &PasswordPolicy,
        now: DateTime<Utc>,
    ) -> Option<&'static str> {
        if self.passwords.is_empty() {
            return None;
        }
        let Some(since) = self.initial_since else {
            return Some("NotInitial");
        };
        let age = TimeDelta::days(i64::from(policy.initial_age));
        let expired = policy.initial_age > 0 && now - since >= age;
        Some(if expired {
            "InitialExpired"
        } else {
            "InitialValid"
        })
    }

    fn set_password(
        &mut self,
        password: &str,
        (policy, user): (&PasswordPolicy, &User),
    ) -> Result<(), Fault> {
        policy.check(password, &user.name)?;
        let mut earlier = self.passwords.iter().take(policy.reuse_prevention as usize);
        if earlier.any(|kept| kept.is(password)) {
            return Err(fault::weak_password());
        }
        self.passwords.insert(0, Kept::new(password)?);
        self.passwords.truncate(MOST_REMEMBERED as usize);
        Ok(())
    }

    fn apply(
        &mut self,
        changes: &LoginChanges,
        rules: (&PasswordPolicy, &User),
        now: DateTime<Utc>,
    ) -> Result<(), Fault> {
        let switched_on = !self.active && changes.active == Some(true);
        if let Some(password) = &changes.password {
            self.set_password(password.expose(), rules)?;
            self.initial_since = switched_on.then_some(now);
        }
        self.active = changes.active.unwrap_or(self.active);
        self.reset_required = changes.reset_required.unwrap_or(self.reset_required);
        self.mfa_required = changes.mfa_required.unwrap_or(self.mfa_required);
        self.updated = time::iso(now);
        if self.active && self.passwords.is_empty() {
            return Err(fault::missing_parameter("Password"));
        }
        Ok(())
    }
}

impl Identity {
    /// Lets a user log on.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `EntityAlreadyExists.User.LoginProfile`, `InvalidParameter.Password.TooWeak`,
    /// `MissingParameter` if it is to be active and has no password.
    pub async fn create_login_profile(
        &self,
        account: &str,
        name: &str,
        new: &LoginChanges,
        now: DateTime<Utc>,
    ) -> Result<LoginProfile, Fault> {
        loop {
            let mut change = self.begin().await?;
            let profile = make(&mut change, (account, name), new, now).await?;
            if change.commit().await? {
                return Ok(profile);
            }
        }
    }

    /// The profile of a user.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `EntityNotExist.User.LoginProfile`.
    pub async fn login_profile(&self, account: &str, name: &str) -> Result<LoginProfile, Fault> {
        let view = self.store.meta.view().await?;
        let user = users::find(&view, account, name).await?;
        let user = user.ok_or_else(fault::no_such_user)?;
        let profile = rows::get(&view, &rows::login(account, &user.id)).await?;
        profile.ok_or_else(fault::no_login_profile)
    }

    /// Changes the profile of a user.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `EntityNotExist.User.LoginProfile`, `InvalidParameter.Password.TooWeak`.
    pub async fn update_login_profile(
        &self,
        account: &str,
        name: &str,
        changes: &LoginChanges,
        now: DateTime<Utc>,
    ) -> Result<LoginProfile, Fault> {
        loop {
            let mut change = self.begin().await?;
            let policy = passwords::rules(&mut change, account).await?;
            let (user, mut profile) = need(&mut change, account, name).await?;
            profile.apply(changes, (&policy, &user), now)?;
            change.put(&rows::login(account, &user.id), &profile)?;
            if change.commit().await? {
                return Ok(profile);
            }
        }
    }

    /// No longer lets a user log on.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `EntityNotExist.User.LoginProfile`.
    pub async fn delete_login_profile(&self, account: &str, name: &str) -> Result<(), Fault> {
        loop {
            let mut change = self.begin().await?;
            let (user, _) = need(&mut change, account, name).await?;
            change.delete(&rows::login(account, &user.id));
            if change.commit().await? {
                return Ok(());
            }
        }
    }
}

async fn need(
    change: &mut Change<'_>,
    account: &str,
    name: &str,
) -> Result<(User, LoginProfile), Fault> {
    let user = users::need(change, account, name).await?;
    let profile = change.read(&rows::login(account, &user.id)).await?;
    Ok((user, profile.ok_or_else(fault::no_login_profile)?))
}

/// Writes the profile of a user who has none yet.
async fn make(
    change: &mut Change<'_>,
    (account, name): (&str, &str),
    new: &LoginChanges,
    now: DateTime<Utc>,
) -> Result<LoginProfile, Fault> {
    let user = users::need(change, account, name).await?;
    let row = rows::login(account, &user.id);
    if change.exists(&row).await? {
        return Err(fault::login_profile_exists());
    }
    let policy = passwords::rules(change, account).await?;
    let mut profile = LoginProfile::empty(now);
    profile.apply(new, (&policy, &user), now)?;
    change.put(&row, &profile)?;
    Ok(profile)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::Profile;

    const ACCOUNT: &str = crate::DEFAULT_ACCOUNT;

    fn with(password: &str) -> LoginChanges {
        LoginChanges {
            password: Some(Secret::new(password)),
            ..LoginChanges::default()
        }
    }

    #[tokio::test]
    async fn a_password_meets_the_rules_that_hold_when_it_is_kept() {
        let identity = Identity::new(store::Store::memory());
        let now = DateTime::UNIX_EPOCH;
        let user = identity.create_user(ACCOUNT, "anna", Profile::default(), Vec::new(), now);
        user.await.unwrap();
        let new = with("short pass");
        let mut change = identity.begin().await.unwrap();
        let made = make(&mut change, (ACCOUNT, "anna"), &new, now).await;
        assert!(made.is_ok());
        let stricter = identity.set_password_policy(ACCOUNT, |policy| {
            policy.minimum_length = 20;
            Ok(())
        });
        stricter.await.unwrap();
        assert!(!change.commit().await.unwrap());
        let refused = identity.create_login_profile(ACCOUNT, "anna", &new, now);
        let fault = refused.await.unwrap_err();
        assert_eq!(fault.code(), "InvalidParameter.Password.TooWeak");
    }

    #[test]
    fn a_password_is_not_printed() {
        let printed = format!("{:?}", with("correct horse"));
        assert!(!printed.contains("correct horse"), "{printed}");
    }
}
