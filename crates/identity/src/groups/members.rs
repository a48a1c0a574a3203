//! Who is in which group.

use chrono::{DateTime, Utc};
use gateway::Fault;
use serde::{Deserialize, Serialize};
use store::View;

use super::{Group, find, need};
use crate::rows::{self, Change};
use crate::users::{self, User};
use crate::{Identity, fault, time};

/// That a user is in a group, as the user has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Membership {
    pub(crate) group_id: String,
    /// Since when, `YYYY-MM-DDThh:mm:ssZ`.
    pub(crate) since: String,
}

impl Identity {
    /// Puts a user into a group.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `EntityNotExist.Group`, `EntityAlreadyExists.User.Group`, `LimitExceeded.User.Group`.
    pub async fn add_member(
        &self,
        account: &str,
        group: &str,
        user: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Fault> {
        let since = time::iso(now);
        loop {
            let mut change = self.begin().await?;
            let user = users::need(&mut change, account, user).await?;
            let group = need(&mut change, account, group).await?;
            let mut memberships = memberships(&mut change, account, &user.id).await?;
            if memberships.iter().any(|m| m.group_id == group.id) {
                return Err(fault::user_in_group());
            }
            if memberships.len() >= self.limits.groups_of_user {
                return Err(fault::too_many_groups_of_user());
            }
            memberships.push(Membership {
                group_id: group.id.clone(),
                since: since.clone(),
            });
            change.put(&rows::groups_of(account, &user.id), &memberships)?;
            change.put(&rows::member(account, &group.id, &user.id), &since)?;
            change.add(&rows::group_size(account, &group.id), 1);
            if change.commit().await? {
                return Ok(());
            }
        }
    }

    /// Takes a user out of a group.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `EntityNotExist.Group`, `EntityNotExist.User.Group`.
    pub async fn remove_member(&self, account: &str, group: &str, user: &str) -> Result<(), Fault> {
        loop {
            let mut change = self.begin().await?;
            let user = users::need(&mut change, account, user).await?;
            let group = need(&mut change, account, group).await?;
            let mut memberships = memberships(&mut change, account, &user.id).await?;
            let at = memberships.iter().position(|m| m.group_id == group.id);
            memberships.remove(at.ok_or_else(fault::user_not_in_group)?);
            // Who is in no group has no row, which is how one sees that a user may be deleted.
            let row = rows::groups_of(account, &user.id);
            match memberships.is_empty() {
                true => change.delete(&row),
                false => change.put(&row, &memberships)?,
            }
            change.delete(&rows::member(account, &group.id, &user.id));
            change.add(&rows::group_size(account, &group.id), -1);
            if change.commit().await? {
                return Ok(());
            }
        }
    }

    /// The groups of a user, each with the time since when, in the order in which the user came into them.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`.
    pub async fn groups_of_user(
        &self,
        account: &str,
        user: &str,
    ) -> Result<Vec<(Group, String)>, Fault> {
        let view = self.store.meta.view().await?;
        let user = users::find(&view, account, user).await?;
        let user = user.ok_or_else(fault::no_such_user)?;
        let mut found = Vec::new();
        for membership in groups_of(&view, account, &user.id).await? {
            let group = rows::get(&view, &rows::group(account, &membership.group_id)).await?;
            found.extend(group.map(|group| (group, membership.since)));
        }
        Ok(found)
    }

    /// Up to `limit` members of a group whose ids come after `after`, in order of their ids, each with the time since
    /// when.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.Group`.
    pub async fn members(
        &self,
        account: &str,
        group: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<(User, String)>, Fault> {
        let view = self.store.meta.view().await?;
        let group = find(&view, account, group).await?;
        let group = group.ok_or_else(fault::no_such_group)?;
        let prefix = rows::member(account, &group.id, "");
        let mut found = Vec::new();
        for row in users::rows_after(&view, &prefix, after, limit).await? {
            let id = String::from_utf8_lossy(&row.key[prefix.len()..]);
            let user = rows::get(&view, &rows::user(account, &id)).await?;
            let since: String = rows::decode(&row)?;
            found.extend(user.map(|user| (user, since)));
        }
        Ok(found)
    }
}

async fn memberships(
    change: &mut Change<'_>,
    account: &str,
    user_id: &str,
) -> Result<Vec<Membership>, Fault> {
    let row = rows::groups_of(account, user_id);
    Ok(change.read(&row).await?.unwrap_or_default())
}

/// The groups that a user is in.
pub(crate) async fn groups_of(
    view: &View,
    account: &str,
    user_id: &str,
) -> Result<Vec<Membership>, Fault> {
    let row = rows::groups_of(account, user_id);
    Ok(rows::get(view, &row).await?.unwrap_or_default())
}

/// Whether a user is in any group, which must stay so.
pub(crate) async fn is_member(
    change: &mut Change<'_>,
    account: &str,
    user_id: &str,
) -> Result<bool, Fault> {
    change.exists(&rows::groups_of(account, user_id)).await
}
