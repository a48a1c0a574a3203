//! The versions of a custom policy.

use chrono::{DateTime, Utc};
use gateway::Fault;

use super::{Version, need};
use crate::{Identity, fault, rows, time};

impl Identity {
    /// Adds a version. With `rotate`, the oldest version that is not the default makes room where there is none.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.Policy`, `InvalidParameter.PolicyDocument.Length`, `MalformedPolicyDocument`,
    /// `LimitExceeded.Policy.Version`.
    pub async fn create_policy_version(
        &self,
        account: &str,
        name: &str,
        document: &str,
        (default, rotate): (bool, bool),
        now: DateTime<Utc>,
    ) -> Result<(Version, bool), Fault> {
        self.check_document(document)?;
        loop {
            let mut change = self.begin().await?;
            let mut policy = need(&mut change, account, name).await?;
            if policy.versions.len() >= self.limits.versions {
                let oldest = policy
                    .versions
                    .iter()
                    .position(|v| v.number != policy.default);
                match oldest.filter(|_| rotate) {
                    Some(oldest) => policy.versions.remove(oldest),
                    None => return Err(fault::too_many_versions()),
                };
            }
            policy.last += 1;
            let version = Version {
                number: policy.last,
                document: document.to_owned(),
                created: time::iso(now),
            };
            policy.versions.push(version.clone());
            if default {
                policy.default = version.number;
            }
            policy.updated = time::iso(now);
            change.put(&rows::policy(account, name), &policy)?;
            if change.commit().await? {
                return Ok((version, default));
            }
        }
    }

    /// Deletes a version that is not the default.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.Policy`, `EntityNotExist.Policy.Version`, `DeleteConflict.Policy.Version.Default`.
    pub async fn delete_policy_version(
        &self,
        account: &str,
        name: &str,
        number: u32,
        now: DateTime<Utc>,
    ) -> Result<(), Fault> {
        loop {
            let mut change = self.begin().await?;
            let mut policy = need(&mut change, account, name).await?;
            policy.version(number).ok_or_else(fault::no_such_version)?;
            if policy.default == number {
                return Err(fault::version_is_default());
            }
            policy.versions.retain(|v| v.number != number);
            policy.updated = time::iso(now);
            change.put(&rows::policy(account, name), &policy)?;
            if change.commit().await? {
                return Ok(());
            }
        }
    }

    /// Makes a version the one that counts.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.Policy`, `EntityNotExist.Policy.Version`.
    pub async fn set_default_policy_version(
        &self,
        account: &str,
        name: &str,
        number: u32,
        now: DateTime<Utc>,
    ) -> Result<(), Fault> {
        loop {
            let mut change = self.begin().await?;
            let mut policy = need(&mut change, account, name).await?;
            policy.version(number).ok_or_else(fault::no_such_version)?;
            policy.default = number;
            policy.updated = time::iso(now);
            change.put(&rows::policy(account, name), &policy)?;
            if change.commit().await? {
                return Ok(());
            }
        }
    }
}
