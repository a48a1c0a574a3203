//! The Security Token Service, version 2015-04-01 (spec/identity.md §2).
//! <https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-overview>

mod ops;
mod session;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use gateway::id::Ids;
use gateway::rpc::{self, Reply};
use gateway::{
    AuthFailure, Caller, Denial, Fault, Guard, Head, Located, Op, RequestId, Response, Service,
};
use policy::{Context, Principal};
use signature::{Resource, Scheme};

use crate::accounts::DEFAULT_ACCOUNT;
use crate::fault::{self, Voice};
use crate::rpc as wire;
use crate::{Identity, arn, directory};

use crate::oidc::{Issuers, Unreachable};
use ops::assume_role::Assumption;
use ops::assume_role_with_oidc;

/// The one version of the API.
pub const STS_VERSION: &str = "2015-04-01";

/// What the real service has and this one has not.
const ELSEWHERE: &[&str] = &["AssumeRoleWithSAML", "GenerateSessionAccessKey"];

/// STS over an identity plane.
#[derive(Debug)]
pub struct Sts {
    identity: Arc<Identity>,
    issuers: Arc<dyn Issuers>,
}

impl Sts {
    /// STS for these users and roles, which reaches no issuer of tokens: it knows the keys that it was told.
    pub fn new(identity: Arc<Identity>) -> Self {
        Self::with_issuers(identity, Arc::new(Unreachable))
    }

    /// The same with a way to the issuers that run on this machine.
    pub fn with_issuers(identity: Arc<Identity>, issuers: Arc<dyn Issuers>) -> Self {
        Self { identity, issuers }
    }

    /// Its operations.
    pub const OPS: &'static [Op<Self>] = ops::ALL;
}

/// What a call is aimed at.
#[derive(Debug)]
pub enum Target {
    /// The caller, or whoever a token that is yet to be read speaks for.
    Caller,
    /// A role, with the parameters of AssumeRole.
    #[expect(
        private_interfaces,
        reason = "what an operation gathers is its own affair"
    )]
    Role(Box<Assumption>),
}

/// How an operation finds what it is aimed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The caller.
    Caller,
    /// The role of `RoleArn`.
    Role,
    /// The role of `RoleArn`, for the bearer of `OIDCToken`.
    Token,
}

impl Service for Sts {
    const PRODUCT: &'static str = "sts";
    const SCHEMES: &'static [Scheme] = &[Scheme::RpcV1, Scheme::Acs3];
    type Route = On;
    type Name = ();
    type Target = Target;
    type Reply = Reply;

    fn ops(&self) -> &'static [Op<Self>] {
        Self::OPS
    }

    fn request_id(&self, ids: &Ids, _wall: DateTime<Utc>) -> RequestId {
        ids.uuid()
    }

    fn route(&self, head: &Head) -> Result<(&'static Op<Self>, ()), Fault> {
        Ok((wire::route(Self::OPS, STS_VERSION, ELSEWHERE, head)?, ()))
    }

    fn signed_resource<'a>(&self, (): &'a ()) -> Option<Resource<'a>> {
        None
    }

    fn unauthenticated(&self, failure: AuthFailure, _head: &Head) -> Fault {
        fault::unauthenticated(failure)
    }

    fn admit_anonymous(&self, op: &'static Op<Self>, _head: &Head) -> Result<(), Fault> {
        if op.route == On::Token {
            return Ok(());
        }
        Err(fault::missing_parameter("AccessKeyId"))
    }

    async fn locate(
        &self,
        op: &'static Op<Self>,
        (): (),
        caller: &Caller,
        head: &Head,
    ) -> Result<Located<Self>, Fault> {
        if op.route != On::Role {
            let account = caller.account().unwrap_or(DEFAULT_ACCOUNT);
            return Ok(Located {
                target: Target::Caller,
                arn: caller.principal.arn(),
                guard: Guard::owned_by(account),
            });
        }
        let assumption = Assumption::read(&self.identity, caller, head).await?;
        let role = assumption.role();
        Ok(Located {
            arn: arn::resource(&role.account, "role", &role.name.to_ascii_lowercase()),
            guard: directory::guard(role),
            target: Target::Role(Box::new(assumption)),
        })
    }

    fn conditions(&self, op: &'static Op<Self>, head: &Head, context: &mut Context) {
        if op.route == On::Token {
            return assume_role_with_oidc::conditions(head, context);
        }
        let external_id = wire::given(head, "ExternalId").filter(|_| op.route == On::Role);
        if let Some(id) = external_id {
            context.insert("sts:ExternalId", id);
        }
    }

    fn denied(&self, denial: &Denial<'_, Self>) -> Fault {
        match denial.caller.principal {
            Principal::Account { .. } => fault::root_may_not_assume(),
            Principal::Federated { .. } => fault::provider_not_trusted(),
            _ => wire::denied(Voice::Sts, denial),
        }
    }

    fn render(
        &self,
        outcome: Result<Reply, Fault>,
        head: &Head,
        id: &RequestId,
        _wall: DateTime<Utc>,
    ) -> Response {
        let outcome = outcome.map_err(|fault| Voice::Sts.internal(fault));
        rpc::render(outcome, "Sts", head, id)
    }
}
