//! Resource Access Management, version 2015-05-01 (spec/identity.md §3).
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-overview>

mod on;
mod ops;
pub(crate) mod page;
pub(crate) mod params;
mod show;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use gateway::id::Ids;
use gateway::rpc::{self, Reply};
use gateway::{
    AuthFailure, Call, Caller, Denial, Fault, Guard, Head, Located, Op, RequestId, Response,
    Service,
};
use policy::Context;
use signature::{Resource, Scheme};

use crate::Identity;
use crate::fault::{self, Voice};
use crate::rpc as wire;

pub use on::{On, Target};

/// The one version of the API.
pub const RAM_VERSION: &str = "2015-05-01";

/// What the real service has and this one has not.
const ELSEWHERE: &[&str] = &[
    "BindMFADevice",
    "ChangePassword",
    "ClearAccountAlias",
    "CreateLoginProfile",
    "CreateServiceLinkedRole",
    "CreateVirtualMFADevice",
    "DecodeDiagnosticMessage",
    "DeleteLoginProfile",
    "DeleteServiceLinkedRole",
    "DeleteVirtualMFADevice",
    "GetAccessKeyLastUsed",
    "GetAccountAlias",
    "GetLoginProfile",
    "GetPasswordPolicy",
    "GetSecurityPreference",
    "GetServiceLinkedRoleDeletionStatus",
    "GetServiceLinkedRoleTemplate",
    "GetUserMFAInfo",
    "ListVirtualMFADevices",
    "SetAccountAlias",
    "SetPasswordPolicy",
    "SetSecurityPreference",
    "UnbindMFADevice",
    "UpdateLoginProfile",
];

/// RAM over an identity plane.
#[derive(Debug)]
pub struct Ram {
    identity: Arc<Identity>,
}

impl Ram {
    /// RAM for these users and roles.
    pub fn new(identity: Arc<Identity>) -> Self {
        Self { identity }
    }

    /// Its operations.
    pub const OPS: &'static [Op<Self>] = ops::ALL;
}

/// Asks for the operation's own permission on a second resource, as calls about two entities do.
async fn require(call: &Call<Ram>, arn: &str) -> Result<(), Fault> {
    let guard = Guard::owned_by(call.target.account.clone());
    for action in call.op.action.names() {
        call.require_on(action, arn, &guard).await?;
    }
    Ok(())
}

impl Service for Ram {
    const PRODUCT: &'static str = "ram";
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
        Ok((wire::route(Self::OPS, RAM_VERSION, ELSEWHERE, head)?, ()))
    }

    fn signed_resource<'a>(&self, (): &'a ()) -> Option<Resource<'a>> {
        None
    }

    fn unauthenticated(&self, failure: AuthFailure, _head: &Head) -> Fault {
        fault::unauthenticated(failure)
    }

    fn admit_anonymous(&self, _op: &'static Op<Self>, _head: &Head) -> Result<(), Fault> {
        Err(fault::missing_parameter("AccessKeyId"))
    }

    async fn locate(
        &self,
        op: &'static Op<Self>,
        (): (),
        caller: &Caller,
        head: &Head,
    ) -> Result<Located<Self>, Fault> {
        op.route.locate(caller, head)
    }

    fn conditions(&self, _op: &'static Op<Self>, _head: &Head, _context: &mut Context) {}

    fn denied(&self, denial: &Denial<'_, Self>) -> Fault {
        wire::denied(Voice::Ram, denial)
    }

    fn render(
        &self,
        outcome: Result<Reply, Fault>,
        head: &Head,
        id: &RequestId,
        _wall: DateTime<Utc>,
    ) -> Response {
        let outcome = outcome.map_err(|fault| Voice::Ram.internal(fault));
        rpc::render(outcome, "Ram", head, id)
    }
}
