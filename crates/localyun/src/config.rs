//! What a server is told when it starts. This crate alone reads configuration.

mod role;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use gateway::AuthMode;
use signature::Secret;

use crate::InterpreterConfig;

pub use role::{LentRole, RoleSpec};

/// The port of the default listen address.
pub const DEFAULT_PORT: u16 = 4577;

/// The settings of one server.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen. Port 0 picks a free one.
    pub listen: SocketAddr,
    /// Further addresses to listen on.
    pub listen_also: Vec<SocketAddr>,
    /// The folder that everything is kept in; in memory if absent.
    pub data: Option<PathBuf>,
    /// Further names under which clients know this server, such as a compose service's.
    pub hosts: Vec<String>,
    /// Further keys of the user `localyun`.
    pub keys: Vec<KeyPair>,
    /// The uids of further accounts, each with an administrator and first keys of its own.
    pub accounts: Vec<AccountUid>,
    /// Buckets that exist from the start.
    pub buckets: Vec<BucketSpec>,
    /// What becomes of requests that policies do not allow.
    pub auth: AuthMode,
    /// What opens the admin API where it is not limited to this machine; a random one if absent.
    pub admin_token: Option<Secret>,
    /// Where the metadata service of ECS listens, besides answering on the main address under its own.
    pub metadata: Option<SocketAddr>,
    /// Whether it tells nothing without a token.
    pub metadata_token_required: bool,
    /// The role of the ECS instance that it speaks for.
    pub ecs_role: Option<RoleSpec>,
    /// Roles whose credentials are given to whoever knows a secret.
    pub lent: Vec<LentRole>,
    /// What runs functions.
    pub interpreters: InterpreterConfig,
    /// Whether functions reach hosts that are not part of the cloud.
    pub allow_other_hosts: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT),
            listen_also: Vec::new(),
            data: None,
            hosts: Vec::new(),
            keys: Vec::new(),
            accounts: Vec::new(),
            buckets: Vec::new(),
            auth: AuthMode::default(),
            admin_token: None,
            metadata: None,
            metadata_token_required: false,
            ecs_role: None,
            lent: Vec::new(),
            interpreters: InterpreterConfig::default(),
            allow_other_hosts: false,
        }
    }
}

/// `ID:SECRET`.
#[derive(Debug, Clone)]
pub struct KeyPair {
    /// The access key id.
    pub id: String,
    /// The access key secret.
    pub secret: Secret,
}

impl FromStr for KeyPair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (id, secret) = text
            .split_once(':')
            .ok_or("a key is written ID:SECRET, and there is no colon")?;
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '=' | '-');
        if id.is_empty() || !id.chars().all(legal) {
            return Err(format!(
                "the access key id `{id}` may have only letters, digits and . _ = -"
            ));
        }
        if secret.is_empty() {
            return Err(format!("the secret of the access key `{id}` is empty"));
        }
        Ok(Self {
            id: id.to_owned(),
            secret: Secret::new(secret),
        })
    }
}

/// The uid of an account besides the default one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountUid(String);

impl AccountUid {
    /// 16 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountUid {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if !identity::accounts::is_uid(text) {
            return Err(identity::AccountError::Uid(text.to_owned()).to_string());
        }
        Ok(Self(text.to_owned()))
    }
}

/// `NAME` or `NAME@REGION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketSpec {
    /// The bucket's name.
    pub name: String,
    /// The region it is in.
    pub region: String,
}

impl FromStr for BucketSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, region) = text
            .split_once('@')
            .unwrap_or((text, gateway::region::DEFAULT));
        if !gateway::region::is_known(region) {
            return Err(format!(
                "`{region}` is not a region; known are {}",
                gateway::region::all().join(", ")
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            region: region.to_owned(),
        })
    }
}

impl fmt::Display for BucketSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_may_name_its_region() {
        let there: BucketSpec = "b@cn-shenzhen".parse().unwrap();
        assert_eq!(there.region, "cn-shenzhen");
        let default: BucketSpec = "b".parse().unwrap();
        assert_eq!(default.region, "cn-hangzhou");
        assert!(
            "b@mars"
                .parse::<BucketSpec>()
                .unwrap_err()
                .contains("`mars`")
        );
    }

    #[test]
    fn an_account_is_16_digits() {
        let there: AccountUid = "2222222222222222".parse().unwrap();
        assert_eq!(there.as_str(), "2222222222222222");
        let wrong = "22".parse::<AccountUid>().unwrap_err();
        assert!(
            wrong.contains("`22`") && wrong.contains("16 digits"),
            "{wrong}"
        );
    }

    #[test]
    fn a_key_needs_both_parts() {
        let key: KeyPair = "id:a:b".parse().unwrap();
        assert_eq!((key.id.as_str(), key.secret.expose()), ("id", "a:b"));
        assert!("id".parse::<KeyPair>().is_err());
        assert!("id:".parse::<KeyPair>().is_err());
        assert!("a b:c".parse::<KeyPair>().is_err());
    }

    #[test]
    fn a_key_does_not_show_its_secret() {
        let key: KeyPair = "id:topsecret".parse().unwrap();
        assert!(!format!("{key:?}").contains("topsecret"));
    }
}
