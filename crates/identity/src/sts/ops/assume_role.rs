//! AssumeRole: temporary credentials of a role.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-assumerole>

use std::sync::Arc;

use gateway::rpc::Reply;
use gateway::{Action, Call, Caller, Fault, Head, Op};
use policy::{Document, Grammar, Principal};
use serde_json::json;

use crate::arn::{BadArn, RoleArn};
use crate::roles::{KnownRole, MAX_SESSION};
use crate::sessions::{NewSession, SHORTEST, USUAL};
use crate::sts::{On, Sts, Target};
use crate::{Identity, fault, names, rpc, time, trust};

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
        let role_arn = rpc::need(head, "RoleArn")?;
        if RoleArn::parse(role_arn) == Err(BadArn::Malformed) {
            return Err(fault::role_arn());
        }
        let session_name = rpc::need(head, "RoleSessionName")?;
        if !names::is_session_name(session_name) {
            return Err(fault::role_session_name());
        }
        let policy = session_policy(identity, head)?;
        if rpc::given(head, "ExternalId").is_some_and(|id| !names::is_external_id(id)) {
            return Err(fault::external_id());
        }
        let source_identity = source_identity(caller, head)?;
        let seconds = seconds(head)?;
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
    let session = NewSession {
        role,
        name: session_name,
        policy: assumption.policy.as_deref(),
        source_identity: assumption.source_identity.as_deref(),
        seconds: assumption.seconds,
    };
    let issued = call
        .service
        .identity
        .open_session(session, call.now.virtual_)
        .await?;
    let assumed = Principal::Session {
        account: role.account.clone(),
        role_id: role.id.clone(),
        role_name: role.name.clone(),
        session_name: session_name.as_str().into(),
    };
    let mut fields = json!({
        "AssumedRoleUser": {
            "Arn": assumed.arn(),
            "AssumedRoleId": format!("{}:{session_name}", role.id),
        },
        "Credentials": {
            "AccessKeyId": issued.access_key_id,
            "AccessKeySecret": issued.access_key_secret.expose(),
            "Expiration": time::iso(issued.expiration),
            "SecurityToken": issued.security_token.expose(),
        },
    });
    if let Some(identity) = &assumption.source_identity {
        fields["SourceIdentity"] = json!(identity);
    }
    Ok(Reply::of(&fields))
}

fn session_policy<'a>(identity: &Identity, head: &'a Head) -> Result<Option<&'a str>, Fault> {
    let Some(text) = rpc::given(head, "Policy") else {
        return Ok(None);
    };
    if text.chars().count() > identity.limits.session_policy {
        return Err(fault::policy_size());
    }
    match Document::parse(text, Grammar::Session) {
        Ok(_) => Ok(Some(text)),
        Err(error) => {
            // The real text has no room for what is wrong.
            tracing::info!(%error, "a session policy was refused");
            Err(fault::policy_grammar())
        }
    }
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

/// What can be told without the role.
fn seconds(head: &Head) -> Result<u32, Fault> {
    let Some(text) = rpc::given(head, "DurationSeconds") else {
        return Ok(USUAL);
    };
    let seconds = text.parse().ok();
    let possible = SHORTEST..=*MAX_SESSION.end();
    seconds
        .filter(|seconds| possible.contains(seconds))
        .ok_or_else(fault::duration_seconds)
}
