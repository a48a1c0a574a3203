//! One request of a connection: whose it is, and who answers it.

use std::net::SocketAddr;
use std::sync::Arc;

use gateway::{Body, Client, Head, ResponseBody};
use http::{Method, Request, StatusCode};
use http_body_util::Either;
use hyper::body::Incoming;

use super::outside::Outside;
use super::quiet::{Told, Underway};
use super::{Door, peer};
use crate::Cloud;
use crate::admin::Admin;
use crate::dispatch::{Destination, refuse};

/// An answer of ours, or of another host.
pub(super) type Answer = http::Response<Either<ResponseBody, Incoming>>;

/// An answer on its way out.
pub(super) type Sent = http::Response<Told<Either<ResponseBody, Incoming>>>;

/// Who answers what comes in. Each connection has one, whose owners no other connection counts.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    pub(super) cloud: Arc<Cloud>,
    pub(super) admin: Arc<Admin>,
    pub(super) outside: Arc<Outside>,
}

/// How a request came in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub(super) door: Door,
    pub(super) peer: SocketAddr,
    /// Our end of the connection.
    pub(super) local: SocketAddr,
}

/// What is known of a request before anything is waited for.
enum Asked {
    /// It is for this server.
    Own(Arc<Head>, Body),
    /// A function sends it, perhaps to somewhere else. In a box, as it is large and few are.
    ByFunction(Client, Box<Request<Incoming>>),
}

impl Desk {
    /// Answers a request, which is under way until the answer is handed over. It is taken apart before there is a
    /// future, which would have to carry it from one owner to the next.
    pub(super) fn serve(
        self: Arc<Self>,
        way: Way,
        client: Client,
        request: Request<Incoming>,
        underway: Underway,
    ) -> impl Future<Output = Sent> + Send {
        let asked = match way.door {
            Door::Functions => Asked::ByFunction(client, Box::new(request)),
            Door::Main | Door::Metadata => {
                let (head, body) = self.own(way, client, request);
                Asked::Own(head, body)
            }
        };
        async move {
            let answer = match asked {
                Asked::Own(head, body) => self.answer(way, head, body).await.map(Either::Left),
                Asked::ByFunction(client, request) => {
                    Box::pin(self.answer_function(way, client, *request)).await
                }
            };
            answer.map(|body| Told::new(body, underway))
        }
    }

    fn own(&self, way: Way, client: Client, request: Request<Incoming>) -> (Arc<Head>, Body) {
        let (parts, body) = request.into_parts();
        let mut head = Head::new(parts, way.peer.ip(), false, &self.cloud.config().hosts);
        head.client = client;
        let body = Body::new_request(body, &head);
        (Arc::new(head), body)
    }

    async fn answer_function(
        &self,
        way: Way,
        client: Client,
        request: Request<Incoming>,
    ) -> Answer {
        let request = match self.outside.answer(request).await {
            Ok(answer) => return answer,
            Err(request) => request,
        };
        let (head, body) = self.own(way, client, request);
        self.answer(way, head, body).await.map(Either::Left)
    }

    async fn answer(&self, way: Way, head: Arc<Head>, body: Body) -> gateway::Response {
        if head.method == Method::CONNECT {
            let text = "localyun: https through a proxy is not part of this version; use an http:// endpoint";
            return refuse(StatusCode::NOT_IMPLEMENTED, text);
        }
        if head.repeats_host {
            let text = "localyun: the request has more than one Host header";
            return refuse(StatusCode::BAD_REQUEST, text);
        }
        let destination = match way.door {
            Door::Main | Door::Functions => Destination::of(&head),
            Door::Metadata => Destination::Metadata,
        };
        match destination {
            Destination::Own | Destination::Metadata if self.is_from_function(way).await => {
                not_for_functions(destination)
            }
            Destination::Own => Box::pin(self.admin.answer(&head, body)).await,
            destination => self.cloud.serve(destination, head, body).await,
        }
    }

    /// Whether a function sends this. Nothing else is asked so, since to find that out takes a look into processes.
    #[expect(
        clippy::disallowed_methods,
        reason = "reading /proc may take milliseconds, and only what a person asks for comes here"
    )]
    async fn is_from_function(&self, way: Way) -> bool {
        if way.door == Door::Functions {
            return true;
        }
        let cloud = self.cloud.clone();
        let look = move || {
            let isolation = cloud.isolation();
            isolation.is_used()
                && peer::inode(way.peer, way.local)
                    .is_some_and(|inode| isolation.holds_socket(inode))
        };
        // If the look itself fails, nobody can say that it is not one.
        tokio::task::spawn_blocking(look).await.unwrap_or(true)
    }
}

fn not_for_functions(destination: Destination) -> gateway::Response {
    let text = match destination {
        Destination::Metadata => {
            "localyun: a function has no metadata service: it has the credentials of its role, in its context and \
             environment"
        }
        _ => "localyun: the admin API does not answer to functions",
    };
    refuse(StatusCode::FORBIDDEN, text)
}
