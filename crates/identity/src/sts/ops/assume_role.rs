//! AssumeRole: temporary credentials of a role.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-assumerole>

use std::sync::Arc;

use gateway::rpc::Reply;
use gateway::{Action, Call, Caller, Fault, Head, Op};
use policy::Principal;

use crate::arn::{BadArn, RoleArn};
use crate::roles::KnownRole;
use crate::sessions::NewSession;
use crate::sts::session::Answer;
use crate::sts::{On, Sts, Target, session};
use crate::{Identity, fault, names, rpc, trust};

pub(crate) const OP: Op<Sts> = Op {
    name: "AssumeRole",
    route: On::Role,
    action: Action::One(trust::ASSUME_ROLE),
    run: |call| Box::pin(run(call)),
};

/// The parameters of a call, checked, with the role they name.
#[derive(Debug)]
pub(crate) struct Assumption {
    role: Arc<KnownRole>,
    session_name: String,
    policy: Option<String>,
    source_identity: Option<String>,
    seconds: u32,
}

impl Assumption {
    /// Checks the parameters in the order of their description, then looks for the role.
    pub(crate) async fn read(
        identity: &Identity,
        caller: &Caller,
        head: &Head,
    ) -> Result<Self, Fault> {
        let role_arn = RoleArn::parse(rpc::need(head, "RoleArn")?);
        if role_arn == Err(BadArn::Malformed) {
            return Err(fault::role_arn());
        }
        let session_name = session::name(head)?;
        let policy = session::policy(identity, head)?;
        if rpc::given(head, "ExternalId").is_some_and(|id| !names::is_external_id(id)) {
            return Err(fault::external_id());
        }
        let source_identity = source_identity(caller, head)?;
        let seconds = session::seconds(head)?;
        if matches!(caller.principal, Principal::Account { .. }) {
            return Err(fault::root_may_not_assume());
        }
        let role = identity.assumable(role_arn).await?;
        if seconds > role.max_session {
            return Err(fault::duration_seconds());
        }
        Ok(Self {
            session_name: session_name.to_owned(),
            policy: policy.map(str::to_owned),
            source_identity,
            seconds,
            role,
        })
    }

    /// The role to be assumed.
    pub(crate) fn role(&self) -> &KnownRole {
        &self.role
    }
}

async fn run(call: Call<Sts>) -> Result<Reply, Fault> {
    let Target::Role(assumption) = &call.target else {
        return Err(Fault::internal("AssumeRole was aimed at no role"));
    };
    let (role, session_name) = (&assumption.role, &assumption.session_name);
    let new = NewSession {
        role,
        name: session_name,
        policy: assumption.policy.as_deref(),
        source_identity: assumption.source_identity.as_deref(),
        seconds: assumption.seconds,
        chain: call.caller.chain(),
    };
    let issued = call
        .service
        .identity
        .open_session(new, call.now.virtual_)
        .await?;
    let mut answer = Answer::new(role, session_name, issued);
    answer
        .source_identity
        .clone_from(&assumption.source_identity);
    Ok(Reply::of(&answer))
}

/// A chain keeps the identity that it began with; another one cannot be set (spec/identity.md §2.1).
fn source_identity(caller: &Caller, head: &Head) -> Result<Option<String>, Fault> {
    let wanted = rpc::given(head, "SourceIdentity");
    if wanted.is_some_and(|text| !names::is_source_identity(text)) {
        return Err(fault::source_identity());
    }
    let session = caller.session.as_ref();
    let kept = session.and_then(|s| s.source_identity.as_deref());
    match (kept, wanted) {
        (Some(kept), Some(wanted)) if kept != wanted => Err(fault::source_identity()),
        (kept, wanted) => Ok(kept.or(wanted).map(str::to_owned)),
    }
}
