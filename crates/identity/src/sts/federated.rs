//! What the unsigned ways of assuming a role have in common, once something has proven who asks.

use std::sync::Arc;

use gateway::{Call, Caller, Fault};
use policy::Principal;

use super::Sts;
use super::session::Answer;
use crate::arn::RoleArn;
use crate::roles::KnownRole;
use crate::sessions::NewSession;
use crate::{directory, fault, trust};

/// A session for somebody whom a provider vouches for.
pub(super) struct Federated<'a> {
    /// The provider's ARN.
    pub(super) provider: &'a str,
    /// The account that has the provider. The role must be of the same.
    pub(super) account: &'a str,
    pub(super) role_arn: &'a str,
    pub(super) session_name: &'a str,
    pub(super) policy: Option<&'a str>,
    pub(super) seconds: u32,
}

impl Federated<'_> {
    /// Opens the session, if the role trusts the provider. From here on it is the provider who asks. Returns the fields
    /// of the answer.
    pub(super) async fn open(&self, call: &mut Call<Sts>) -> Result<Answer, Fault> {
        let identity = call.service.identity.clone();
        let role = identity.assumable(RoleArn::parse(self.role_arn)).await?;
        if self.seconds > role.max_session {
            return Err(fault::duration_seconds());
        }
        if *role.account != *self.account {
            return Err(fault::provider_not_trusted());
        }
        call.caller = Arc::new(Caller {
            principal: Principal::Federated {
                provider: self.provider.into(),
            },
            ..Caller::anonymous()
        });
        require(call, &role).await?;
        let new = NewSession {
            role: &role,
            name: self.session_name,
            policy: self.policy,
            source_identity: None,
            seconds: self.seconds,
            chain: call.caller.chain(),
        };
        let issued = identity.open_session(new, call.now.virtual_).await?;
        Ok(Answer::new(&role, self.session_name, issued))
    }
}

async fn require(call: &Call<Sts>, role: &KnownRole) -> Result<(), Fault> {
    let guard = directory::guard(role);
    call.require_on(trust::ASSUME_ROLE, &role.resource, &guard)
        .await
}
