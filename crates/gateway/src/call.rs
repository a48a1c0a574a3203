//! What an operation may use.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::authorize::{Authority, Guard};
use crate::{AuthMode, Body, Caller, Fault, Gateway, Head, Moment, Op, RequestId, Service};

/// What a request is aimed at: the rows the operation needs, its ARN, who owns it and what guards it.
#[derive(Debug)]
pub struct Located<S: Service> {
    /// What was looked up.
    pub target: S::Target,
    /// The resource that policies see, such as `acs:oss:*:1234567890123456:bucket/key`.
    pub arn: String,
    /// The policies attached to the thing itself.
    pub guard: Guard,
}

/// Everything an operation may use. Owned, so an operation borrows nothing.
#[derive(Debug)]
pub struct Call<S: Service> {
    /// The service.
    pub service: Arc<S>,
    /// The operation.
    pub op: &'static Op<S>,
    /// What the request is aimed at.
    pub target: S::Target,
    /// Who makes it.
    pub caller: Arc<Caller>,
    /// Line and headers.
    pub head: Arc<Head>,
    /// The body, not yet read.
    pub body: Body,
    /// The clocks, read once.
    pub now: Moment,
    /// The request's id.
    pub id: RequestId,
    pub(crate) authority: Authority,
    pub(crate) gateway: Arc<Gateway>,
}

impl<S: Service> Call<S> {
    /// How strictly policies are held to.
    pub fn mode(&self) -> AuthMode {
        self.gateway.mode()
    }

    /// Whether neither signatures nor policies are looked at, in which case an operation does not look at what stands
    /// for them either.
    pub fn is_unchecked(&self) -> bool {
        self.gateway.mode() == AuthMode::Off
    }

    /// The virtual time at which something happened that somebody else's clock stamped.
    pub fn virtual_at(&self, wall: DateTime<Utc>) -> DateTime<Utc> {
        self.gateway.clock.virtual_at(wall)
    }

    /// Asks for a permission on a second resource, or on one item of many. The operation must stop when it is
    /// refused.
    pub async fn require(&self, action: &'static str, on: &Located<S>) -> Result<(), Fault> {
        self.require_on(action, &on.arn, &on.guard).await
    }

    /// The same for a resource that needs no look-up.
    pub async fn require_on(
        &self,
        action: &'static str,
        arn: &str,
        guard: &Guard,
    ) -> Result<(), Fault> {
        let question = crate::authorize::Question {
            service: &*self.service,
            op: self.op,
            caller: &self.caller,
            head: &self.head,
            now: &self.now,
            action,
        };
        let on = crate::authorize::On {
            arn: arn.into(),
            guard: Cow::Borrowed(guard),
        };
        let authority = &self.authority;
        self.gateway.authorize(&question, on, authority).await
    }
}
