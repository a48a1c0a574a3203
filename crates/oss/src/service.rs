//! The service as the pipeline sees it.

use std::borrow::Cow;
use std::time::Duration;

use chrono::{DateTime, Utc};
use gateway::id::Ids;
use gateway::{
    AuthFailure, Body, Caller, Denial, Fault, Head, Located, Op, RequestId, Response, Service,
    region,
};
use http::{HeaderName, HeaderValue};
use policy::Context;
use signature::{Query, Resource, Scheme};

use crate::route::Scope;
use crate::{Name, Oss, Reply, Route, Target, fault, form, headers, ops, render, restricted};

const BUCKET_ACL: HeaderName = HeaderName::from_static("x-oss-acl");
const OBJECT_ACL: HeaderName = HeaderName::from_static("x-oss-object-acl");

/// What the condition key of a tag that a request brings begins with.
pub(crate) const REQUEST_TAG: &str = "oss:RequestObjectTag/";

impl Service for Oss {
    const PRODUCT: &'static str = "oss";
    const SCHEMES: &'static [Scheme] =
        &[Scheme::OssPost, Scheme::OssV4, Scheme::OssV1, Scheme::OssV2];
    type Route = Route;
    type Name = Name;
    type Target = Target;
    type Reply = Reply;

    fn ops(&self) -> &'static [Op<Self>] {
        ops::ALL
    }

    fn request_id(&self, _head: &Head, ids: &Ids, wall: DateTime<Utc>) -> RequestId {
        ids.oss(wall)
    }

    async fn read(&self, head: &mut Head, body: Body) -> Result<Body, Fault> {
        match form::is_form(head) {
            // In a box, so that other requests need not carry the room for it.
            true => Box::pin(form::read(head, body)).await,
            false => Ok(body),
        }
    }

    /// The key of a form is one of its fields.
    fn route(&self, head: &Head) -> Result<(&'static Op<Self>, Name), Fault> {
        let mut name = Name::read(head)?;
        if let Some(form) = &head.form {
            name.key = Some(form::key(form)?);
        }
        let op = self.routes.find(head, &name)?;
        Ok((op, name))
    }

    fn signed_resource<'a>(&self, name: &'a Name) -> Option<Resource<'a>> {
        Some(Resource {
            bucket: name.bucket.as_deref(),
            key: name.key.as_deref(),
        })
    }

    fn signed_query<'a>(&self, head: &'a Head) -> Cow<'a, Query> {
        restricted::signed_query(head)
    }

    /// The region of the scope is that of the endpoint; an endpoint without one takes any region of the cloud.
    fn check_scope(&self, scope: &signature::Scope, head: &Head) -> Result<(), Fault> {
        if scope.product != "oss" {
            return Err(fault::wrong_scope("signing product", "0002-00000227", head));
        }
        let fits = match &head.endpoint.region {
            Some(region) => *region == scope.region,
            None => region::is_known(&scope.region),
        };
        if !fits {
            return Err(fault::wrong_scope("signing region", "0002-00000226", head));
        }
        Ok(())
    }

    fn unauthenticated(&self, failure: AuthFailure, head: &Head) -> Fault {
        fault::unauthenticated(failure, head)
    }

    /// Policies and ACLs of the bucket decide about unsigned requests; without a bucket there are none.
    fn admit_anonymous(&self, op: &'static Op<Self>, _head: &Head) -> Result<(), Fault> {
        match op.route.scope {
            Scope::Service => Err(fault::anonymous_forbidden()),
            Scope::Bucket | Scope::Object | Scope::Form => Ok(()),
        }
    }

    async fn locate(
        &self,
        op: &'static Op<Self>,
        name: Name,
        caller: &Caller,
        head: &Head,
    ) -> Result<Located<Self>, Fault> {
        self.find_target(&op.route, name, caller, head).await
    }

    /// The service's own keys (spec/identity.md §4.3). A listing without prefix or delimiter has empty ones.
    fn conditions(&self, op: &'static Op<Self>, head: &Head, context: &mut Context) {
        // No request comes out of a VPC. `*` matches that, too: policies that are about public addresses say so
        // (spec/identity.md §4.8).
        context.insert("acs:SourceVpc", "");
        if !self.narrowing(op).is_empty() {
            let param = |name| head.query.first(name).unwrap_or_default();
            context.insert("oss:Prefix", param("prefix"));
            context.insert("oss:Delimiter", param("delimiter"));
        }
        for (header, key) in [
            (BUCKET_ACL, "oss:x-oss-acl"),
            (OBJECT_ACL, "oss:x-oss-object-acl"),
        ] {
            if let Some(Ok(value)) = head.headers.get(header).map(HeaderValue::to_str) {
                context.insert(key, value);
            }
        }
        // Only of an operation that gives tags. What is wrong with the header it says itself.
        if op.route.takes.contains(&headers::TAGGING)
            && let Ok(Some(tags)) = headers::tagging(&head.headers)
        {
            for (key, value) in tags.conditions(REQUEST_TAG) {
                context.insert(&key, value);
            }
        }
    }

    fn narrowing(&self, op: &'static Op<Self>) -> &'static [&'static str] {
        match op.action.names().contains(&"oss:ListObjects") {
            true => &["oss:Prefix", "oss:Delimiter"],
            false => &[],
        }
    }

    fn denied(&self, denial: &Denial<'_, Self>) -> Fault {
        fault::denied(denial)
    }

    fn render(
        &self,
        outcome: Result<Reply, Fault>,
        head: &Head,
        id: &RequestId,
        wall: DateTime<Utc>,
    ) -> Response {
        render::render(outcome, head, id, wall)
    }

    async fn finish(&self, head: &Head, caller: Option<&Caller>, response: &mut Response) {
        if let Err(fault) = self.add_cors(head, response).await {
            tracing::error!(%fault, "the CORS rules of a bucket could not be read");
        }
        if let Err(fault) = self.add_charge(head, caller, response).await {
            tracing::error!(%fault, "it could not be read who pays for requests to a bucket");
        }
    }

    fn timed(&self, response: &mut Response, took: Duration) {
        render::timed(response.headers_mut(), took);
    }
}
