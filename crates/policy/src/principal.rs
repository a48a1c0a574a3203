//! Who asks, and whom a policy names.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::error::{ParseError, shown};
use crate::pattern::Pattern;

/// Who asks.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum Principal {
    /// Nobody: the request was not signed.
    Anonymous,
    /// The root of an account.
    Account {
        /// The account's uid.
        account: Arc<str>,
    },
    /// A RAM user.
    User {
        /// The account's uid.
        account: Arc<str>,
        /// The user's id.
        id: Arc<str>,
        /// The user's name.
        name: Arc<str>,
    },
    /// A role session. Its account is the one that has the role, never that of who assumed it (spec §4.8).
    Session {
        /// The uid of the account that has the role.
        account: Arc<str>,
        /// The role's id.
        role_id: Arc<str>,
        /// The role's name, in the case in which it was created.
        role_name: Arc<str>,
        /// `RoleSessionName`.
        session_name: Arc<str>,
    },
    /// A cloud service on its own behalf, such as `fc.aliyuncs.com`.
    Service {
        /// The service's name.
        name: Arc<str>,
    },
    /// Somebody whom an identity provider vouches for.
    Federated {
        /// The provider's ARN.
        provider: Arc<str>,
    },
}

impl Principal {
    /// The account that the caller belongs to, if it belongs to one.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Account { account }
            | Self::User { account, .. }
            | Self::Session { account, .. } => Some(account),
            Self::Anonymous | Self::Service { .. } | Self::Federated { .. } => None,
        }
    }

    /// What GetCallerIdentity would call it (spec §2.1, §4.5). Role names are in lower case there. What has no ARN
    /// is named as policies name it: a service by its name, a federated caller by its provider, nobody by `*`.
    pub fn arn(&self) -> String {
        match self {
            Self::Anonymous => "*".to_owned(),
            Self::Account { account } => ["acs:ram::", account, ":root"].concat(),
            Self::User { account, name, .. } => ["acs:ram::", account, ":user/", name].concat(),
            Self::Session {
                account,
                role_name,
                session_name,
                ..
            } => {
                let role = role_name.to_ascii_lowercase();
                let parts = ["acs:ram::", account, ":assumed-role/", &role, "/"];
                [&parts[..], &[session_name]].concat().concat()
            }
            Self::Service { name } => name.to_string(),
            Self::Federated { provider } => provider.to_string(),
        }
    }
}

/// One value of the `Principal` of a trust policy (spec §2.5).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum Trusted {
    /// `acs:ram::<uid>:root`: the account with all its users and roles.
    Account {
        /// The account's uid.
        account: Box<str>,
    },
    /// `acs:ram::<uid>:user/<name>`.
    User {
        /// The account's uid.
        account: Box<str>,
        /// The user's name.
        name: Box<str>,
    },
    /// `acs:ram::<uid>:role/<name>`: any session of the role.
    Role {
        /// The account's uid.
        account: Box<str>,
        /// The role's name, as it was written.
        name: Box<str>,
    },
    /// A `Service`, `fc.aliyuncs.com` or `<uid>@ecs.aliyuncs.com`.
    Service {
        /// The service's name.
        name: Box<str>,
    },
    /// A `Federated` provider.
    Federated {
        /// The provider's ARN.
        provider: Box<str>,
    },
}

impl Trusted {
    /// Reads a value under `RAM`. No source shows wildcards there, and users and roles must exist when the policy is
    /// saved, so a wildcard is refused (J).
    pub(crate) fn ram(text: &str, at: &str) -> Result<Self, ParseError> {
        let wrong = || {
            let forms =
                "acs:ram::<uid>:root, acs:ram::<uid>:user/<name> or acs:ram::<uid>:role/<name>";
            ParseError::new(at, format!("must be {forms}, but is {}", shown(text)))
        };
        let mut fields = text.splitn(5, ':');
        let mut field = || fields.next().ok_or_else(wrong);
        let (acs, ram, region, account, name) = (field()?, field()?, field()?, field()?, field()?);
        let digits = !account.is_empty() && account.bytes().all(|byte| byte.is_ascii_digit());
        if acs != "acs" || ram != "ram" || !matches!(region, "" | "*") || !digits {
            return Err(wrong());
        }
        let account = account.into();
        let plain = |name: &str| !name.is_empty() && !name.contains(['*', '?', '/', ':']);
        match name.split_once('/') {
            None if name == "root" => Ok(Self::Account { account }),
            Some(("user", name)) if plain(name) => Ok(Self::User {
                account,
                name: name.into(),
            }),
            Some(("role", name)) if plain(name) => Ok(Self::Role {
                account,
                name: name.into(),
            }),
            _ => Err(wrong()),
        }
    }

    pub(crate) fn covers(&self, caller: &Principal) -> bool {
        match (self, caller) {
            (Self::Account { account }, _) => caller.account() == Some(&**account),
            (
                Self::User { account, name },
                Principal::User {
                    account: of,
                    name: is,
                    ..
                },
            ) => **account == **of && **name == **is,
            (
                Self::Role { account, name },
                Principal::Session {
                    account: of,
                    role_name: is,
                    ..
                },
            ) => **account == **of && name.eq_ignore_ascii_case(is),
            (Self::Service { name }, Principal::Service { name: is }) => **name == **is,
            (Self::Federated { provider }, Principal::Federated { provider: is }) => {
                **provider == **is
            }
            _ => false,
        }
    }
}

impl fmt::Display for Trusted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account { account } => write!(out, "acs:ram::{account}:root"),
            Self::User { account, name } => write!(out, "acs:ram::{account}:user/{name}"),
            Self::Role { account, name } => write!(out, "acs:ram::{account}:role/{name}"),
            Self::Service { name } => out.write_str(name),
            Self::Federated { provider } => out.write_str(provider),
        }
    }
}

/// One value of the `Principal` of a bucket policy (spec §4.8).
#[derive(Clone, Debug)]
pub(crate) enum Listed {
    /// `*`
    Everybody,
    /// An account uid or a user id: decimal digits.
    Id(Box<str>),
    /// `arn:sts::<uid>:assumed-role/<role>/<session>`, wildcards in every part. The role is compared in lower
    /// case against what was written, so a pattern with a capital in it never matches (spec §3.1, measured there).
    Session(Box<[Pattern; 4]>),
    /// Anything else is accepted and matches nobody: the syntax of RAM, `acs:ram::…`, among it (spec §4.8).
    Nobody,
}

impl Listed {
    pub(crate) fn new(text: &str) -> Self {
        if text == "*" {
            return Self::Everybody;
        }
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::Id(text.into());
        }
        session(text).map_or(Self::Nobody, |parts| Self::Session(Box::new(parts)))
    }

    pub(crate) fn covers(&self, caller: &Principal) -> bool {
        match (self, caller) {
            (Self::Everybody, _) => true,
            (Self::Id(listed), Principal::User { account, id, .. }) => {
                **listed == **account || **listed == **id
            }
            (Self::Id(listed), _) => caller.account() == Some(&**listed),
            (
                Self::Session(parts),
                Principal::Session {
                    account,
                    role_name,
                    session_name,
                    ..
                },
            ) => {
                let [uid, kind, role, session] = &**parts;
                uid.matches(account)
                    && kind.matches("assumed-role")
                    && role.matches(&role_name.to_ascii_lowercase())
                    && session.matches(session_name)
            }
            (Self::Session(_) | Self::Nobody, _) => false,
        }
    }
}

fn session(text: &str) -> Option<[Pattern; 4]> {
    let (uid, rest) = text.strip_prefix("arn:sts::")?.split_once(':')?;
    let (kind, rest) = rest.split_once('/')?;
    let (role, session) = rest.split_once('/')?;
    Some([uid, kind, role, session].map(Pattern::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_role() -> Principal {
        Principal::Session {
            account: "1".into(),
            role_id: "3".into(),
            role_name: "Admin".into(),
            session_name: "Ann".into(),
        }
    }

    #[test]
    fn arns() {
        assert_eq!(of_role().arn(), "acs:ram::1:assumed-role/admin/Ann");
        let root = Principal::Account {
            account: "1".into(),
        };
        assert_eq!(root.arn(), "acs:ram::1:root");
        assert_eq!(Principal::Anonymous.account(), None);
    }

    #[test]
    fn bucket_principals_name_sessions_part_by_part() {
        for (listed, covers) in [
            ("arn:sts::1:assumed-role/admin/Ann", true),
            ("arn:sts::1:assumed-role/admin/ann", false),
            ("arn:sts::1:assumed-role/Admin/Ann", false),
            ("arn:sts::*:*/*/*", true),
            ("arn:sts::1:assumed-role/*/*", true),
            ("arn:sts::2:assumed-role/*/*", false),
            ("arn:sts::1:role/admin/*", false),
            ("acs:ram::1:role/admin", false),
            ("1", true),
            ("3", false),
            ("", false),
        ] {
            assert_eq!(Listed::new(listed).covers(&of_role()), covers, "{listed}");
        }
    }

    #[test]
    fn trusted_forms() {
        for wrong in [
            "*",
            "acs:ram::1:*",
            "acs:ram::*:root",
            "acs:ram::1:user/",
            "acs:ram::1:user/*",
            "acs:oss::1:root",
            "acs:ram::1",
            "",
        ] {
            assert!(Trusted::ram(wrong, "here").is_err(), "{wrong}");
        }
        for (text, covers) in [
            ("acs:ram::1:root", true),
            ("acs:ram:*:1:root", true),
            ("acs:ram::1:role/ADMIN", true),
            ("acs:ram::2:role/admin", false),
            ("acs:ram::1:user/Admin", false),
        ] {
            let trusted = Trusted::ram(text, "here").unwrap();
            assert_eq!(trusted.covers(&of_role()), covers, "{text}");
        }
    }
}
