//! Roles.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use gateway::{Fault, PLATFORM};
use policy::{Attached, Document};
use serde::{Deserialize, Serialize};
use store::View;

use crate::cache::Generation;
use crate::rows::{self, Change, Counted};
use crate::tags::{self, Tag, TagFilter};
use crate::{Identity, arn, attachments, fault, names, platform, random, time, trust, users};

/// The shortest and longest `MaxSessionDuration`, in seconds; the shortest is also the default.
pub const MAX_SESSION: std::ops::RangeInclusive<u32> = 3600..=43200;

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// 18 digits, never reused: sessions belong to it, so they end with the role.
    pub id: String,
    /// Unique in the account whatever its case.
    pub name: String,
    /// For people; empty if there is none.
    pub description: String,
    /// `AssumeRolePolicyDocument`, byte for byte as it came.
    pub trust: String,
    /// How long a session may last, in seconds.
    pub max_session: u32,
    /// Whether people may switch to it in the console; `None` if nobody said.
    pub console: Option<bool>,
    /// When it was made, `YYYY-MM-DDThh:mm:ssZ`.
    pub created: String,
    /// When it was last changed.
    pub updated: String,
    /// In the order in which they came.
    #[serde(default)]
    pub tags: Vec<Tag>,
    /// The service that the role was made for and that alone may change it.
    #[serde(default)]
    pub service: Option<String>,
}

/// What a new role is made of.
#[derive(Debug, Clone)]
pub struct NewRole {
    /// 1 to 64 letters, digits, `.`, `-`.
    pub name: String,
    /// The trust policy.
    pub trust: String,
    /// For people.
    pub description: String,
    /// In seconds, within [`MAX_SESSION`].
    pub max_session: u32,
    /// Whether people may switch to it in the console.
    pub console: Option<bool>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

impl NewRole {
    /// A role with this name and trust policy, and what the service takes where nothing is said.
    pub fn new(name: impl Into<String>, trust: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            trust: trust.into(),
            description: String::new(),
            max_session: *MAX_SESSION.start(),
            console: None,
            tags: Vec::new(),
        }
    }
}

/// What to change of a role; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct RoleChanges {
    /// The new trust policy.
    pub trust: Option<String>,
    /// The new description.
    pub description: Option<String>,
    /// The new maximum, in seconds.
    pub max_session: Option<u32>,
    /// The new console switch.
    pub console: Option<bool>,
}

/// A role with what requests need of it.
#[derive(Debug)]
pub(crate) struct KnownRole {
    pub(crate) account: Arc<str>,
    pub(crate) id: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) max_session: u32,
    /// What policies call it, its name in lower case.
    pub(crate) resource: String,
    /// The trust policy, compiled.
    pub(crate) trust: Attached,
}

impl KnownRole {
    fn new(account: &str, role: &Role) -> Result<Self, Fault> {
        Ok(Self {
            account: account.into(),
            id: role.id.as_str().into(),
            name: role.name.as_str().into(),
            max_session: role.max_session,
            resource: arn::resource(account, "role", &role.name.to_ascii_lowercase()),
            trust: trust::attached(&role.name, &role.trust)?,
        })
    }

    pub(crate) fn arn(&self) -> String {
        arn::role(&self.account, &self.name)
    }
}

impl Identity {
    /// Makes a role.
    ///
    /// # Errors
    ///
    /// `InvalidParameter.RoleName.*`, `MalformedPolicyDocument`, `EntityAlreadyExists.Role`, `LimitExceeded.Role`.
    pub async fn create_role(
        &self,
        account: &str,
        new: NewRole,
        now: DateTime<Utc>,
    ) -> Result<Role, Fault> {
        fault::check_name("RoleName", names::NEW_ROLE, &new.name)?;
        self.check_trust_size("AssumeRolePolicyDocument", &new.trust)?;
        let document = trust::parse(&new.trust)?;
        let now = time::iso(now);
        let role = Role {
            id: random::decimal(3)?,
            name: new.name,
            description: new.description,
            trust: new.trust,
            max_session: new.max_session,
            console: new.console,
            created: now.clone(),
            updated: now,
            tags: new.tags,
            service: None,
        };
        self.insert_role(account, role, &document, None).await
    }

    /// A role that is ready, with the policy that it begins with.
    pub(crate) async fn insert_role(
        &self,
        account: &str,
        role: Role,
        trust: &Document,
        policy: Option<&str>,
    ) -> Result<Role, Fault> {
        loop {
            let mut change = self.begin().await?;
            let by_name = rows::role_name(account, &role.name);
            if change.exists(&by_name).await? {
                return Err(fault::role_exists());
            }
            trust::check_principals(&mut change, trust).await?;
            let count = rows::count(account, Counted::Roles);
            if change.counter(&count).await? >= self.limits.roles as i64 {
                return Err(fault::too_many_roles());
            }
            change.add(&count, 1);
            change.put(&rows::role(account, &role.id), &role)?;
            change.put(&by_name, &role.id)?;
            if let Some(policy) = policy {
                attachments::attach_first(&mut change, account, &role.id, policy, &role.created)?;
            }
            if change.commit().await? {
                return Ok(role);
            }
        }
    }

    /// The role of this name, whatever its case.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.Role`.
    pub async fn role(&self, account: &str, name: &str) -> Result<Role, Fault> {
        let view = self.store.meta.view().await?;
        find(&view, account, name)
            .await?
            .ok_or_else(fault::no_such_role)
    }

    /// Changes a role. Sessions go on.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.Role`, `MalformedPolicyDocument`.
    pub async fn update_role(
        &self,
        account: &str,
        name: &str,
        changes: &RoleChanges,
        now: DateTime<Utc>,
    ) -> Result<Role, Fault> {
        if let Some(trust) = &changes.trust {
            self.check_trust_size("NewAssumeRolePolicyDocument", trust)?;
        }
        let document = changes.trust.as_deref().map(trust::parse).transpose()?;
        loop {
            let mut change = self.begin().await?;
            let mut role = need_own(&mut change, account, name).await?;
            if let Some(document) = &document {
                trust::check_principals(&mut change, document).await?;
            }
            changes.apply(&mut role);
            role.updated = time::iso(now);
            change.put(&rows::role(account, &role.id), &role)?;
            if change.commit().await? {
                return Ok(role);
            }
        }
    }

    /// Deletes a role that has no policy any more. Its sessions end.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.Role`, `DeleteConflict.Role.Policy`.
    pub async fn delete_role(&self, account: &str, name: &str) -> Result<(), Fault> {
        loop {
            let mut change = self.begin().await?;
            let role = need_own(&mut change, account, name).await?;
            if change
                .exists(&rows::attached(account, "role", &role.id))
                .await?
            {
                return Err(fault::role_has_policies());
            }
            delete_rows(&mut change, account, &role);
            if change.commit().await? {
                return Ok(());
            }
        }
    }

    /// Up to `limit` roles that have the tags `wanted` and whose names come after `after`, in order of their names in lower case.
    pub async fn list_roles(
        &self,
        account: &str,
        after: &str,
        limit: usize,
        wanted: &[TagFilter],
    ) -> Result<Vec<Role>, Fault> {
        let view = self.store.meta.view().await?;
        let names = rows::role_name(account, "");
        let after = after.to_ascii_lowercase();
        let row = |id: &str| rows::role(account, id);
        let fits = |role: &Role| tags::fits(&role.tags, wanted);
        users::entities_after(&view, &names, &after, limit, row, fits).await
    }

    /// A role by its id, for a session of it.
    pub(crate) async fn role_by_id(
        &self,
        generation: &Generation,
        account: &str,
        id: &str,
    ) -> Result<Option<Arc<KnownRole>>, Fault> {
        let place = format!("{account}/{id}");
        if let Some(known) = generation.roles.get(&place) {
            return Ok(Some(known));
        }
        if account == PLATFORM {
            let role = Arc::new(platform::role()?);
            return Ok(Some(generation.roles.put(&place, role)));
        }
        let view = self.store.meta.view().await?;
        let role: Option<Role> = rows::get(&view, &rows::role(account, id)).await?;
        let known = role
            .map(|role| KnownRole::new(account, &role))
            .transpose()?;
        Ok(known.map(|known| generation.roles.put(&place, Arc::new(known))))
    }

    /// A role by its name, for somebody who wants to assume it.
    pub(crate) async fn role_by_name(
        &self,
        generation: &Generation,
        account: &str,
        name: &str,
    ) -> Result<Option<Arc<KnownRole>>, Fault> {
        let place = [account, "/", &name.to_ascii_lowercase()].concat();
        if let Some(known) = generation.role_names.get(&place) {
            return Ok(Some(known));
        }
        let view = self.store.meta.view().await?;
        let role = find(&view, account, name).await?;
        let known = role
            .map(|role| KnownRole::new(account, &role))
            .transpose()?;
        Ok(known.map(|known| generation.role_names.put(&place, Arc::new(known))))
    }

    fn check_trust_size(&self, parameter: &str, text: &str) -> Result<(), Fault> {
        if text.chars().count() > self.limits.trust_document {
            return Err(fault::beyond_length(parameter));
        }
        Ok(())
    }
}

impl RoleChanges {
    fn apply(&self, role: &mut Role) {
        if let Some(trust) = &self.trust {
            role.trust.clone_from(trust);
        }
        if let Some(description) = &self.description {
            role.description.clone_from(description);
        }
        role.max_session = self.max_session.unwrap_or(role.max_session);
        role.console = self.console.or(role.console);
    }
}

/// The role of this name, which must stay as it is.
pub(crate) async fn need(
    change: &mut Change<'_>,
    account: &str,
    name: &str,
) -> Result<Role, Fault> {
    let id: Option<String> = change.read(&rows::role_name(account, name)).await?;
    let id = id.ok_or_else(fault::no_such_role)?;
    let role = change.read(&rows::role(account, &id)).await?;
    role.ok_or_else(fault::no_such_role)
}

/// The same, of a role that belongs to no service.
pub(crate) async fn need_own(
    change: &mut Change<'_>,
    account: &str,
    name: &str,
) -> Result<Role, Fault> {
    let role = need(change, account, name).await?;
    match &role.service {
        Some(service) => Err(fault::role_of_a_service(&role.name, service)),
        None => Ok(role),
    }
}

/// The rows that every role has.
pub(crate) fn delete_rows(change: &mut Change<'_>, account: &str, role: &Role) {
    change.delete(&rows::role(account, &role.id));
    change.delete(&rows::role_name(account, &role.name));
    change.add(&rows::count(account, Counted::Roles), -1);
}

/// The role of this name in a view.
pub(crate) async fn find(view: &View, account: &str, name: &str) -> Result<Option<Role>, Fault> {
    let id: Option<String> = rows::get(view, &rows::role_name(account, name)).await?;
    match id {
        Some(id) => rows::get(view, &rows::role(account, &id)).await,
        None => Ok(None),
    }
}
