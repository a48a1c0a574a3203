//! Tags of roles and custom policies, which RAM changes, and of users, which IMS does (spec/identity.md §3.1).
//!
//! Limits: <https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-tagresources>. That page
//! also says that calls about tags are authorized on no resource in particular and have no condition keys.

use chrono::{DateTime, Utc};
use gateway::Fault;
use serde::{Deserialize, Serialize};

use crate::policies::{self, Policy};
use crate::roles::{self, Role};
use crate::rows::{self, Change};
use crate::users::User;
use crate::{Identity, fault, time};

/// The most tags that one call names, and that one thing has.
pub const MOST_TAGS: usize = 20;
/// The most things that one call names.
pub const MOST_RESOURCES: usize = 50;

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// 1 to 128 characters.
    pub key: String,
    /// 256 characters at most.
    pub value: String,
}

/// A tag that somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagFilter {
    /// The key.
    pub key: String,
    /// The value; `None` is any.
    pub value: Option<String>,
}

/// Whether something with these tags is what somebody looks for: it has all of them.
pub(crate) fn fits(tags: &[Tag], wanted: &[TagFilter]) -> bool {
    let has = |filter: &TagFilter| {
        tags.iter().any(|tag| {
            let value = filter.value.as_ref();
            tag.key == filter.key && value.is_none_or(|value| *value == tag.value)
        })
    };
    wanted.iter().all(has)
}

/// What can be tagged. Roles and policies are named by their names, users by their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tagged {
    /// A role.
    Role,
    /// A custom policy.
    Policy,
    /// A user.
    User,
}

impl Tagged {
    /// `role`, `policy` or `user`, as on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Policy => "policy",
            Self::User => "user",
        }
    }

    /// The reverse, for what RAM tags.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "role" => Some(Self::Role),
            "policy" => Some(Self::Policy),
            _ => None,
        }
    }
}

/// What becomes of the tags of a thing.
#[derive(Debug, Clone, Copy)]
pub enum TagChange<'a> {
    /// These are added; a key that is there gets the new value.
    Add(&'a [Tag]),
    /// Those with these keys go.
    Remove(&'a [String]),
    /// All go.
    Clear,
}

impl TagChange<'_> {
    /// # Errors
    ///
    /// `LimitExceeded.Tag`.
    fn apply(self, tags: &mut Vec<Tag>) -> Result<(), Fault> {
        match self {
            Self::Add(new) => new.iter().for_each(|tag| put(tags, tag)),
            Self::Remove(keys) => tags.retain(|tag| !keys.contains(&tag.key)),
            Self::Clear => tags.clear(),
        }
        if tags.len() > MOST_TAGS {
            return Err(fault::too_many_tags());
        }
        Ok(())
    }
}

fn put(tags: &mut Vec<Tag>, new: &Tag) {
    match tags.iter_mut().find(|tag| tag.key == new.key) {
        Some(tag) => tag.value.clone_from(&new.value),
        None => tags.push(new.clone()),
    }
}

/// A thing with tags, by name.
pub type NamedTags = (String, Vec<Tag>);

impl Identity {
    /// Changes the tags of several things, of all or of none.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.Role`, `EntityNotExist.Policy`, `EntityNotExist.User`, `LimitExceeded.Tag`.
    pub async fn change_tags(
        &self,
        account: &str,
        kind: Tagged,
        names: &[String],
        what: TagChange<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), Fault> {
        let now = time::iso(now);
        loop {
            let mut change = self.begin().await?;
            for name in names {
                retag(&mut change, account, kind, name, what, &now).await?;
            }
            if change.commit().await? {
                return Ok(());
            }
        }
    }

    /// The things of a kind that have tags, all of `wanted` among them, by name. With `names`, only those of them that
    /// exist.
    pub async fn tagged(
        &self,
        account: &str,
        kind: Tagged,
        names: &[String],
        wanted: &[TagFilter],
    ) -> Result<Vec<NamedTags>, Fault> {
        let view = self.store.meta.view().await?;
        let all = match kind {
            Tagged::Role => {
                let prefix = rows::role(account, "");
                let roles: Vec<Role> = rows::all(&view, &prefix).await?;
                roles.into_iter().map(|r| (r.name, r.tags)).collect()
            }
            Tagged::Policy => {
                let prefix = rows::policy(account, "");
                let policies: Vec<Policy> = rows::all(&view, &prefix).await?;
                policies.into_iter().map(|p| (p.name, p.tags)).collect()
            }
            Tagged::User => {
                let users: Vec<User> = rows::all(&view, &rows::user(account, "")).await?;
                users.into_iter().map(|u| (u.id, u.tags)).collect()
            }
        };
        let same = |name: &str, other: &str| match kind {
            Tagged::Role => name.eq_ignore_ascii_case(other),
            Tagged::Policy | Tagged::User => name == other,
        };
        let mut found: Vec<NamedTags> = all;
        found.retain(|(name, tags)| {
            let named = names.is_empty() || names.iter().any(|wanted| same(name, wanted));
            named && !tags.is_empty() && fits(tags, wanted)
        });
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }
}

async fn retag(
    change: &mut Change<'_>,
    account: &str,
    kind: Tagged,
    name: &str,
    what: TagChange<'_>,
    now: &str,
) -> Result<(), Fault> {
    let edit = |tags: &mut Vec<Tag>, updated: &mut String| {
        now.clone_into(updated);
        what.apply(tags)
    };
    match kind {
        Tagged::Role => {
            let mut role = roles::need(change, account, name).await?;
            edit(&mut role.tags, &mut role.updated)?;
            change.put(&rows::role(account, &role.id), &role)
        }
        Tagged::Policy => {
            let mut policy = policies::need(change, account, name).await?;
            edit(&mut policy.tags, &mut policy.updated)?;
            change.put(&rows::policy(account, name), &policy)
        }
        Tagged::User => {
            let row = rows::user(account, name);
            let user: Option<User> = change.read(&row).await?;
            let mut user = user.ok_or_else(fault::no_such_user)?;
            edit(&mut user.tags, &mut user.updated)?;
            change.put(&row, &user)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str, value: &str) -> Tag {
        Tag {
            key: key.to_owned(),
            value: value.to_owned(),
        }
    }

    fn filter(key: &str, value: Option<&str>) -> TagFilter {
        TagFilter {
            key: key.to_owned(),
            value: value.map(str::to_owned),
        }
    }

    #[test]
    fn a_filter_wants_every_tag() {
        let tags = [tag("a", "1"), tag("b", "2")];
        assert!(fits(&tags, &[]));
        assert!(fits(&tags, &[filter("a", None), filter("b", Some("2"))]));
        assert!(!fits(&tags, &[filter("a", Some("2"))]));
        assert!(!fits(&tags, &[filter("a", None), filter("c", None)]));
    }

    #[test]
    fn a_key_stands_once() {
        let mut tags = vec![tag("a", "1")];
        let new = [tag("a", "2"), tag("b", "3")];
        TagChange::Add(&new).apply(&mut tags).unwrap();
        assert_eq!(tags, new);
        TagChange::Remove(&["a".to_owned(), "x".to_owned()])
            .apply(&mut tags)
            .unwrap();
        assert_eq!(tags, [tag("b", "3")]);
        TagChange::Clear.apply(&mut tags).unwrap();
        assert_eq!(tags, []);
    }

    #[test]
    fn tags_are_limited() {
        let many: Vec<Tag> = (0..=MOST_TAGS).map(|n| tag(&n.to_string(), "")).collect();
        let mut tags = Vec::new();
        assert!(TagChange::Add(&many[1..]).apply(&mut tags).is_ok());
        assert!(TagChange::Add(&many[..1]).apply(&mut tags).is_err());
    }
}
