//! Which user, group or role has which policy.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use gateway::{Fault, Policies};
use policy::{Attached, Holder};
use serde::{Deserialize, Serialize};
use store::View;

use crate::groups::{self, Group};
use crate::policies::{self, Kind, Policy};
use crate::roles::{self, Role};
use crate::rows::{self, Change};
use crate::users::{self, User};
use crate::{Identity, fault, system_policies, time};

/// What can have a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    /// A RAM user.
    User,
    /// A group.
    Group,
    /// A role.
    Role,
}

impl Entity {
    /// `user`, `group` or `role`, as in ARNs and rows.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }
}

/// That a user, group or role has a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The policy's kind.
    pub kind: Kind,
    /// The policy's name.
    pub policy: String,
    /// Since when, `YYYY-MM-DDThh:mm:ssZ`.
    pub since: String,
}

/// Who has a policy, each with the time since when.
#[derive(Debug, Clone, Default)]
pub struct Holders {
    /// Users.
    pub users: Vec<(User, String)>,
    /// Groups.
    pub groups: Vec<(Group, String)>,
    /// Roles.
    pub roles: Vec<(Role, String)>,
}

impl Identity {
    /// Gives a policy to a user, group or role.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `.Group` or `.Role`, `EntityNotExist.Policy`, `EntityAlreadyExists.User.Policy`,
    /// `.Group.Policy` or `.Role.Policy`, `LimitExceeded.User.Policy`, `.Group.Policy` or `.Role.Policy`.
    pub async fn attach(
        &self,
        account: &str,
        (entity, name): (Entity, &str),
        (kind, policy): (Kind, &str),
        now: DateTime<Utc>,
    ) -> Result<(), Fault> {
        loop {
            let mut change = self.begin().await?;
            let id = id_of(&mut change, account, entity, name).await?;
            need_policy(&mut change, account, kind, policy).await?;
            let row = rows::attached(account, entity.name(), &id);
            let mut list: Vec<Attachment> = change.read(&row).await?.unwrap_or_default();
            if list.iter().any(|a| a.kind == kind && a.policy == policy) {
                return Err(attached_already(entity));
            }
            let same_kind = list.iter().filter(|a| a.kind == kind).count();
            if same_kind >= self.most(entity, kind) {
                return Err(too_many(entity));
            }
            let since = time::iso(now);
            list.push(Attachment {
                kind,
                policy: policy.to_owned(),
                since: since.clone(),
            });
            change.put(&row, &list)?;
            change.put(&holder_row(account, (kind, policy), entity, &id), &since)?;
            change.add(&rows::uses(account, kind.name(), policy), 1);
            if change.commit().await? {
                return Ok(());
            }
        }
    }

    /// Takes a policy from a user, group or role. Live sessions lose it too.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `.Group` or `.Role`, `EntityNotExist.Policy`, `EntityNotExist.User.Policy`, `.Group.Policy`
    /// or `.Role.Policy`.
    pub async fn detach(
        &self,
        account: &str,
        (entity, name): (Entity, &str),
        (kind, policy): (Kind, &str),
    ) -> Result<(), Fault> {
        loop {
            let mut change = self.begin().await?;
            let id = id_of(&mut change, account, entity, name).await?;
            need_policy(&mut change, account, kind, policy).await?;
            let row = rows::attached(account, entity.name(), &id);
            let mut list: Vec<Attachment> = change.read(&row).await?.unwrap_or_default();
            let at = list
                .iter()
                .position(|a| a.kind == kind && a.policy == policy);
            list.remove(at.ok_or_else(|| not_attached(entity))?);
            // Who has nothing has no row, which is how one sees that it may be deleted.
            if list.is_empty() {
                change.delete(&row);
            } else {
                change.put(&row, &list)?;
            }
            change.delete(&holder_row(account, (kind, policy), entity, &id));
            change.add(&rows::uses(account, kind.name(), policy), -1);
            if change.commit().await? {
                return Ok(());
            }
        }
    }

    /// The policies of a user, group or role, in the order in which they were attached.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `.Group` or `.Role`.
    pub async fn attachments(
        &self,
        account: &str,
        entity: Entity,
        name: &str,
    ) -> Result<Vec<(Policy, Attachment)>, Fault> {
        let view = self.store.meta.view().await?;
        let id = match entity {
            Entity::User => users::find(&view, account, name).await?.map(|user| user.id),
            Entity::Group => groups::find(&view, account, name)
                .await?
                .map(|group| group.id),
            Entity::Role => roles::find(&view, account, name).await?.map(|role| role.id),
        };
        let id = id.ok_or_else(|| no_such(entity))?;
        let mut found = Vec::new();
        for attachment in list(&view, account, entity, &id).await? {
            let policy =
                policies::find(&view, account, attachment.kind, &attachment.policy).await?;
            found.extend(policy.map(|policy| (policy, attachment)));
        }
        Ok(found)
    }

    /// Who has a policy.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.Policy`.
    pub async fn holders(&self, account: &str, kind: Kind, policy: &str) -> Result<Holders, Fault> {
        let view = self.store.meta.view().await?;
        let found = policies::find(&view, account, kind, policy).await?;
        found.ok_or_else(fault::no_such_policy)?;
        let prefix = rows::attached_to(account, kind.name(), policy);
        let mut cursor = view.cursor(prefix.as_bytes());
        let mut holders = Holders::default();
        while let Some(row) = cursor.next().await? {
            let since: String = rows::decode(&row)?;
            let place = String::from_utf8_lossy(&row.key[prefix.len()..]).into_owned();
            match place.split_once('/') {
                Some(("user", id)) => {
                    let user = rows::get(&view, &rows::user(account, id)).await?;
                    holders.users.extend(user.map(|user| (user, since)));
                }
                Some(("group", id)) => {
                    let group = rows::get(&view, &rows::group(account, id)).await?;
                    holders.groups.extend(group.map(|group| (group, since)));
                }
                Some(("role", id)) => {
                    let role = rows::get(&view, &rows::role(account, id)).await?;
                    holders.roles.extend(role.map(|role| (role, since)));
                }
                _ => {}
            }
        }
        Ok(holders)
    }

    /// The policies of a user with those of its groups, or of a role, compiled.
    pub(crate) async fn policies_of(
        &self,
        account: &str,
        entity: Entity,
        id: &str,
    ) -> Result<Arc<Policies>, Fault> {
        let generation = self.generation().await?;
        if let Some(known) = generation.policies(account, entity, id) {
            return Ok(known);
        }
        let view = self.store.meta.view().await?;
        let own = match entity {
            Entity::Role => Holder::Role,
            Entity::User | Entity::Group => Holder::User,
        };
        let mut account_scope = compiled(&view, account, (entity, id), &own).await?;
        if entity == Entity::User {
            for group in groups::groups_of(&view, account, id).await? {
                let of_group = (Entity::Group, group.group_id.as_str());
                let row: Option<Group> =
                    rows::get(&view, &rows::group(account, of_group.1)).await?;
                let name = row.map_or_else(|| group.group_id.clone(), |group| group.name);
                let holder = Holder::Group(name.into());
                account_scope.extend(compiled(&view, account, of_group, &holder).await?);
            }
        }
        let known = Arc::new(Policies {
            account: account_scope,
            resource_group: Vec::new(),
        });
        generation.keep_policies(account, entity, id, &known);
        Ok(known)
    }

    fn most(&self, entity: Entity, kind: Kind) -> usize {
        match (kind, entity) {
            (Kind::System, _) => self.limits.system_attachments,
            (Kind::Custom, Entity::User) => self.limits.user_custom_attachments,
            (Kind::Custom, Entity::Group) => self.limits.group_custom_attachments,
            (Kind::Custom, Entity::Role) => self.limits.role_custom_attachments,
        }
    }
}

/// Gives a role that is being made the policy of its service.
pub(crate) fn attach_first(
    change: &mut Change<'_>,
    account: &str,
    role_id: &str,
    policy: &str,
    since: &str,
) -> Result<(), Fault> {
    let attachment = Attachment {
        kind: Kind::System,
        policy: policy.to_owned(),
        since: since.to_owned(),
    };
    let name = (Kind::System, policy);
    change.put(&rows::attached(account, "role", role_id), &[attachment])?;
    change.put(&holder_row(account, name, Entity::Role, role_id), &since)?;
    change.add(&rows::uses(account, Kind::System.name(), policy), 1);
    Ok(())
}

/// Takes the policy of its service from a role that is being deleted.
pub(crate) fn detach_last(change: &mut Change<'_>, account: &str, role_id: &str, policy: &str) {
    let name = (Kind::System, policy);
    change.delete(&rows::attached(account, "role", role_id));
    change.delete(&holder_row(account, name, Entity::Role, role_id));
    change.add(&rows::uses(account, Kind::System.name(), policy), -1);
}

/// The id of a user, group or role, which must stay until the commit.
async fn id_of(
    change: &mut Change<'_>,
    account: &str,
    entity: Entity,
    name: &str,
) -> Result<String, Fault> {
    match entity {
        Entity::User => Ok(users::need(change, account, name).await?.id),
        Entity::Group => Ok(groups::need(change, account, name).await?.id),
        Entity::Role => Ok(roles::need_own(change, account, name).await?.id),
    }
}

async fn need_policy(
    change: &mut Change<'_>,
    account: &str,
    kind: Kind,
    name: &str,
) -> Result<(), Fault> {
    let exists = match kind {
        Kind::System => system_policies::find(name).is_some(),
        Kind::Custom => change.exists(&rows::policy(account, name)).await?,
    };
    if exists {
        Ok(())
    } else {
        Err(fault::no_such_policy())
    }
}

async fn list(
    view: &View,
    account: &str,
    entity: Entity,
    id: &str,
) -> Result<Vec<Attachment>, Fault> {
    let row = rows::attached(account, entity.name(), id);
    Ok(rows::get(view, &row).await?.unwrap_or_default())
}

/// The policies of one user, group or role, ready for decisions.
async fn compiled(
    view: &View,
    account: &str,
    (entity, id): (Entity, &str),
    holder: &Holder,
) -> Result<Vec<Attached>, Fault> {
    let mut all = Vec::new();
    for a in list(view, account, entity, id).await? {
        let policy = policies::compiled(view, account, a.kind, &a.policy).await?;
        // Left out, a policy that denies would deny no more.
        let missing = || Fault::internal(format!("the attached policy {} is gone", a.policy));
        let mut policy = policy.ok_or_else(missing)?;
        policy.holder = Some(holder.clone());
        all.push(policy);
    }
    Ok(all)
}

fn holder_row(account: &str, (kind, policy): (Kind, &str), entity: Entity, id: &str) -> String {
    let prefix = rows::attached_to(account, kind.name(), policy);
    format!("{prefix}{}/{id}", entity.name())
}

fn no_such(entity: Entity) -> Fault {
    match entity {
        Entity::User => fault::no_such_user(),
        Entity::Group => fault::no_such_group(),
        Entity::Role => fault::no_such_role(),
    }
}

fn attached_already(entity: Entity) -> Fault {
    match entity {
        Entity::User => fault::policy_attached_to_user(),
        Entity::Group => fault::policy_attached_to_group(),
        Entity::Role => fault::policy_attached_to_role(),
    }
}

fn not_attached(entity: Entity) -> Fault {
    match entity {
        Entity::User => fault::policy_not_attached_to_user(),
        Entity::Group => fault::policy_not_attached_to_group(),
        Entity::Role => fault::policy_not_attached_to_role(),
    }
}

fn too_many(entity: Entity) -> Fault {
    match entity {
        Entity::User => fault::too_many_policies_on_user(),
        Entity::Group => fault::too_many_policies_on_group(),
        Entity::Role => fault::too_many_policies_on_role(),
    }
}
