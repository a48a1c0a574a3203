//! Tags: of functions in FC 3.0, of services in FC 2.0. What belongs to either has them too, as far as policies look.
//!
//! Limits: <https://help.aliyun.com/zh/functioncompute/tag-management>. They lie in a row of their own, so that a change of
//! tags is none of the function: its instances go on.

mod named;
mod read;

use std::collections::BTreeMap;

use gateway::Fault;
use serde_json::{Value, json};
use store::{Batch, Error};

use crate::functions::{Found, Page, changed_meanwhile};
use crate::locate::Target;
use crate::rows::{self, Owner, Place};
use crate::settings::Fields;
use crate::{Fc, fault, show};

pub(crate) use named::{function, service};
pub(crate) use read::{Filter, dictionary, filters, list, name, of_services, texts};

/// The most tags of a function or a service.
pub(crate) const MOST: usize = 20;
/// The longest key, in characters.
const KEY: usize = 64;
/// The longest value, in characters.
const VALUE: usize = 128;

/// Keys and values.
pub(crate) type Tags = BTreeMap<String, String>;

/// What becomes of tags.
#[derive(Debug)]
pub(crate) enum Change {
    /// These are added; a key that is there gets the new value.
    Add(Tags),
    /// Those with these keys go.
    Remove(Vec<String>),
    /// All go.
    Clear,
}

impl Change {
    fn apply(&self, tags: &mut Tags) -> Result<(), Fault> {
        match self {
            Self::Add(new) => tags.extend(new.clone()),
            Self::Remove(keys) => tags.retain(|key, _| !keys.contains(key)),
            Self::Clear => tags.clear(),
        }
        match tags.len() > MOST {
            true => Err(fault::too_many_tags(tags.len(), MOST)),
            false => Ok(()),
        }
    }
}

/// What has tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of FC 3.0.
    Function,
    /// Of FC 2.0.
    Service,
}

/// A function or a service with its tags.
#[derive(Debug)]
pub(crate) struct Tagged {
    pub(crate) name: String,
    pub(crate) tags: Tags,
}

/// Whether a tag may be: what characters it may have, and that it does not begin like the platform's own.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn check(key: &str, value: &str) -> Result<(), Fault> {
    let reserved = ["aliyun", "acs:"].iter().any(|prefix| {
        let begins = key.get(..prefix.len());
        begins.is_some_and(|begins| begins.eq_ignore_ascii_case(prefix))
    });
    if reserved || key.is_empty() || !is_plain(key, KEY) {
        return Err(fault::bad_tag_key(key, KEY));
    }
    match is_plain(value, VALUE) {
        true => Ok(()),
        false => Err(fault::bad_tag_value(key, value, VALUE)),
    }
}

/// Letters and digits of any script, and the punctuation of ASCII.
fn is_plain(text: &str, most: usize) -> bool {
    let plain = |c: char| c.is_alphanumeric() || c.is_ascii_graphic() || c == ' ';
    let link = text.contains("http://") || text.contains("https://");
    !link && text.chars().count() <= most && text.chars().all(plain)
}

/// The condition keys that say what tags a resource has. The second is the older one of Function Compute's own.
pub(crate) fn of_resource(tags: &Tags) -> Vec<(String, String)> {
    let names = |(key, value): (&String, &String)| {
        ["acs:ResourceTag", "fc:tag"].map(|prefix| (format!("{prefix}/{key}"), value.clone()))
    };
    tags.iter().flat_map(names).collect()
}

/// The condition keys that say what tags a request gives.
pub(crate) fn of_request(tags: &Tags) -> Vec<(String, String)> {
    let name = |(key, value): (&String, &String)| (format!("acs:RequestTag/{key}"), value.clone());
    tags.iter().map(name).collect()
}

/// As answers of FC 3.0 have them.
fn list_of(tags: &Tags) -> Value {
    let one = |(key, value)| json!({"Key": key, "Value": value});
    tags.iter().map(one).collect()
}

impl Fc {
    /// The tags of a function or a service.
    pub(crate) async fn tags(&self, owner: &Owner) -> Result<Tags, Fault> {
        let found = self.owned(&owner.tags()).await?;
        Ok(found.map_or_else(Tags::new, |found| found.row))
    }

    /// All that is told of a function. In FC 3.0 it has tags.
    pub(crate) async fn shown(&self, target: &Target, found: &Found) -> Result<Fields, Fault> {
        let mut shown = show::function(target, found);
        if !target.generation.has_services() {
            let owner = target.place().owner_of(&found.row.name);
            let tags = self.tags(&owner).await?;
            if !tags.is_empty() {
                shown.insert("tags".to_owned(), list_of(&tags));
            }
        }
        Ok(shown)
    }

    /// Changes the tags of several functions or services, of all or of none.
    ///
    /// # Errors
    ///
    /// `FunctionNotFound`, `ServiceNotFound`; `InvalidArgument` for too many; `ConcurrentUpdateError`.
    pub(crate) async fn change_tags(&self, owners: &[Owner], change: &Change) -> Result<(), Fault> {
        let mut batch = Batch::new();
        for owner in owners {
            self.expect_owner(owner).await?;
            let key = owner.tags();
            let found = self.owned::<Tags>(&key).await?;
            match &found {
                Some(found) => batch.expect_version(&key, found.version),
                None => batch.expect_absent(&key),
            };
            let mut tags = found.map_or_else(Tags::new, |found| found.row);
            change.apply(&mut tags)?;
            batch.expect_present(owner.row());
            match tags.is_empty() {
                true => batch.delete(&key),
                false => batch.put(&key, rows::encode(&tags)?),
            };
        }
        match self.store.meta.commit(batch).await {
            Ok(_) => Ok(()),
            Err(Error::Conflict { key }) if owners.iter().any(|o| *key == *o.row().as_bytes()) => {
                Err(fault::concurrent_update())
            }
            Err(error) => Err(changed_meanwhile(error)),
        }
    }

    /// The functions (or services) of an account and region that have tags and fit, in the order of their names, and the
    /// name that the next page begins with.
    pub(crate) async fn tagged(
        &self,
        place: &Place,
        kind: Kind,
        page: &Page,
        fits: impl Fn(&Tagged) -> bool,
    ) -> Result<(Vec<Tagged>, Option<String>), Fault> {
        let base = place.all_tags();
        let view = self.store.meta.view().await?;
        let mut cursor = view.cursor(base.as_bytes());
        let mut found = Vec::new();
        while let Some(row) = cursor.next().await? {
            let text = String::from_utf8_lossy(&row.key[base.len()..]).into_owned();
            // A function has no service before it, and a service no function behind it.
            let name = match kind {
                Kind::Function => text.strip_prefix('/'),
                Kind::Service => text.strip_suffix('/'),
            };
            let Some(name) = name.filter(|name| name.starts_with(&page.prefix)) else {
                continue;
            };
            let tagged = Tagged {
                name: name.to_owned(),
                tags: rows::decode(&row)?,
            };
            let late = page.from.as_ref().is_none_or(|from| tagged.name >= *from);
            if late && fits(&tagged) {
                found.push(tagged);
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        let next = found.get(page.limit).map(|next| next.name.clone());
        found.truncate(page.limit);
        Ok((found, next))
    }
}

/// Whether tags are those that somebody looks for: all of them.
pub(crate) fn fit(tags: &Tags, wanted: &[Filter]) -> bool {
    wanted.iter().all(|filter| {
        let value = tags.get(&filter.key);
        value.is_some_and(|has| filter.value.as_ref().is_none_or(|value| value == has))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_tag_may_be() {
        let (long_key, long_value) = ("钥".repeat(KEY), "v".repeat(VALUE));
        for (key, value) in [
            ("k", ""),
            ("团队", "开发"),
            (
                "a b/c:d",
                r#"-\.!@#$%?/^&*)(+={}[]",'<>~·`:;|_"#.trim_matches('·'),
            ),
            (&long_key, &long_value),
            ("my-aliyun", "acs:x"),
        ] {
            let value = value.replace('·', "");
            check(key, &value).unwrap_or_else(|e| panic!("{key} {value}: {e}"));
        }
        for (key, value) in [
            ("", "v"),
            ("aliyun", "v"),
            ("Aliyun-x", "v"),
            ("acs:x", "v"),
            ("k\n", "v"),
            ("k。", "v"),
            ("http://k", "v"),
            ("k", "https://v"),
            (&*format!("{long_key}x"), "v"),
            ("k", &*format!("{long_value}x")),
        ] {
            assert!(check(key, value).is_err(), "{key} {value}");
        }
    }

    #[test]
    fn all_that_is_wanted_has_to_be_there() {
        let tags = Tags::from([
            ("a".to_owned(), "1".to_owned()),
            ("b".to_owned(), String::new()),
        ]);
        let wanted = |key: &str, value: Option<&str>| Filter {
            key: key.to_owned(),
            value: value.map(str::to_owned),
        };
        assert!(fit(&tags, &[]));
        assert!(fit(&tags, &[wanted("a", Some("1")), wanted("b", None)]));
        assert!(!fit(&tags, &[wanted("a", Some("2"))]));
        assert!(!fit(&tags, &[wanted("a", None), wanted("c", None)]));
    }
}
