//! Who makes a request.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use policy::{Attached, Principal};
use serde::{Deserialize, Serialize};

/// The maker of a request, after authentication.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who it is, in the terms of policies.
    pub principal: Principal,
    /// The key that signed; `None` for anonymous requests.
    pub access_key_id: Option<Arc<str>>,
    /// What a role session brings along.
    pub session: Option<Arc<Session>>,
}

/// What the token of a role session says besides who it is.
#[derive(Debug, Clone)]
pub struct Session {
    /// The session policy, if the session was made with one.
    pub policy: Option<Attached>,
    /// The source identity, which role chaining keeps.
    pub source_identity: Option<String>,
    /// When it ends, in virtual time.
    pub expires: DateTime<Utc>,
    /// Who assumed the role, the nearest first: a session, the session that assumed that one's role, and so on.
    pub chain: Vec<Link>,
}

/// One step of a chain of role sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The ARN of who assumed the role, or what stands for one.
    pub principal: String,
    /// The key with which it was asked for.
    pub access_key_id: Option<String>,
}

/// How many steps of a chain a session remembers. Tokens would grow without end otherwise.
const LONGEST_CHAIN: usize = 16;

impl Caller {
    /// Nobody in particular.
    pub fn anonymous() -> Self {
        Self {
            principal: Principal::Anonymous,
            access_key_id: None,
            session: None,
        }
    }

    /// The root of an account, through one of its keys.
    pub fn root(account: &str, access_key_id: &str) -> Self {
        Self {
            principal: Principal::Account {
                account: account.into(),
            },
            access_key_id: Some(access_key_id.into()),
            session: None,
        }
    }

    /// The chain of a session that this caller makes.
    pub fn chain(&self) -> Vec<Link> {
        let own = Link {
            principal: self.principal.arn(),
            access_key_id: self.access_key_id.as_deref().map(str::to_owned),
        };
        let before = self.session.iter().flat_map(|session| &session.chain);
        let chain = std::iter::once(own).chain(before.cloned());
        chain.take(LONGEST_CHAIN).collect()
    }

    /// Whether the request carried no signature.
    pub fn is_anonymous(&self) -> bool {
        matches!(self.principal, Principal::Anonymous)
    }

    /// The uid of the account on whose behalf the caller acts.
    pub fn account(&self) -> Option<&str> {
        self.principal.account()
    }
}
