//! Groups of RAM users.

mod members;

use chrono::{DateTime, Utc};
use gateway::Fault;
use serde::{Deserialize, Serialize};
use store::View;

use crate::rows::{self, Change, Counted};
use crate::{Identity, fault, names, random, time, users};

pub(crate) use members::{groups_of, is_member};

/// A group. Whoever is in it has its policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// 18 digits, never reused.
    pub id: String,
    /// Unique in the account.
    pub name: String,
    /// Set and seen through IMS; empty if there is none.
    #[serde(default)]
    pub display_name: String,
    /// For people; empty if there are none.
    pub comments: String,
    /// When it was made, `YYYY-MM-DDThh:mm:ssZ`.
    pub created: String,
    /// When it was last changed.
    pub updated: String,
}

/// What to change of a group; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct GroupChanges {
    /// The new name.
    pub name: Option<String>,
    /// The new display name.
    pub display_name: Option<String>,
    /// The new comments.
    pub comments: Option<String>,
}

impl Identity {
    /// Makes a group with nobody in it.
    ///
    /// # Errors
    ///
    /// `InvalidParameter.GroupName.*`, `EntityAlreadyExists.Group`, `LimitExceeded.Group`.
    pub async fn create_group(
        &self,
        account: &str,
        name: &str,
        display_name: String,
        comments: String,
        now: DateTime<Utc>,
    ) -> Result<Group, Fault> {
        fault::check_name("GroupName", names::GROUP, name)?;
        let now = time::iso(now);
        let group = Group {
            id: random::decimal(4)?,
            name: name.to_owned(),
            display_name,
            comments,
            created: now.clone(),
            updated: now,
        };
        loop {
            let mut change = self.begin().await?;
            let by_name = rows::group_name(account, name);
            if change.exists(&by_name).await? {
                return Err(fault::group_exists());
            }
            let count = rows::count(account, Counted::Groups);
            if change.counter(&count).await? >= self.limits.groups as i64 {
                return Err(fault::too_many_groups());
            }
            change.add(&count, 1);
            change.put(&rows::group(account, &group.id), &group)?;
            change.put(&by_name, &group.id)?;
            if change.commit().await? {
                return Ok(group);
            }
        }
    }

    /// The group of this name.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.Group`.
    pub async fn group(&self, account: &str, name: &str) -> Result<Group, Fault> {
        let view = self.store.meta.view().await?;
        let group = find(&view, account, name).await?;
        group.ok_or_else(fault::no_such_group)
    }

    /// Changes a group. Members and policies stay with it when its name changes.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.Group`, `InvalidParameter.NewGroupName.*`, `EntityAlreadyExists.Group`.
    pub async fn update_group(
        &self,
        account: &str,
        name: &str,
        changes: &GroupChanges,
        now: DateTime<Utc>,
    ) -> Result<Group, Fault> {
        if let Some(new) = &changes.name {
            fault::check_name("NewGroupName", names::GROUP, new)?;
        }
        loop {
            let mut change = self.begin().await?;
            let mut group = need(&mut change, account, name).await?;
            if let Some(new) = changes.name.as_ref().filter(|new| *new != name) {
                if change.exists(&rows::group_name(account, new)).await? {
                    return Err(fault::group_exists());
                }
                change.delete(&rows::group_name(account, name));
                change.put(&rows::group_name(account, new), &group.id)?;
                group.name.clone_from(new);
            }
            if let Some(name) = &changes.display_name {
                group.display_name.clone_from(name);
            }
            if let Some(comments) = &changes.comments {
                group.comments.clone_from(comments);
            }
            group.updated = time::iso(now);
            change.put(&rows::group(account, &group.id), &group)?;
            if change.commit().await? {
                return Ok(group);
            }
        }
    }

    /// Deletes a group that has no member and no policy any more.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.Group`, `DeleteConflict.Group.User`, `DeleteConflict.Group.Policy`.
    pub async fn delete_group(&self, account: &str, name: &str) -> Result<(), Fault> {
        loop {
            let mut change = self.begin().await?;
            let group = need(&mut change, account, name).await?;
            let size = rows::group_size(account, &group.id);
            if change.counter(&size).await? > 0 {
                return Err(fault::group_has_users());
            }
            let attached = rows::attached(account, "group", &group.id);
            if change.exists(&attached).await? {
                return Err(fault::group_has_policies());
            }
            change.delete(&size);
            change.delete(&rows::group(account, &group.id));
            change.delete(&rows::group_name(account, name));
            change.add(&rows::count(account, Counted::Groups), -1);
            if change.commit().await? {
                return Ok(());
            }
        }
    }

    /// Up to `limit` groups whose names come after `after`, in order of their names.
    pub async fn list_groups(
        &self,
        account: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Group>, Fault> {
        let view = self.store.meta.view().await?;
        let names = rows::group_name(account, "");
        let row = |id: &str| rows::group(account, id);
        users::entities_after(&view, &names, after, limit, row, |_| true).await
    }
}

/// The group of this name, which must stay as it is.
pub(crate) async fn need(
    change: &mut Change<'_>,
    account: &str,
    name: &str,
) -> Result<Group, Fault> {
    let id: Option<String> = change.read(&rows::group_name(account, name)).await?;
    let id = id.ok_or_else(fault::no_such_group)?;
    let group = change.read(&rows::group(account, &id)).await?;
    group.ok_or_else(fault::no_such_group)
}

/// The group of this name in a view.
pub(crate) async fn find(view: &View, account: &str, name: &str) -> Result<Option<Group>, Fault> {
    let id: Option<String> = rows::get(view, &rows::group_name(account, name)).await?;
    match id {
        Some(id) => rows::get(view, &rows::group(account, &id)).await,
        None => Ok(None),
    }
}
