//! Roles as the command line names them.

use std::str::FromStr;

use identity::DEFAULT_ACCOUNT;
use identity::arn::RoleArn;
use signature::Secret;

/// `NAME`, `UID:NAME` or `acs:ram::UID:role/NAME`. The role need not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleSpec(pub RoleArn);

impl FromStr for RoleSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let arn = match text.split_once(':') {
            Some(("acs", _)) => text.to_owned(),
            Some((uid, name)) => format!("acs:ram::{uid}:role/{name}"),
            None => format!("acs:ram::{DEFAULT_ACCOUNT}:role/{text}"),
        };
        RoleArn::parse(&arn).map(Self).map_err(|_| {
            format!(
                "`{text}` names no role: write NAME, UID:NAME for one of another account, or \
                 acs:ram::UID:role/NAME"
            )
        })
    }
}

/// `ROLE:SECRET`: a role whose credentials are given to whoever knows the secret.
#[derive(Debug, Clone)]
pub struct LentRole {
    /// The role.
    pub role: RoleSpec,
    /// What the last part of the URL must be.
    pub secret: Secret,
}

/// The fewest characters of a secret in a URL.
const SHORTEST_SECRET: usize = 16;

impl FromStr for LentRole {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (role, secret) = text
            .rsplit_once(':')
            .ok_or("credentials are written ROLE:SECRET, and there is no colon")?;
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if secret.len() < SHORTEST_SECRET || !secret.chars().all(legal) {
            return Err(format!(
                "the secret for the role `{role}` must have at least {SHORTEST_SECRET} letters, digits, - or _, as it \
                 is all that guards the role's credentials"
            ));
        }
        Ok(Self {
            role: role.parse()?,
            secret: Secret::new(secret),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_named_in_three_ways() {
        let role = |text: &str| {
            text.parse::<RoleSpec>()
                .map(|role| (role.0.account, role.0.name))
        };
        let of = |account: &str| Ok((account.to_owned(), "app".to_owned()));
        assert_eq!(role("app"), of(DEFAULT_ACCOUNT));
        assert_eq!(role("2222222222222222:app"), of("2222222222222222"));
        assert_eq!(
            role("acs:ram::2222222222222222:role/app"),
            of("2222222222222222")
        );
        for wrong in [
            "",
            "a b",
            "a/b",
            "x:app",
            "acs:ram::1:user/app",
            "acs:app",
            "1:a:b",
            "../x",
        ] {
            assert!(role(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn credentials_need_a_role_and_a_long_secret() {
        let lent: LentRole = "app:0123456789abcdef".parse().unwrap();
        assert_eq!(lent.role, "app".parse().unwrap());
        let lent: LentRole = "2222222222222222:app:0123456789abcdef".parse().unwrap();
        assert_eq!(lent.role.0.account, "2222222222222222");
        assert!(!format!("{lent:?}").contains("0123456789abcdef"));
        for wrong in [
            "app",
            "app:",
            "app:short",
            "app:0123456789abcde/",
            ":0123456789abcdef",
        ] {
            assert!(wrong.parse::<LentRole>().is_err(), "{wrong}");
        }
    }
}
