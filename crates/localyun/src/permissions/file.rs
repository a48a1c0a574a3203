//! A permission test as it is written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::{Location, Spanned};

use super::text::{Texts, Values};
use super::{At, Slip, Unusable};
use crate::simulate::Given;

/// Condition keys with their values.
pub(crate) type Keys = BTreeMap<String, Values>;

/// Things of one kind by name, with their places.
pub(crate) type Named<T> = BTreeMap<String, Spanned<T>>;

/// A permission test. Everything outside of `accounts` belongs to the default account.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct File {
    /// What is expected.
    pub(crate) expect: Vec<Spanned<Expectation>>,
    /// Condition keys of every request that is asked about.
    pub(crate) context: Keys,
    /// The time of the world, RFC 3339.
    pub(crate) now: Option<DateTime<Utc>>,
    /// Further accounts, by uid.
    pub(crate) accounts: Named<Account>,
    policies: Named<Value>,
    groups: Named<Holder>,
    users: Named<User>,
    roles: Named<Role>,
    /// Sessions of roles that have a name or a policy of their own.
    pub(crate) sessions: Named<Session>,
    buckets: Named<Bucket>,
    #[serde(skip)]
    path: PathBuf,
}

/// What one account has.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Account {
    /// Custom policies: a document, the text of one, or `file:PATH`.
    pub(crate) policies: Named<Value>,
    /// Groups.
    pub(crate) groups: Named<Holder>,
    /// RAM users.
    pub(crate) users: Named<User>,
    /// Roles.
    pub(crate) roles: Named<Role>,
    /// Buckets.
    pub(crate) buckets: Named<Bucket>,
}

/// A group.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Holder {
    /// The names of its policies: those of the account, or else of the system.
    pub(crate) policies: Texts,
}

/// A RAM user.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct User {
    /// As for a group.
    pub(crate) policies: Texts,
    /// The groups that the user is in.
    pub(crate) groups: Texts,
    /// The id by which bucket policies know the user.
    pub(crate) id: Option<String>,
}

/// A role.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Role {
    /// Who may assume it: a trust policy like the documents of policies; nobody but its own account if absent.
    pub(crate) trust: Option<Spanned<Value>>,
    /// As for a group.
    #[serde(default)]
    pub(crate) policies: Texts,
}

/// A session of a role.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Session {
    /// The role: `NAME`, or `UID:NAME` for one of another account.
    pub(crate) role: String,
    /// What it is called; the name of the entry if absent.
    pub(crate) name: Option<String>,
    /// Its session policy.
    pub(crate) policy: Option<Spanned<Value>>,
    /// Its source identity.
    pub(crate) source_identity: Option<String>,
    /// When it ends; never if absent.
    pub(crate) expires: Option<DateTime<Utc>>,
    /// Its key is used with the token of this session instead of its own.
    pub(crate) token_of: Option<String>,
}

/// A bucket.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Bucket {
    /// `private`, `public-read` or `public-read-write`.
    pub(crate) acl: Option<String>,
    /// Its bucket policy.
    pub(crate) policy: Option<Spanned<Value>>,
    /// Objects, where their own ACL or tags matter.
    pub(crate) objects: Named<Object>,
}

/// An object.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Object {
    /// `default`, `private`, `public-read` or `public-read-write`.
    pub(crate) acl: Option<String>,
    /// Its tags.
    pub(crate) tags: BTreeMap<String, String>,
}

/// What is expected. Every principal is asked about with every action on every resource.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Expectation {
    /// A title for reports.
    pub(crate) name: Option<String>,
    /// Actions that are allowed.
    pub(crate) allow: Texts,
    /// Actions that are denied.
    pub(crate) deny: Texts,
    /// The principals: `user/NAME`, `role/NAME`, `role/NAME/SESSION`, `session/NAME`, `root`, `anonymous`, a service,
    /// or an ARN.
    pub(crate) to: Texts,
    /// The resources: `oss://BUCKET/KEY`, an ARN, or `*`.
    pub(crate) on: Texts,
    /// Condition keys of the request.
    pub(crate) with: Keys,
    /// What settles it: a policy, with `#N` or without, or a layer.
    pub(crate) by: Option<String>,
}

impl File {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self, Unusable> {
        let unreadable = |error: std::io::Error| {
            Slip::new(At::default(), format!("cannot be read: {error}")).of(path)
        };
        let text = fs::read_to_string(path).map_err(unreadable)?;
        Self::parse(&text, path)
    }

    /// Reads the text of a file. Paths in it begin at the folder of the file.
    pub(crate) fn parse(text: &str, path: &Path) -> Result<Self, Unusable> {
        match serde_saphyr::from_str::<Option<Self>>(text) {
            Ok(file) => Ok(Self {
                path: path.to_owned(),
                ..file.unwrap_or_default()
            }),
            Err(error) => {
                let at = error.location().map(At::from).unwrap_or_default();
                Err(Slip::new(at, sentence(&error)).of(path))
            }
        }
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What the default account has.
    pub(crate) fn default_account(&self) -> Account {
        Account {
            policies: self.policies.clone(),
            groups: self.groups.clone(),
            users: self.users.clone(),
            roles: self.roles.clone(),
            buckets: self.buckets.clone(),
        }
    }

    /// The text of a policy: a document that is written out, its text, or `file:PATH`.
    pub(crate) fn document(&self, written: &Spanned<Value>) -> Result<String, Slip> {
        let at = At::from(written.referenced);
        match &written.value {
            Value::Object(_) => Ok(written.value.to_string()),
            Value::String(text) if text.trim_start().starts_with('{') => Ok(text.clone()),
            Value::String(text) => match text.strip_prefix("file:") {
                Some(path) => {
                    let folder = self.path.parent().unwrap_or(Path::new(""));
                    let path = folder.join(path.trim());
                    fs::read_to_string(&path).map_err(|error| {
                        Slip::new(at, format!("cannot read {}: {error}", path.display()))
                    })
                }
                None => Err(Slip::new(at, WANTED)),
            },
            _ => Err(Slip::new(at, WANTED)),
        }
    }
}

const WANTED: &str = "a policy is a document with Version and Statement, its text, or file:PATH";

/// Everything that is said about a key, in the order of the keys.
pub(crate) fn given(keys: &Keys) -> Given {
    let pairs = keys.iter().flat_map(|(key, values)| {
        let each = |value: &String| (key.clone(), Some(value.clone()));
        match &values.0 {
            None => vec![(key.clone(), None)],
            Some(values) => values.iter().map(each).collect(),
        }
    });
    pairs.collect()
}

impl From<Location> for At {
    fn from(location: Location) -> Self {
        Self {
            line: location.line(),
            column: location.column(),
        }
    }
}

/// What is wrong, without the excerpt and without advice about the library.
fn sentence(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let text = match text.split_once(": ") {
        Some((place, rest)) if place.starts_with("line ") => rest,
        _ => text,
    };
    let text = text.lines().next().unwrap_or_default();
    let text = text.split(" at line ").next().unwrap_or(text);
    let text = text
        .split(", set DuplicateKeyPolicy")
        .next()
        .unwrap_or(text);
    text.replace("duplicate mapping key: ", "there is a second ")
}
