//! What a service brings to the pipeline.

use std::borrow::Cow;
use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use chrono::{DateTime, Utc};
use policy::Context;
use signature::{Query, Resource, Scheme, Scope};

use crate::id::Ids;
use crate::{
    AuthFailure, Body, Caller, Denial, Fault, Head, Located, Moment, Op, RequestId, Response,
};

/// A service behind the gateway. [`crate::serve`] calls these in the order in which they stand here.
pub trait Service: Debug + Send + Sync + Sized + 'static {
    /// The service's short name in logs and records: `oss`, `sts`, `ram`.
    const PRODUCT: &'static str;
    /// The signatures it accepts, tried in order.
    const SCHEMES: &'static [Scheme];
    /// How an operation looks on the wire.
    type Route: Debug + Send + Sync + 'static;
    /// What a request names, nothing looked up yet.
    type Name: Debug + Send + Sync + 'static;
    /// The same, looked up.
    type Target: Debug + Send + Sync + 'static;
    /// What an operation answers.
    type Reply: Send + 'static;

    /// Every operation of the service.
    fn ops(&self) -> &'static [Op<Self>];

    /// A fresh request id in the service's own form.
    fn request_id(&self, head: &Head, ids: &Ids, wall: DateTime<Utc>) -> RequestId;

    /// Reads as much of the body as it takes to know what a request means, and gives back the rest. What was read is
    /// put into the head. Few requests have anything to read here.
    fn read(
        &self,
        _head: &mut Head,
        body: Body,
    ) -> impl Future<Output = Result<Body, Fault>> + Send {
        std::future::ready(Ok(body))
    }

    /// Which operation a request means, and what it names. Whatever is not recognised is refused here, in the
    /// service's own words; it never becomes another operation.
    fn route(&self, head: &Head) -> Result<(&'static Op<Self>, Self::Name), Fault>;

    /// Looks up what it takes to know whether a request is asked who makes it, and gives the operation that it means
    /// then. Few services have anything to look up here.
    fn settle(
        &self,
        op: &'static Op<Self>,
        name: Self::Name,
        _head: &Head,
        _now: &Moment,
    ) -> impl Future<Output = Result<(&'static Op<Self>, Self::Name), Fault>> + Send {
        std::future::ready(Ok((op, name)))
    }

    /// Whether a signature that has room for a nonce must bring one.
    fn needs_nonce(&self, _name: &Self::Name) -> bool {
        true
    }

    /// Bucket and key for signatures that cover them.
    fn signed_resource<'a>(&self, name: &'a Self::Name) -> Option<Resource<'a>>;

    /// The query for signatures that cover it, where it is another one than the request's.
    fn signed_query<'a>(&self, head: &'a Head) -> Cow<'a, Query> {
        Cow::Borrowed(&head.query)
    }

    /// Whether the region and product of a derived signing key fit this endpoint.
    fn check_scope(&self, _scope: &Scope, _head: &Head) -> Result<(), Fault> {
        Ok(())
    }

    /// A request that could not be authenticated.
    fn unauthenticated(&self, failure: AuthFailure, head: &Head) -> Fault;

    /// Whether an unsigned request may go on to the policies. OSS lets it; RPC services do not.
    fn admit_anonymous(&self, op: &'static Op<Self>, head: &Head) -> Result<(), Fault>;

    /// Finds what the request names and what guards it.
    fn locate(
        &self,
        op: &'static Op<Self>,
        name: Self::Name,
        caller: &Caller,
        head: &Head,
    ) -> impl Future<Output = Result<Located<Self>, Fault>> + Send;

    /// The service's own condition keys for this request.
    fn conditions(&self, _op: &'static Op<Self>, _head: &Head, _context: &mut Context) {}

    /// Those of its keys that say how much of the resource a request of this operation means, such as the prefix of a
    /// listing. They are recorded even where no policy asks for them.
    fn narrowing(&self, _op: &'static Op<Self>) -> &'static [&'static str] {
        &[]
    }

    /// A request that no policy allows, or one forbids.
    fn denied(&self, denial: &Denial<'_, Self>) -> Fault;

    /// Puts the outcome on the wire.
    fn render(
        &self,
        outcome: Result<Self::Reply, Fault>,
        head: &Head,
        id: &RequestId,
        wall: DateTime<Utc>,
    ) -> Response;

    /// Adds to a response what neither the outcome nor the request tells by itself. Runs for every request, so it has
    /// to cost nothing where there is nothing to add.
    fn finish(
        &self,
        _head: &Head,
        _caller: Option<&Caller>,
        _response: &mut Response,
    ) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// Adds to a response how long it took to make, where the service says that.
    fn timed(&self, _response: &mut Response, _took: Duration) {}
}
