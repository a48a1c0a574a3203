//! What STS, RAM and IMS have in common: three doors to one state. Each says only what is its own.

use std::fmt::Debug;
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
use crate::accounts::DEFAULT_ACCOUNT;
use crate::fault::{self, Voice};
use crate::keys::Owner;
use crate::rpc as wire;

/// What makes one door another than the others.
pub trait Api: Debug + Send + Sync + Sized + 'static {
    /// Its short name in logs and records.
    const PRODUCT: &'static str;
    /// Its name in the links of its errors.
    const NAME: &'static str;
    /// The one version of the API.
    const VERSION: &'static str;
    /// The words of its refusals.
    const VOICE: Voice;
    /// What the real service has and this one has not.
    const ELSEWHERE: &'static [&'static str];
    /// Every operation.
    const OPS: &'static [Op<Door<Self>>];
    /// How an operation names what it is aimed at.
    type On: Debug + Send + Sync + 'static;
    /// What a call is aimed at.
    type Target: Debug + Send + Sync + 'static;

    /// Finds what a call is aimed at.
    fn locate(
        door: &Door<Self>,
        op: &'static Op<Door<Self>>,
        caller: &Caller,
        head: &Head,
    ) -> impl Future<Output = Result<Located<Door<Self>>, Fault>> + Send;

    /// Whether an operation takes unsigned requests, because something else in them says who asks.
    fn is_unsigned(_op: &'static Op<Door<Self>>) -> bool {
        false
    }

    /// The door's own condition keys.
    fn conditions(_op: &'static Op<Door<Self>>, _head: &Head, _context: &mut Context) {}

    /// A request that no policy allows, or one forbids.
    fn denied(denial: &Denial<'_, Door<Self>>) -> Fault {
        wire::denied(Self::VOICE, denial)
    }
}

/// One of the APIs over an identity plane.
#[derive(Debug)]
pub struct Door<A> {
    pub(crate) identity: Arc<Identity>,
    pub(crate) api: A,
}

impl<A: Api> Door<A> {
    /// Its operations.
    pub const OPS: &'static [Op<Self>] = A::OPS;
}

impl<A: Api + Default> Door<A> {
    /// The API over these accounts.
    pub fn new(identity: Arc<Identity>) -> Self {
        Self {
            identity,
            api: A::default(),
        }
    }
}

/// What a call of RAM or IMS is aimed at, by name. Whether it exists is seen where it is used.
#[derive(Debug)]
pub struct Target {
    /// The account.
    pub account: Arc<str>,
    /// The entity's name; empty where all are meant, or the root.
    pub name: String,
}

impl Target {
    /// Whose keys are meant.
    pub(crate) fn owner(&self) -> Owner {
        match self.name.as_str() {
            "" => Owner::Root,
            name => Owner::User(name.to_owned()),
        }
    }
}

/// A call about what has a name in an account.
pub(crate) trait Named: Api<Target = Target> {}

impl<A: Api<Target = Target>> Named for A {}

/// The account that a call is about. Only where signatures are not looked at is there a call without one.
pub(crate) fn account(caller: &Caller) -> Arc<str> {
    caller.account().unwrap_or(DEFAULT_ACCOUNT).into()
}

/// What a call is aimed at that is about nothing in particular: all that the caller's account has of a service.
pub(crate) fn whole_account<A: Api<Target = ()>>(
    caller: &Caller,
    service: &str,
) -> Located<Door<A>> {
    let account = account(caller);
    Located {
        arn: format!("acs:{service}:*:{account}:*"),
        guard: Guard::owned_by(account),
        target: (),
    }
}

/// Asks for the operation's own permission on a second resource, as calls about two entities do.
pub(crate) async fn require<A: Named>(call: &Call<Door<A>>, arn: &str) -> Result<(), Fault> {
    let guard = Guard::owned_by(call.target.account.clone());
    for action in call.op.action.names() {
        call.require_on(action, arn, &guard).await?;
    }
    Ok(())
}

impl<A: Api> Service for Door<A> {
    const PRODUCT: &'static str = A::PRODUCT;
    const SCHEMES: &'static [Scheme] = &[Scheme::RpcV1, Scheme::Acs3];
    type Route = A::On;
    type Name = ();
    type Target = A::Target;
    type Reply = Reply;

    fn ops(&self) -> &'static [Op<Self>] {
        A::OPS
    }

    fn request_id(&self, _head: &Head, ids: &Ids, _wall: DateTime<Utc>) -> RequestId {
        ids.uuid()
    }

    fn route(&self, head: &Head) -> Result<(&'static Op<Self>, ()), Fault> {
        Ok((wire::route(A::OPS, A::VERSION, A::ELSEWHERE, head)?, ()))
    }

    fn signed_resource<'a>(&self, (): &'a ()) -> Option<Resource<'a>> {
        None
    }

    fn unauthenticated(&self, failure: AuthFailure, _head: &Head) -> Fault {
        fault::unauthenticated(failure)
    }

    fn admit_anonymous(&self, op: &'static Op<Self>, _head: &Head) -> Result<(), Fault> {
        match A::is_unsigned(op) {
            true => Ok(()),
            false => Err(fault::missing_parameter("AccessKeyId")),
        }
    }

    async fn locate(
        &self,
        op: &'static Op<Self>,
        (): (),
        caller: &Caller,
        head: &Head,
    ) -> Result<Located<Self>, Fault> {
        A::locate(self, op, caller, head).await
    }

    fn conditions(&self, op: &'static Op<Self>, head: &Head, context: &mut Context) {
        A::conditions(op, head, context);
    }

    fn denied(&self, denial: &Denial<'_, Self>) -> Fault {
        A::denied(denial)
    }

    fn render(
        &self,
        outcome: Result<Reply, Fault>,
        head: &Head,
        id: &RequestId,
        _wall: DateTime<Utc>,
    ) -> Response {
        let outcome = outcome.map_err(|fault| A::VOICE.internal(fault));
        rpc::render(outcome, A::NAME, head, id)
    }
}
