//! The service as the pipeline sees it.

use chrono::{DateTime, Utc};
use gateway::id::Ids;
use gateway::{
    AuthFailure, Caller, Denial, Fault, Head, Located, Moment, Op, RequestId, Response, Service,
};
use policy::Context;
use signature::{Resource, Scheme};

use crate::locate::{self, Target};
use crate::reply::{self, Reply};
use crate::route::{self, Name, Route};
use crate::tags::{self, Tags};
use crate::{Fc, Generation, fault, ops, web};

impl Service for Fc {
    const PRODUCT: &'static str = "fc";
    const SCHEMES: &'static [Scheme] = &[Scheme::Acs3, Scheme::FcV1, Scheme::RoaV1];
    type Route = Route;
    type Name = Name;
    type Target = Target;
    type Reply = Reply;

    fn ops(&self) -> &'static [Op<Self>] {
        ops::ALL
    }

    fn request_id(&self, head: &Head, ids: &Ids, wall: DateTime<Utc>) -> RequestId {
        match Generation::of(head) {
            Generation::V2023 => ids.fc(wall),
            Generation::V2016 | Generation::V2021 => ids.uuid().lower(),
        }
    }

    fn route(&self, head: &Head) -> Result<(&'static Op<Self>, Name), Fault> {
        match web::visit::read(head) {
            Some(visit) => Ok(visit),
            None => route::find(self.ops(), head),
        }
    }

    async fn settle(
        &self,
        op: &'static Op<Self>,
        name: Name,
        head: &Head,
        now: &Moment,
    ) -> Result<(&'static Op<Self>, Name), Fault> {
        self.settle_visit(op, name, head, now).await
    }

    /// The documented way to sign requests to triggers has none.
    fn needs_nonce(&self, name: &Name) -> bool {
        name.visit.is_none()
    }

    fn signed_resource<'a>(&self, _name: &'a Name) -> Option<Resource<'a>> {
        None
    }

    fn unauthenticated(&self, failure: AuthFailure, _head: &Head) -> Fault {
        fault::unauthenticated(failure)
    }

    fn admit_anonymous(&self, _op: &'static Op<Self>, head: &Head) -> Result<(), Fault> {
        match web::visit::is_one(head) {
            true => Err(fault::missing_header("Date")),
            false => Err(fault::missing_header("Authorization")),
        }
    }

    async fn locate(
        &self,
        op: &'static Op<Self>,
        name: Name,
        caller: &Caller,
        head: &Head,
    ) -> Result<Located<Self>, Fault> {
        locate::locate(self, op, name, caller, head).await
    }

    /// Lists that ask for tags show only what has them.
    fn conditions(&self, op: &'static Op<Self>, head: &Head, context: &mut Context) {
        let wanted = match op.name {
            "ListFunctions" => tags::filters(head, "tags").ok().flatten(),
            "ListServices" => Some(tags::of_services(head)),
            _ => None,
        };
        for filter in wanted.unwrap_or_default() {
            if let Some(value) = filter.value {
                let tag = Tags::from([(filter.key, value)]);
                for (key, value) in tags::of_resource(&tag) {
                    context.insert(&key, value);
                }
            }
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
        reply::render(outcome, head, id, wall)
    }
}
