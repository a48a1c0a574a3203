//! The versions of a custom policy.

use chrono::{DateTime, Utc};
use gateway::Fault;

use super::{Policy, Version};
use crate::{Identity, fault, time};

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
        let add = |policy: &mut Policy| {
            if policy.versions.len() >= self.limits.versions {
                let mut versions = policy.versions.iter();
                let oldest = versions.position(|v| v.number != policy.default);
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
            Ok(version)
        };
        let (_, version) = self.edit_policy(account, name, now, add).await?;
        Ok((version, default))
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
        let delete = |policy: &mut Policy| {
            policy.version(number).ok_or_else(fault::no_such_version)?;
            if policy.default == number {
                return Err(fault::version_is_default());
            }
            policy.versions.retain(|v| v.number != number);
            Ok(())
        };
        self.edit_policy(account, name, now, delete).await?;
        Ok(())
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
        let choose = |policy: &mut Policy| {
            policy.version(number).ok_or_else(fault::no_such_version)?;
            policy.default = number;
            Ok(())
        };
        self.edit_policy(account, name, now, choose).await?;
        Ok(())
    }
}
