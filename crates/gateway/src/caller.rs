//! Who makes a request.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use policy::{Attached, Principal};

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
}

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

    /// Whether the request carried no signature.
    pub fn is_anonymous(&self) -> bool {
        matches!(self.principal, Principal::Anonymous)
    }

    /// The uid of the account on whose behalf the caller acts.
    pub fn account(&self) -> Option<&str> {
        self.principal.account()
    }
}
