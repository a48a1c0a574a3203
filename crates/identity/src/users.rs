//! RAM users.

use chrono::{DateTime, Utc};
use gateway::Fault;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use store::{Cursor, View};

use crate::rows::{self, Change, Counted};
use crate::tags::{self, Tag, TagFilter};
use crate::{Identity, fault, groups, names, random, time};

/// A RAM user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// 18 digits, never reused.
    pub id: String,
    /// Unique in the account.
    pub name: String,
    /// What describes the user.
    pub profile: Profile,
    /// Set through IMS. Rows of before there were tags have none.
    #[serde(default)]
    pub tags: Vec<Tag>,
    /// When it was made, `YYYY-MM-DDThh:mm:ssZ`.
    pub created: String,
    /// When it was last changed.
    pub updated: String,
}

/// What describes a user and means nothing to the service. Absent texts are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// 128 characters at most.
    pub display_name: String,
    /// `<country code>-<number>`.
    pub mobile_phone: String,
    /// An address.
    pub email: String,
    /// 128 characters at most.
    pub comments: String,
}

/// What to change of a user; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct UserChanges {
    /// The new name.
    pub name: Option<String>,
    /// The new display name.
    pub display_name: Option<String>,
    /// The new number.
    pub mobile_phone: Option<String>,
    /// The new address.
    pub email: Option<String>,
    /// The new comments.
    pub comments: Option<String>,
}

impl Identity {
    /// Makes a user.
    ///
    /// # Errors
    ///
    /// `InvalidParameter.UserName.*`, `EntityAlreadyExists.User`, `LimitExceeded.User`.
    pub async fn create_user(
        &self,
        account: &str,
        name: &str,
        profile: Profile,
        tags: Vec<Tag>,
        now: DateTime<Utc>,
    ) -> Result<User, Fault> {
        let id = random::decimal(2)?;
        self.create_user_as(account, (name, &id), (profile, tags), now)
            .await
    }

    /// The same with an id that nobody else has, for worlds in which bucket policies must know it beforehand.
    ///
    /// # Errors
    ///
    /// As for [`Identity::create_user`].
    pub async fn create_user_as(
        &self,
        account: &str,
        (name, id): (&str, &str),
        (profile, tags): (Profile, Vec<Tag>),
        now: DateTime<Utc>,
    ) -> Result<User, Fault> {
        fault::check_name("UserName", names::USER, name)?;
        let now = time::iso(now);
        let user = User {
            id: id.to_owned(),
            name: name.to_owned(),
            profile,
            tags,
            created: now.clone(),
            updated: now,
        };
        loop {
            let mut change = self.begin().await?;
            if change.exists(&rows::user_name(account, name)).await? {
                return Err(fault::user_exists());
            }
            let count = rows::count(account, Counted::Users);
            if change.counter(&count).await? >= self.limits.users as i64 {
                return Err(fault::too_many_users());
            }
            change.add(&count, 1);
            change.put(&rows::user(account, &user.id), &user)?;
            change.put(&rows::user_name(account, name), &user.id)?;
            if change.commit().await? {
                return Ok(user);
            }
        }
    }

    /// The user of this name.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`.
    pub async fn user(&self, account: &str, name: &str) -> Result<User, Fault> {
        let view = self.store.meta.view().await?;
        find(&view, account, name)
            .await?
            .ok_or_else(fault::no_such_user)
    }

    /// Changes a user. Keys and policies stay with it when its name changes.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `InvalidParameter.NewUserName.*`, `EntityAlreadyExists.User`.
    pub async fn update_user(
        &self,
        account: &str,
        name: &str,
        changes: &UserChanges,
        now: DateTime<Utc>,
    ) -> Result<User, Fault> {
        if let Some(new) = &changes.name {
            fault::check_name("NewUserName", names::USER, new)?;
        }
        loop {
            let mut change = self.begin().await?;
            let mut user = need(&mut change, account, name).await?;
            if let Some(new) = changes.name.as_ref().filter(|new| *new != name) {
                if change.exists(&rows::user_name(account, new)).await? {
                    return Err(fault::user_exists());
                }
                change.delete(&rows::user_name(account, name));
                change.put(&rows::user_name(account, new), &user.id)?;
                user.name.clone_from(new);
            }
            changes.apply(&mut user.profile);
            user.updated = time::iso(now);
            change.put(&rows::user(account, &user.id), &user)?;
            if change.commit().await? {
                return Ok(user);
            }
        }
    }

    /// Deletes a user that is in no group and has no key, login profile, MFA device and policy any more.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `DeleteConflict.User.Group`, `DeleteConflict.User.AccessKey`,
    /// `DeleteConflict.User.LoginProfile`, `DeleteConflict.User.MFADevice`, `DeleteConflict.User.Policy`.
    pub async fn delete_user(&self, account: &str, name: &str) -> Result<(), Fault> {
        loop {
            let mut change = self.begin().await?;
            let user = need(&mut change, account, name).await?;
            if groups::is_member(&mut change, account, &user.id).await? {
                return Err(fault::user_in_groups());
            }
            if change.exists(&rows::keys_of(account, &user.id)).await? {
                return Err(fault::user_has_access_keys());
            }
            if change.exists(&rows::login(account, &user.id)).await? {
                return Err(fault::user_has_login_profile());
            }
            if change.exists(&rows::mfa_of(account, &user.id)).await? {
                return Err(fault::user_has_mfa_device());
            }
            if change
                .exists(&rows::attached(account, "user", &user.id))
                .await?
            {
                return Err(fault::user_has_policies());
            }
            change.delete(&rows::user(account, &user.id));
            change.delete(&rows::user_name(account, name));
            change.add(&rows::count(account, Counted::Users), -1);
            if change.commit().await? {
                return Ok(());
            }
        }
    }

    /// The user of this id, if there is one.
    pub async fn user_by_id(&self, account: &str, id: &str) -> Result<Option<User>, Fault> {
        let view = self.store.meta.view().await?;
        rows::get(&view, &rows::user(account, id)).await
    }

    /// Up to `limit` users that have the tags `wanted` and whose names come after `after`, in order of their names.
    pub async fn list_users(
        &self,
        account: &str,
        after: &str,
        limit: usize,
        wanted: &[TagFilter],
    ) -> Result<Vec<User>, Fault> {
        let view = self.store.meta.view().await?;
        let names = rows::user_name(account, "");
        let row = |id: &str| rows::user(account, id);
        let fits = |user: &User| tags::fits(&user.tags, wanted);
        entities_after(&view, &names, after, limit, row, fits).await
    }
}

impl UserChanges {
    fn apply(&self, profile: &mut Profile) {
        let fields = [
            (&self.display_name, &mut profile.display_name),
            (&self.mobile_phone, &mut profile.mobile_phone),
            (&self.email, &mut profile.email),
            (&self.comments, &mut profile.comments),
        ];
        for (new, field) in fields {
            if let Some(new) = new {
                field.clone_from(new);
            }
        }
    }
}

/// The user of this name, which must stay as it is.
pub(crate) async fn need(
    change: &mut Change<'_>,
    account: &str,
    name: &str,
) -> Result<User, Fault> {
    let id: Option<String> = change.read(&rows::user_name(account, name)).await?;
    let id = id.ok_or_else(fault::no_such_user)?;
    let user = change.read(&rows::user(account, &id)).await?;
    user.ok_or_else(fault::no_such_user)
}

/// The user of this name in a view.
pub(crate) async fn find(view: &View, account: &str, name: &str) -> Result<Option<User>, Fault> {
    let id: Option<String> = rows::get(view, &rows::user_name(account, name)).await?;
    match id {
        Some(id) => rows::get(view, &rows::user(account, &id)).await,
        None => Ok(None),
    }
}

/// The entities in an index of names, from behind the name `after` on, `limit` at most, of those that fit.
pub(crate) async fn entities_after<T: DeserializeOwned>(
    view: &View,
    names: &str,
    after: &str,
    limit: usize,
    row: impl Fn(&str) -> String,
    fits: impl Fn(&T) -> bool,
) -> Result<Vec<T>, Fault> {
    let mut cursor = cursor_after(view, names, after).await?;
    let mut found = Vec::new();
    while found.len() < limit {
        let Some(name) = cursor.next().await? else {
            break;
        };
        let id: String = rows::decode(&name)?;
        let entity: Option<T> = rows::get(view, &row(&id)).await?;
        found.extend(entity.filter(&fits));
    }
    Ok(found)
}

/// The rows of an index from behind the name `after` on, `limit` at most.
pub(crate) async fn rows_after(
    view: &View,
    prefix: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<store::Row>, Fault> {
    Ok(cursor_after(view, prefix, after).await?.take(limit).await?)
}

/// A cursor over an index from behind the name `after` on. No name holds a NUL.
pub(crate) async fn cursor_after(view: &View, prefix: &str, after: &str) -> Result<Cursor, Fault> {
    let mut cursor = view.cursor(prefix.as_bytes());
    if !after.is_empty() {
        cursor.seek(format!("{prefix}{after}\0").as_bytes()).await?;
    }
    Ok(cursor)
}
