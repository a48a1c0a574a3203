//! The admin API under `/_localyun/`, on bare hosts only.
//!
//! `health` is open, and so is a URL of credentials with its secret. The rest changes or shows everything, so on a loopback listener it refuses whatever a web
//! page sends (anything with an `Origin`; a foreign `Host` never gets here), and on any other listener it wants
//! the admin token.

mod routes;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use gateway::{Body, Head, Response, ResponseBody};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use signature::Secret;
use subtle::ConstantTimeEq;
use tower::ServiceExt;

use crate::Cloud;
use crate::dispatch::refuse;

/// The largest body the admin API takes, in bytes.
const MAX_BODY: usize = 4 << 20;

/// The admin API of one server.
#[derive(Debug)]
pub struct Admin {
    router: Router,
    /// The pages that guard themselves.
    open: Router,
    /// Asked for unless the server listens on loopback addresses only.
    token: Option<Secret>,
}

impl Admin {
    /// For a server that is `near` if it listens on loopback addresses only, with its metadata service at `metadata`.
    pub(crate) fn new(cloud: Arc<Cloud>, near: bool, metadata: Option<SocketAddr>) -> Self {
        let given = cloud.config().admin_token.clone();
        let token = match near {
            true => given,
            false => Some(given.unwrap_or_else(random_token)),
        };
        Self {
            open: routes::open(cloud.clone()),
            router: routes::router(cloud, metadata),
            token,
        }
    }

    /// The token that the admin API asks for, if it does.
    pub fn token(&self) -> Option<&Secret> {
        self.token.as_ref()
    }

    /// Answers one request below `/_localyun/`.
    pub(crate) async fn answer(&self, head: &Head, body: Body) -> Response {
        let router = match self.router_for(head) {
            Ok(router) => router.clone(),
            Err(refusal) => return *refusal,
        };
        let bytes = match body.collect(MAX_BODY).await {
            Ok(bytes) => bytes,
            Err(error) => return refuse(StatusCode::BAD_REQUEST, format!("localyun: {error}")),
        };
        let mut request = Request::new(axum::body::Body::from(bytes));
        *request.method_mut() = head.method.clone();
        *request.headers_mut() = head.headers.clone();
        match format!("{}?{}", head.path, head.query.raw()).parse() {
            Ok(uri) => *request.uri_mut() = uri,
            Err(_) => return refuse(StatusCode::BAD_REQUEST, "localyun: the path cannot be read"),
        }
        let Ok(response) = router.oneshot(request).await;
        finish(response).await
    }

    /// The pages that whoever sends this may see.
    fn router_for(&self, head: &Head) -> Result<&Router, Box<Response>> {
        if head.path == "/_localyun/health" {
            return Ok(&self.router);
        }
        if is_from_a_page(head) {
            let text = "localyun: the admin API does not answer to web pages";
            return Err(Box::new(refuse(StatusCode::FORBIDDEN, text)));
        }
        if routes::is_open(&head.path) {
            return Ok(&self.open);
        }
        self.admit(head).map(|()| &self.router)
    }

    fn admit(&self, head: &Head) -> Result<(), Box<Response>> {
        let Some(token) = &self.token else {
            return Ok(());
        };
        let given = head.header("x-localyun-admin-token").or_else(|| {
            let value = head.header("authorization")?;
            value.strip_prefix("Bearer ")
        });
        match given {
            Some(given) if same(given, token) => Ok(()),
            _ => Err(Box::new(refuse(
                StatusCode::FORBIDDEN,
                "localyun: the admin API needs the admin token (printed at start, or set with --admin-token) \
                 in the header x-localyun-admin-token",
            ))),
        }
    }
}

/// Whether a web page sent a request, by what browsers add. Not even this server's own pages are let in: one may be an
/// object that somebody stored in it. What a person types into a browser comes from no page.
pub(crate) fn is_from_a_page(head: &Head) -> bool {
    let site = head.headers.get("sec-fetch-site");
    head.headers.contains_key(http::header::ORIGIN) || site.is_some_and(|site| site != "none")
}

/// In a time that does not depend on where they differ.
pub(crate) fn same(given: &str, token: &Secret) -> bool {
    given.as_bytes().ct_eq(token.expose().as_bytes()).into()
}

/// 128 random bits. Without randomness there is no token to guess, and none to give.
fn random_token() -> Secret {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).expect("the system gives random bytes");
    Secret::new(format!("{:032x}", u128::from_be_bytes(bits)))
}

async fn finish(response: axum::response::Response) -> Response {
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.map(|whole| whole.to_bytes());
    let body = bytes.map(ResponseBody::full).unwrap_or_default();
    http::Response::from_parts(parts, body)
}
