//! What every service asks of the identity plane.

use std::sync::Arc;

use async_trait::async_trait;
use gateway::directory::IssueRequest;
use gateway::{
    Caller, Credential, CredentialError, Diagnosis, Directory, Fault, Guard, Issued, Layers,
    Moment, PLATFORM, Policies,
};
use policy::{Context, Merge, Principal, Verdict};

use crate::accounts::DEFAULT_ACCOUNT;
use crate::arn::{BadArn, RoleArn};
use crate::attachments::Entity;
use crate::bootstrap::ROOT_KEY;
use crate::keys::KnownKey;
use crate::roles::KnownRole;
use crate::sessions::{LONGEST_OF_SERVICES, NewSession, OpenSession};
use crate::{Identity, fault, keys, names, platform, token, trust};

#[async_trait]
impl Directory for Identity {
    fn credential_at_hand(
        &self,
        access_key_id: &str,
        token: Option<&str>,
        now: &Moment,
    ) -> Option<Credential> {
        self.at_hand(|generation| match token {
            Some(token) => {
                let good = |opened: &Arc<OpenSession>| opened.good(access_key_id, now);
                generation.sessions.see(token, good)
            }
            None => {
                let active = |known: &Arc<KnownKey>| known.active.then(|| known.credential());
                generation.keys.see(access_key_id, active)
            }
        })
    }

    async fn credential(
        &self,
        access_key_id: &str,
        token: Option<&str>,
        now: &Moment,
    ) -> Result<Credential, CredentialError> {
        let generation = self.generation().await.map_err(CredentialError::Failed)?;
        let token = token.filter(|token| !token.is_empty());
        if access_key_id.starts_with(token::KEY_PREFIX) {
            return self.session(&generation, access_key_id, token, now).await;
        }
        let known = match generation.keys.get(access_key_id) {
            Some(known) => known,
            None => {
                let key = self
                    .key(access_key_id)
                    .await
                    .map_err(CredentialError::Failed)?;
                let key = key.ok_or(CredentialError::Unknown { session: false })?;
                generation.keys.put(access_key_id, Arc::new(key))
            }
        };
        if !known.active {
            return Err(CredentialError::Inactive);
        }
        if let Some(token) = token {
            let sealer = self
                .sealer(&generation)
                .await
                .map_err(CredentialError::Failed)?;
            return Err(match sealer.open(token) {
                Some(_) => CredentialError::TokenMismatch,
                None => CredentialError::TokenInvalid,
            });
        }
        Ok(known.credential())
    }

    fn policies_at_hand(&self, caller: &Caller) -> Option<Arc<Policies>> {
        let (account, entity, id) = holder(&caller.principal)?;
        self.at_hand(|generation| generation.policies(account, entity, id))
    }

    async fn policies(&self, caller: &Caller) -> Result<Arc<Policies>, Fault> {
        match &caller.principal {
            Principal::Session { account, .. } if **account == *PLATFORM => {
                Ok(platform::policies())
            }
            principal => match holder(principal) {
                Some((account, entity, id)) => self.policies_of(account, entity, id).await,
                None => Ok(Arc::default()),
            },
        }
    }

    async fn seal(&self, diagnosis: &Diagnosis) -> Result<String, Fault> {
        let generation = self.generation().await?;
        self.sealer(&generation).await?.seal_diagnosis(diagnosis)
    }

    /// The root of the default account.
    fn stand_in(&self) -> Caller {
        Caller::root(DEFAULT_ACCOUNT, ROOT_KEY)
    }

    async fn issue(&self, request: IssueRequest<'_>, now: &Moment) -> Result<Issued, Fault> {
        if !names::is_session_name(request.session_name) {
            return Err(fault::role_session_name());
        }
        if !(1..=LONGEST_OF_SERVICES).contains(&request.seconds) {
            return Err(fault::duration_seconds());
        }
        let role = self.assumable(RoleArn::parse(request.role_arn)).await?;
        if !trusts_service(&role, request.service, now) {
            return Err(fault::service_not_trusted(request.service, &role.arn()));
        }
        let session = NewSession {
            seconds: request.seconds,
            ..NewSession::of(&role, request.session_name, request.service)
        };
        self.open_session(session, now.virtual_).await
    }

    async fn issue_own(
        &self,
        name: &str,
        policy: &str,
        seconds: u32,
        now: &Moment,
    ) -> Result<Issued, Fault> {
        self.open_own(name, policy, seconds, now).await
    }
}

/// Who in which account has the policies of a caller. The platform's role is in no account, so its policies are never
/// found there.
fn holder(principal: &Principal) -> Option<(&str, Entity, &str)> {
    match principal {
        Principal::User { account, id, .. } => Some((account, Entity::User, id)),
        Principal::Session {
            account, role_id, ..
        } => Some((account, Entity::Role, role_id)),
        Principal::Anonymous
        | Principal::Account { .. }
        | Principal::Service { .. }
        | Principal::Federated { .. } => None,
    }
}

impl Identity {
    async fn key(&self, id: &str) -> Result<Option<keys::KnownKey>, Fault> {
        let view = self.store.meta.view().await?;
        keys::known(&view, id, &self.uses).await
    }

    /// What a sealed diagnosis says, for somebody of the account whose user or role was refused.
    ///
    /// # Errors
    ///
    /// `EntityNotExist`: it was not sealed here, was changed, or tells of another account.
    pub async fn diagnosis(&self, account: &str, sealed: &str) -> Result<Diagnosis, Fault> {
        let generation = self.generation().await?;
        let opened = self.sealer(&generation).await?.open_diagnosis(sealed);
        let own = opened.filter(|diagnosis| diagnosis.principal.owner == account);
        own.ok_or_else(fault::no_such_diagnosis)
    }

    /// The role that an ARN names, as it was read.
    ///
    /// # Errors
    ///
    /// `InvalidParameter.RoleArn`, `EntityNotExist.Role`.
    pub(crate) async fn assumable(
        &self,
        wanted: Result<RoleArn, BadArn>,
    ) -> Result<Arc<KnownRole>, Fault> {
        let wanted = wanted.map_err(|bad| match bad {
            BadArn::Malformed => fault::role_arn(),
            BadArn::NotARole => fault::no_such_role_to_assume(),
        })?;
        let generation = self.generation().await?;
        let role = self
            .role_by_name(&generation, &wanted.account, &wanted.name)
            .await?;
        role.ok_or_else(fault::no_such_role_to_assume)
    }
}

/// What guards a role against being assumed: both the caller's policies and the trust policy must allow it.
pub(crate) fn guard(role: &KnownRole) -> Guard {
    Guard {
        policies: vec![role.trust.clone()],
        merge: Merge::Both,
        ..Guard::owned_by(role.account.clone())
    }
}

/// Services have no policies of their own: the trust policy alone decides.
pub(crate) fn trusts_service(role: &KnownRole, service: &str, now: &Moment) -> bool {
    let principal = Principal::Service {
        name: service.into(),
    };
    may_assume(&principal, Arc::default(), role, now)
}

/// Whether somebody who makes no request of his own may assume a role.
pub(crate) fn may_assume(
    principal: &Principal,
    policies: Arc<Policies>,
    role: &KnownRole,
    now: &Moment,
) -> bool {
    let layers = Layers {
        identity: policies,
        session: None,
        guard: guard(role),
    };
    let mut context = Context::new();
    context.insert("acs:CurrentTime", crate::time::iso(now.virtual_));
    let request = policy::Request {
        principal,
        action: trust::ASSUME_ROLE,
        resource: &role.resource,
        context: &context,
    };
    layers.decide(&request, &mut ()).verdict == Verdict::Allow
}
