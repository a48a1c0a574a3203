//! Whom a question is about.

use std::fmt;
use std::sync::Arc;

use chrono::DateTime;
use gateway::{Caller, Session};
use identity::Identity;
use policy::{Document, Grammar, Principal};

use super::{Wrong, there_are};

/// The name of a session of which only the role was given.
const SESSION: &str = "simulated";

/// The most names that are looked up for a sentence.
const LISTED: usize = 100;

/// Whom a question is about, by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    /// Nobody: a request without a signature.
    Anonymous,
    /// The root of an account.
    Root {
        /// The account.
        account: String,
    },
    /// A RAM user.
    User {
        /// The account.
        account: String,
        /// The user's name.
        name: String,
    },
    /// A session of a role.
    Role {
        /// The account that has the role.
        account: String,
        /// The role's name.
        name: String,
        /// The session's name.
        session: String,
    },
    /// A cloud service, such as `fc.aliyuncs.com`.
    Service(String),
    /// The bearer of a token of an identity provider.
    Provider {
        /// The account that has the provider.
        account: String,
        /// `oidc-provider/NAME`.
        name: String,
    },
}

impl Who {
    /// Reads an ARN, or a short form that belongs to `account` unless a uid and a colon stand before it.
    pub(crate) fn parse(text: &str, account: &str) -> Result<Self, Wrong> {
        let wrong = || {
            Wrong(format!(
                "`{text}` is no principal: write acs:ram::UID:user/NAME, acs:ram::UID:role/NAME, \
                 acs:ram::UID:assumed-role/ROLE/SESSION, acs:ram::UID:root, the same without acs:ram::UID:, a service \
                 such as fc.aliyuncs.com, or anonymous"
            ))
        };
        if text == "anonymous" {
            return Ok(Self::Anonymous);
        }
        if text.ends_with(".aliyuncs.com") {
            return Ok(Self::Service(text.to_owned()));
        }
        let (account, name) = match text.strip_prefix("acs:ram:") {
            Some(rest) => {
                let (_, rest) = rest.split_once(':').ok_or_else(wrong)?;
                rest.split_once(':').ok_or_else(wrong)?
            }
            None => text.split_once(':').unwrap_or((account, text)),
        };
        if !identity::accounts::is_uid(account) {
            return Err(wrong());
        }
        Self::named(account, name).ok_or_else(wrong)
    }

    fn named(account: &str, name: &str) -> Option<Self> {
        let account = account.to_owned();
        let role = |name: &str, session: &str| Self::Role {
            account: account.clone(),
            name: name.to_owned(),
            session: session.to_owned(),
        };
        Some(match name.split_once('/') {
            None if name == "root" => Self::Root { account },
            Some(("user", name)) if !name.is_empty() => Self::User {
                account,
                name: name.to_owned(),
            },
            Some(("role" | "assumed-role", rest)) if !rest.is_empty() => {
                match rest.split_once('/') {
                    Some((name, session)) => role(name, session),
                    None => role(rest, SESSION),
                }
            }
            Some(("oidc-provider" | "saml-provider", rest)) if !rest.is_empty() => Self::Provider {
                account,
                name: name.to_owned(),
            },
            _ => return None,
        })
    }

    /// Looks the principal up. A session policy narrows sessions of roles, and nobody else.
    pub(crate) async fn find(
        &self,
        identity: &Identity,
        session_policy: Option<&str>,
        source_identity: Option<&str>,
    ) -> Result<Caller, Wrong> {
        let principal = self.principal(identity).await?;
        let is_session = matches!(principal, Principal::Session { .. });
        let session = match (is_session, session_policy) {
            (false, Some(_)) => {
                let text =
                    format!("{self} is no session of a role, and only those have a session policy");
                return Err(Wrong(text));
            }
            (false, None) => None,
            (true, policy) => Some(Arc::new(Session {
                policy: policy.map(|text| session(identity, text)).transpose()?,
                source_identity: source_identity.map(str::to_owned),
                expires: DateTime::<chrono::Utc>::MAX_UTC,
                chain: Vec::new(),
            })),
        };
        Ok(Caller {
            principal,
            access_key_id: None,
            session,
        })
    }

    async fn principal(&self, identity: &Identity) -> Result<Principal, Wrong> {
        Ok(match self {
            Self::Anonymous => Principal::Anonymous,
            Self::Service(name) => Principal::Service {
                name: name.as_str().into(),
            },
            Self::Provider { account, name } => Principal::Federated {
                provider: format!("acs:ram::{account}:{name}").into(),
            },
            Self::Root { account } => {
                need_account(identity, account).await?;
                Principal::Account {
                    account: account.as_str().into(),
                }
            }
            Self::User { account, name } => user(identity, account, name).await?,
            Self::Role {
                account,
                name,
                session,
            } => role(identity, account, name, session).await?,
        })
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("anonymous"),
            Self::Root { account } => write!(f, "acs:ram::{account}:root"),
            Self::User { account, name } => write!(f, "acs:ram::{account}:user/{name}"),
            Self::Role { account, name, .. } => write!(f, "acs:ram::{account}:role/{name}"),
            Self::Service(name) => f.write_str(name),
            Self::Provider { account, name } => write!(f, "acs:ram::{account}:{name}"),
        }
    }
}

fn session(identity: &Identity, text: &str) -> Result<policy::Attached, Wrong> {
    // The service's own answer does not say what is wrong.
    if let Err(error) = Document::parse(text, Grammar::Session) {
        return Err(Wrong(format!("the session policy is refused: {error}")));
    }
    Ok(identity.take_session_policy(text)?)
}

async fn need_account(identity: &Identity, uid: &str) -> Result<(), Wrong> {
    if identity.account(uid).await?.is_some() {
        return Ok(());
    }
    let all = identity.accounts().await?;
    let names: Vec<_> = all.into_iter().map(|account| account.uid).collect();
    let text = format!("there is no account {uid}; {}", there_are(&names));
    Err(Wrong(text))
}

async fn user(identity: &Identity, account: &str, name: &str) -> Result<Principal, Wrong> {
    need_account(identity, account).await?;
    match identity.user(account, name).await {
        Ok(user) => Ok(Principal::User {
            account: account.into(),
            id: user.id.into(),
            name: user.name.into(),
        }),
        Err(fault) if fault.code() == "EntityNotExist.User" => {
            let all = identity.list_users(account, "", LISTED, &[]).await?;
            let names: Vec<_> = all.into_iter().map(|user| user.name).collect();
            Err(missing("user", account, name, &names))
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn role(
    identity: &Identity,
    account: &str,
    name: &str,
    session: &str,
) -> Result<Principal, Wrong> {
    need_account(identity, account).await?;
    match identity.role(account, name).await {
        Ok(role) => Ok(Principal::Session {
            account: account.into(),
            role_id: role.id.into(),
            role_name: role.name.into(),
            session_name: session.into(),
        }),
        Err(fault) if fault.code() == "EntityNotExist.Role" => {
            Err(no_role(identity, account, name).await?)
        }
        Err(fault) => Err(fault.into()),
    }
}

/// The sentence for a role that is not there.
pub(super) async fn no_role(
    identity: &Identity,
    account: &str,
    name: &str,
) -> Result<Wrong, Wrong> {
    let all = identity.list_roles(account, "", LISTED, &[]).await?;
    let names: Vec<_> = all.into_iter().map(|role| role.name).collect();
    Ok(missing("role", account, name, &names))
}

fn missing(kind: &str, account: &str, name: &str, names: &[String]) -> Wrong {
    let others = there_are(names);
    Wrong(format!(
        "there is no {kind} `{name}` in account {account}; {others}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UID: &str = "1234567890123456";

    #[test]
    fn long_and_short_forms_name_the_same() {
        for (short, long) in [
            ("root", "acs:ram::1234567890123456:root"),
            ("user/anna", "acs:ram::1234567890123456:user/anna"),
            ("role/ci", "acs:ram:*:1234567890123456:role/ci"),
            (
                "role/ci/b-7",
                "acs:ram::1234567890123456:assumed-role/ci/b-7",
            ),
            (
                "1234567890123456:user/anna",
                "acs:ram::1234567890123456:user/anna",
            ),
        ] {
            let both = [short, long].map(|text| Who::parse(text, UID).unwrap());
            assert_eq!(both[0], both[1], "{short}");
        }
        let foreign = Who::parse("2234567890123456:root", UID).unwrap();
        assert_eq!(foreign.to_string(), "acs:ram::2234567890123456:root");
    }

    #[test]
    fn what_is_no_principal_is_told_the_forms() {
        for text in [
            "",
            "anna",
            "user/",
            "acs:ram::1:user/anna",
            "acs:oss:*:*:b",
            "group/x",
            "acs:ram:",
        ] {
            let wrong = Who::parse(text, UID).unwrap_err();
            assert!(
                wrong.0.contains("acs:ram::UID:user/NAME"),
                "{text}: {wrong}"
            );
        }
    }
}
