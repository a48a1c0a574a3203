//! Sessions of roles: issued, opened, never stored.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use gateway::{Caller, Credential, CredentialError, Fault, Issued, Link, Moment, Session};
use policy::{Attached, Document, Grammar, PolicyType, Principal};

use crate::cache::Generation;
use crate::roles::KnownRole;
use crate::token::{Claims, Sealer};
use crate::{Identity, fault};

/// The shortest session that STS gives, in seconds.
pub const SHORTEST: u32 = 900;
/// What a session lasts if nobody says, in seconds.
pub const USUAL: u32 = 3600;
/// The longest session that a service may have, in seconds: 36 hours, whatever the role says (spec/fc.md §4).
pub const LONGEST_OF_SERVICES: u32 = 36 * 3600;

/// What a new session is made of.
#[derive(Debug, Clone)]
pub(crate) struct NewSession<'a> {
    pub(crate) role: &'a KnownRole,
    pub(crate) name: &'a str,
    pub(crate) policy: Option<&'a str>,
    pub(crate) source_identity: Option<&'a str>,
    pub(crate) seconds: u32,
    /// Who assumes the role: [`Caller::chain`].
    pub(crate) chain: Vec<Link>,
}

impl<'a> NewSession<'a> {
    /// A session of the usual length, for somebody who makes no request of his own.
    pub(crate) fn of(role: &'a KnownRole, name: &'a str, assumed_by: impl Into<String>) -> Self {
        let assumed_by = Link {
            principal: assumed_by.into(),
            access_key_id: None,
        };
        Self {
            role,
            name,
            policy: None,
            source_identity: None,
            seconds: USUAL,
            chain: vec![assumed_by],
        }
    }
}

/// A token that was opened.
#[derive(Debug)]
pub(crate) struct OpenSession {
    key_id: String,
    /// In seconds of virtual Unix time.
    expires: i64,
    /// `None` if the role is gone.
    credential: Option<Credential>,
}

impl OpenSession {
    /// What it is good for with this key, if it is good for anything.
    pub(crate) fn good(&self, key_id: &str, now: &Moment) -> Option<Credential> {
        let good = self.key_id == key_id && self.expires > now.virtual_.timestamp();
        self.credential.clone().filter(|_| good)
    }
}

impl Identity {
    /// Makes credentials. Whoever calls has checked that they may be given.
    pub(crate) async fn open_session(
        &self,
        new: NewSession<'_>,
        now: DateTime<Utc>,
    ) -> Result<Issued, Fault> {
        let generation = self.generation().await?;
        let sealer = self.sealer(&generation).await?;
        let expiration = (now + TimeDelta::seconds(i64::from(new.seconds))).trunc_subsecs(0);
        let key_id = sealer.key_id()?;
        let token = sealer.seal(&Claims {
            account: Cow::Borrowed(&new.role.account),
            role_id: Cow::Borrowed(&new.role.id),
            key_id: Cow::Borrowed(&key_id),
            session_name: Cow::Borrowed(new.name),
            policy: new.policy.map(Cow::Borrowed),
            source_identity: new.source_identity.map(Cow::Borrowed),
            expires: expiration.timestamp(),
            chain: new.chain,
        })?;
        Ok(Issued {
            access_key_secret: sealer.secret(&key_id),
            access_key_id: key_id,
            security_token: token,
            expiration,
        })
    }

    /// The session that a key and a token stand for.
    ///
    /// A token is opened once a generation. What can change without a commit, the end, is looked at each time.
    pub(crate) async fn session(
        &self,
        generation: &Generation,
        key_id: &str,
        token: Option<&str>,
        now: &Moment,
    ) -> Result<Credential, CredentialError> {
        let opened = token.and_then(|token| generation.sessions.get(token));
        let opened = match opened.filter(|opened| opened.key_id == key_id) {
            Some(opened) => opened,
            None => self.open(generation, key_id, token).await?,
        };
        if opened.expires <= now.virtual_.timestamp() {
            return Err(CredentialError::TokenExpired);
        }
        match &opened.credential {
            Some(credential) => Ok(credential.clone()),
            None => Err(CredentialError::TokenInvalid),
        }
    }

    async fn open(
        &self,
        generation: &Generation,
        key_id: &str,
        token: Option<&str>,
    ) -> Result<Arc<OpenSession>, CredentialError> {
        let failed = CredentialError::Failed;
        let sealer = self.sealer(generation).await.map_err(failed)?;
        let (token, claims) = claims(&sealer, key_id, token)?;
        let expires = claims.expires;
        let role = self.role_by_id(generation, &claims.account, &claims.role_id);
        let credential = match role.await.map_err(failed)? {
            None => None,
            Some(role) => Some(Credential {
                secret: sealer.secret(key_id),
                caller: Arc::new(self.caller(claims, &role).map_err(failed)?),
                permanent: None,
            }),
        };
        let opened = OpenSession {
            key_id: key_id.to_owned(),
            expires,
            credential,
        };
        Ok(generation.sessions.put(token, Arc::new(opened)))
    }

    fn caller(&self, claims: Claims<'_>, role: &KnownRole) -> Result<Caller, Fault> {
        let policy = claims.policy.as_deref();
        let policy = policy.map(|text| self.session_policy(text)).transpose()?;
        let session = Session {
            policy,
            source_identity: claims.source_identity.map(Cow::into_owned),
            expires: DateTime::from_timestamp(claims.expires, 0).unwrap_or_default(),
            chain: claims.chain,
        };
        Ok(Caller {
            principal: Principal::Session {
                account: role.account.clone(),
                role_id: role.id.clone(),
                role_name: role.name.clone(),
                session_name: claims.session_name.into(),
            },
            access_key_id: Some(claims.key_id.into()),
            session: Some(Arc::new(session)),
        })
    }

    /// A session policy as AssumeRole takes it.
    ///
    /// # Errors
    ///
    /// `InvalidParameter.PolicySize`, `InvalidParameter.PolicyGrammar`.
    pub fn take_session_policy(&self, text: &str) -> Result<Attached, Fault> {
        if text.chars().count() > self.limits.session_policy {
            return Err(fault::policy_size());
        }
        if let Err(error) = Document::parse(text, Grammar::Session) {
            // The real text has no room for what is wrong.
            tracing::info!(%error, "a session policy was refused");
            return Err(fault::policy_grammar());
        }
        self.session_policy(text)
    }

    /// A session policy, compiled once. Its text was checked before it was sealed.
    fn session_policy(&self, text: &str) -> Result<Attached, Fault> {
        if let Some(known) = self.session_policies.get(text) {
            return Ok(known);
        }
        let document = Document::parse(text, Grammar::Session).map_err(Fault::internal)?;
        let attached = Attached::new("SessionPolicy", PolicyType::Session, document);
        Ok(self.session_policies.put(text, attached))
    }
}

/// What the token says, if it is of this key.
fn claims<'a>(
    sealer: &Sealer,
    key_id: &str,
    token: Option<&'a str>,
) -> Result<(&'a str, Claims<'static>), CredentialError> {
    if !sealer.issued(key_id) {
        return Err(CredentialError::Unknown { session: true });
    }
    let token = token.ok_or(CredentialError::TokenMissing)?;
    let claims = sealer.open(token).ok_or(CredentialError::TokenInvalid)?;
    if claims.key_id != key_id {
        return Err(CredentialError::TokenMismatch);
    }
    Ok((token, claims))
}
