//! Custom policies and their versions.

mod versions;

use chrono::{DateTime, Utc};
use gateway::Fault;
use policy::{Attached, Document, Grammar, PolicyType};
use serde::{Deserialize, Serialize};
use store::View;

use crate::rows::{self, Change, Counted};
use crate::tags::{self, Tag, TagFilter};
use crate::{Identity, fault, names, system_policies, time, users};

/// Who made a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Alibaba Cloud: the same in every account, and not to be changed.
    System,
    /// The account.
    Custom,
}

impl Kind {
    /// `System` or `Custom`, as on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Custom => "Custom",
        }
    }

    /// The reverse.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "System" => Some(Self::System),
            "Custom" => Some(Self::Custom),
            _ => None,
        }
    }
}

/// A policy with its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Unique among the policies of its kind.
    pub name: String,
    /// For people; empty if there is none.
    pub description: String,
    /// The number of the version that counts.
    pub default: u32,
    /// The number of the last version that was made; numbers are not used again.
    pub last: u32,
    /// In the order in which they were made.
    pub versions: Vec<Version>,
    /// When it was made, `YYYY-MM-DDThh:mm:ssZ`.
    pub created: String,
    /// When it was last changed.
    pub updated: String,
    /// In the order in which they came.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// What a new policy is made of.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewPolicy<'a> {
    /// 1 to 128 letters, digits, `-`.
    pub name: &'a str,
    /// The text of `v1`.
    pub document: &'a str,
    /// For people.
    pub description: &'a str,
    /// Its tags.
    pub tags: &'a [Tag],
}

/// One version of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// From 1.
    pub number: u32,
    /// Byte for byte as it came.
    pub document: String,
    /// When it was made, `YYYY-MM-DDThh:mm:ssZ`.
    pub created: String,
}

impl Version {
    /// `v1`, as on the wire.
    pub fn id(&self) -> String {
        format!("v{}", self.number)
    }
}

/// The number in a version's id.
pub fn version_number(id: &str) -> Option<u32> {
    let digits = id.strip_prefix('v')?;
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| plain)
}

impl Policy {
    /// The version with this number.
    pub fn version(&self, number: u32) -> Option<&Version> {
        self.versions.iter().find(|v| v.number == number)
    }

    /// The text that counts.
    pub fn document(&self) -> &str {
        self.version(self.default).map_or("", |v| &v.document)
    }
}

impl Identity {
    /// Makes a policy whose version `v1` has this document.
    ///
    /// # Errors
    ///
    /// `InvalidParameter.PolicyName.*`, `InvalidParameter.PolicyDocument.Length`, `MalformedPolicyDocument`,
    /// `EntityAlreadyExists.Policy`, `LimitExceeded.Policy`.
    pub async fn create_policy(
        &self,
        account: &str,
        new: NewPolicy<'_>,
        now: DateTime<Utc>,
    ) -> Result<Policy, Fault> {
        let name = new.name;
        fault::check_name("PolicyName", names::POLICY, name)?;
        self.check_document(new.document)?;
        let now = time::iso(now);
        let first = Version {
            number: 1,
            document: new.document.to_owned(),
            created: now.clone(),
        };
        let policy = Policy {
            name: name.to_owned(),
            description: new.description.to_owned(),
            default: 1,
            last: 1,
            versions: vec![first],
            created: now.clone(),
            updated: now,
            tags: new.tags.to_vec(),
        };
        loop {
            let mut change = self.begin().await?;
            if change.exists(&rows::policy(account, name)).await? {
                return Err(fault::policy_exists());
            }
            let count = rows::count(account, Counted::Policies);
            if change.counter(&count).await? >= self.limits.policies as i64 {
                return Err(fault::too_many_policies());
            }
            change.add(&count, 1);
            change.put(&rows::policy(account, name), &policy)?;
            if change.commit().await? {
                return Ok(policy);
            }
        }
    }

    /// A policy, and to how many users, groups and roles it is attached.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.Policy`.
    pub async fn policy(
        &self,
        account: &str,
        kind: Kind,
        name: &str,
    ) -> Result<(Policy, i64), Fault> {
        let view = self.store.meta.view().await?;
        let policy = find(&view, account, kind, name).await?;
        let policy = policy.ok_or_else(fault::no_such_policy)?;
        let uses = rows::counter(&view, &rows::uses(account, kind.name(), name)).await?;
        Ok((policy, uses))
    }

    /// Up to `limit` custom policies that have the tags `wanted` and whose names come after `after`, in order of their
    /// names, each with the number of users, groups and roles that have it.
    pub async fn list_policies(
        &self,
        account: &str,
        after: &str,
        limit: usize,
        wanted: &[TagFilter],
    ) -> Result<Vec<(Policy, i64)>, Fault> {
        let view = self.store.meta.view().await?;
        let mut policies = Vec::new();
        let mut cursor = users::cursor_after(&view, &rows::policy(account, ""), after).await?;
        while policies.len() < limit {
            let Some(row) = cursor.next().await? else {
                break;
            };
            let policy: Policy = rows::decode(&row)?;
            if !tags::fits(&policy.tags, wanted) {
                continue;
            }
            let uses = rows::uses(account, Kind::Custom.name(), &policy.name);
            let uses = rows::counter(&view, &uses).await?;
            policies.push((policy, uses));
        }
        Ok(policies)
    }

    /// To how many users, groups and roles a policy is attached.
    pub async fn uses(&self, account: &str, kind: Kind, name: &str) -> Result<i64, Fault> {
        let view = self.store.meta.view().await?;
        rows::counter(&view, &rows::uses(account, kind.name(), name)).await
    }

    /// Deletes a policy that nobody has, with its versions if `cascading`.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.Policy`, `DeleteConflict.Policy.User`, `DeleteConflict.Policy.Group`, `DeleteConflict.Policy.Role`,
    /// `DeleteConflict.Policy.Version`.
    pub async fn delete_policy(
        &self,
        account: &str,
        name: &str,
        cascading: bool,
    ) -> Result<(), Fault> {
        loop {
            let mut change = self.begin().await?;
            let policy = need(&mut change, account, name).await?;
            let uses = rows::uses(account, Kind::Custom.name(), name);
            if change.counter(&uses).await? > 0 {
                return Err(conflict(change.view(), account, name).await?);
            }
            if policy.versions.len() > 1 && !cascading {
                return Err(fault::policy_has_versions());
            }
            change.delete(&uses);
            change.delete(&rows::policy(account, name));
            change.add(&rows::count(account, Counted::Policies), -1);
            if change.commit().await? {
                return Ok(());
            }
        }
    }

    /// Gives a custom policy another description.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.Policy`.
    pub async fn describe_policy(
        &self,
        account: &str,
        name: &str,
        description: &str,
        now: DateTime<Utc>,
    ) -> Result<Policy, Fault> {
        let describe = |policy: &mut Policy| {
            description.clone_into(&mut policy.description);
            Ok(())
        };
        let (policy, ()) = self.edit_policy(account, name, now, describe).await?;
        Ok(policy)
    }

    /// Changes a custom policy, and gives back what `edit` does.
    async fn edit_policy<T>(
        &self,
        account: &str,
        name: &str,
        now: DateTime<Utc>,
        edit: impl Fn(&mut Policy) -> Result<T, Fault>,
    ) -> Result<(Policy, T), Fault> {
        loop {
            let mut change = self.begin().await?;
            let mut policy = need(&mut change, account, name).await?;
            let made = edit(&mut policy)?;
            policy.updated = time::iso(now);
            change.put(&rows::policy(account, name), &policy)?;
            if change.commit().await? {
                return Ok((policy, made));
            }
        }
    }

    fn check_document(&self, document: &str) -> Result<(), Fault> {
        if document.chars().count() > self.limits.document {
            return Err(fault::beyond_length("PolicyDocument"));
        }
        Document::parse(document, Grammar::Identity).map_err(|e| fault::malformed_policy(&e))?;
        Ok(())
    }
}

/// The custom policy of this name, which must stay as it is.
pub(crate) async fn need(
    change: &mut Change<'_>,
    account: &str,
    name: &str,
) -> Result<Policy, Fault> {
    let policy = change.read(&rows::policy(account, name)).await?;
    policy.ok_or_else(fault::no_such_policy)
}

/// Which kind of entity still has a policy.
async fn conflict(view: &View, account: &str, name: &str) -> Result<Fault, Fault> {
    let prefix = rows::attached_to(account, Kind::Custom.name(), name);
    for (kind, fault) in [
        ("user", fault::policy_has_users as fn() -> Fault),
        ("group", fault::policy_has_groups),
    ] {
        let mut holders = view.cursor(format!("{prefix}{kind}/").as_bytes());
        if holders.next().await?.is_some() {
            return Ok(fault());
        }
    }
    Ok(fault::policy_has_roles())
}

/// A policy in a view.
pub(crate) async fn find(
    view: &View,
    account: &str,
    kind: Kind,
    name: &str,
) -> Result<Option<Policy>, Fault> {
    match kind {
        Kind::System => Ok(system_policies::find(name).map(|p| p.to_policy())),
        Kind::Custom => rows::get(view, &rows::policy(account, name)).await,
    }
}

/// What a policy says now, compiled.
pub(crate) async fn compiled(
    view: &View,
    account: &str,
    kind: Kind,
    name: &str,
) -> Result<Option<Attached>, Fault> {
    if kind == Kind::System {
        return Ok(system_policies::find(name).and_then(|p| p.attached()));
    }
    let Some(policy) = find(view, account, kind, name).await? else {
        return Ok(None);
    };
    let document =
        Document::parse(policy.document(), Grammar::Identity).map_err(Fault::internal)?;
    Ok(Some(Attached {
        version: Some(policy.default),
        ..Attached::new(policy.name, PolicyType::Custom, document)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_ids() {
        assert_eq!(version_number("v1"), Some(1));
        assert_eq!(version_number("v12"), Some(12));
        for wrong in [
            "",
            "v",
            "1",
            "v0",
            "v01",
            "v+1",
            "v-1",
            "V1",
            "v1 ",
            "v99999999999",
        ] {
            assert_eq!(version_number(wrong), None, "{wrong}");
        }
    }
}
