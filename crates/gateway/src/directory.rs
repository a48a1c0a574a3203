//! What the gateway and the services ask of the identity plane.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use policy::Attached;
use signature::Secret;

use crate::{Caller, Diagnosis, Fault, Moment, PermanentKey};

/// The uid of the platform itself, which owns what services keep for themselves, such as buckets that no account sees.
/// No account can have it: theirs do not begin with 0.
pub const PLATFORM: &str = "0000000000000001";

/// Keys, tokens and policies. `identity` implements it; `localyun` wires it.
#[async_trait]
pub trait Directory: fmt::Debug + Send + Sync + 'static {
    /// [`Directory::credential`] where it is sure and takes no waiting; most requests are spared a boxed future that way.
    fn credential_at_hand(
        &self,
        _access_key_id: &str,
        _token: Option<&str>,
        _now: &Moment,
    ) -> Option<Credential> {
        None
    }

    /// The secret behind an access key, and who it stands for. A key that STS issued needs its token, and the
    /// token must be of that key and not past its end in virtual time.
    async fn credential(
        &self,
        access_key_id: &str,
        token: Option<&str>,
        now: &Moment,
    ) -> Result<Credential, CredentialError>;

    /// [`Directory::policies`] where it takes no waiting.
    fn policies_at_hand(&self, _caller: &Caller) -> Option<Arc<Policies>> {
        None
    }

    /// The identity policies of a caller, as they are now: user and groups, or role.
    async fn policies(&self, caller: &Caller) -> Result<Arc<Policies>, Fault>;

    /// Seals why somebody was refused, for those who may open it: `EncodedDiagnosticMessage`.
    async fn seal(&self, diagnosis: &Diagnosis) -> Result<String, Fault>;

    /// Who makes the requests that carry no usable key where keys are not looked at.
    fn stand_in(&self) -> Caller;

    /// Credentials for a service that acts with a role of its user (the internal issue path, which may exceed
    /// the role's `MaxSessionDuration`: spec/fc.md §4). The role's trust policy must name `service`.
    async fn issue(&self, request: IssueRequest<'_>, now: &Moment) -> Result<Issued, Fault>;

    /// Credentials to give away for a while: they may do with objects of the platform's buckets what this session policy
    /// allows, and nothing else. `name` is the session's, 2 to 64 characters.
    async fn issue_own(
        &self,
        name: &str,
        policy: &str,
        seconds: u32,
        now: &Moment,
    ) -> Result<Issued, Fault>;
}

/// A usable key.
#[derive(Debug, Clone)]
pub struct Credential {
    /// What signatures are made with.
    pub secret: Secret,
    /// Who signs with it.
    pub caller: Arc<Caller>,
    /// What goes with the key; `None` for one of a session.
    pub permanent: Option<Arc<PermanentKey>>,
}

/// Why a key cannot be used.
#[derive(Debug)]
pub enum CredentialError {
    /// No key has this id. `session` says whether it has the form of an STS key.
    Unknown {
        /// The id looks like one that STS gives.
        session: bool,
    },
    /// The key is switched off.
    Inactive,
    /// STS issued this key, and the request carries no token.
    TokenMissing,
    /// The token is not one of ours, or was changed, or its role is gone.
    TokenInvalid,
    /// The token is of another key.
    TokenMismatch,
    /// The session is over.
    TokenExpired,
    /// The look-up itself failed.
    Failed(Fault),
}

/// Policies attached to an identity, by scope.
#[derive(Debug, Default)]
pub struct Policies {
    /// Attached in the whole account.
    pub account: Vec<Attached>,
    /// Attached in a resource group.
    pub resource_group: Vec<Attached>,
}

/// What a service asks credentials for.
#[derive(Debug, Clone, Copy)]
pub struct IssueRequest<'a> {
    /// The service that will act, such as `fc.aliyuncs.com`.
    pub service: &'a str,
    /// `acs:ram::<uid>:role/<name>`.
    pub role_arn: &'a str,
    /// The session's name, 2 to 64 characters.
    pub session_name: &'a str,
    /// How long, in seconds.
    pub seconds: u32,
}

/// Credentials of a role session.
#[derive(Debug, Clone)]
pub struct Issued {
    /// Begins with `STS.`.
    pub access_key_id: String,
    /// The secret.
    pub access_key_secret: Secret,
    /// The sealed token.
    pub security_token: Secret,
    /// When they end, in virtual time.
    pub expiration: DateTime<Utc>,
}
