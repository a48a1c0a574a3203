//! Requests over HTTP that reach functions through their triggers (spec/fc.md §1.10, §3.7).
//!
//! A request comes in under the trigger's own host, or in FC 2.0 under a path of the API. Its trigger says whether it is
//! asked who makes it, so it is looked up first (`visit`). Functions that speak HTTP get the request itself; Python
//! functions of FC 3.0 get an `event` that describes it, and what they return describes an `answer`.

pub(crate) mod address;
pub(crate) mod answer;
mod cors;
pub(crate) mod event;
pub(crate) mod jwt;
pub(crate) mod kept;
pub(crate) mod settings;
pub(crate) mod visit;

mod serve;

use std::net::IpAddr;

use http::{HeaderMap, Method, StatusCode, Version};

pub(crate) use serve::serve;
pub(crate) use visit::Visit;

/// A request over HTTP to a function, but for its body, which is the event of the [`Invocation`](crate::Invocation).
#[derive(Debug, Clone)]
pub struct HttpRequest {
    /// The verb.
    pub method: Method,
    /// The version of HTTP that the client speaks.
    pub version: Version,
    /// As on the wire: percent-encoded, beginning with `/`, without the query. In FC 2.0 without
    /// `/<version>/proxy/<service>/<function>`.
    pub path: String,
    /// As on the wire, without the `?`; empty without one.
    pub query: String,
    /// The client's. What is of one connection only, and what only the service may say, is taken out.
    pub headers: HeaderMap,
    /// Where it came from.
    pub source: IpAddr,
    /// The target as the client sent it, query included.
    pub uri: String,
}

impl HttpRequest {
    /// The path with its query.
    pub fn target(&self) -> String {
        match self.query.is_empty() {
            true => self.path.clone(),
            false => format!("{}?{}", self.path, self.query),
        }
    }
}

/// What a function that speaks HTTP itself has answered, but for the body, which is that of the
/// [`Outcome`](crate::Outcome).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The status.
    pub status: StatusCode,
    /// All that the function has set.
    pub headers: HeaderMap,
}
