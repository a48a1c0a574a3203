//! A request without its body: what routing, signatures and policies look at.

use std::net::IpAddr;

use http::header::AsHeaderName;
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, Version, header};
use signature::{Plus, Query};

use crate::Client;
use crate::host::Endpoint;

/// The line and headers of one request, as received.
#[derive(Debug)]
pub struct Head {
    /// The verb.
    pub method: Method,
    /// The version of HTTP.
    pub version: Version,
    /// The path as on the wire: still percent-encoded, never normalized, without the query.
    pub path: String,
    /// The query's parameters in order.
    pub query: Query,
    /// The parameters of an urlencoded body, or the fields of a multipart one, where the service reads one.
    pub form: Option<Query>,
    /// All headers.
    pub headers: HeaderMap,
    /// The host that the client named, for `HostId`: the target's authority, else the `Host` header.
    pub host: String,
    /// Whether there is more than one `Host` header, which no server may answer (RFC 9112 §3.2).
    pub repeats_host: bool,
    /// What that host says.
    pub endpoint: Endpoint,
    /// The address the request came from.
    pub peer: IpAddr,
    /// Who waits for the answer.
    pub client: Client,
    /// Whether it came through TLS.
    pub secure: bool,
    /// Which headers that few requests have are there.
    pub rare: Rare,
    /// Why the query could not be read, if it could not. Each service refuses it in its own words.
    pub bad_query: Option<String>,
}

/// Whether there are headers of some kinds, told by one walk over all: looking each up costs more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rare {
    /// `If-Match` and its kin, `Range` or `If-Range`.
    pub selects: bool,
    /// `Origin`.
    pub origin: bool,
    /// `Expect`.
    pub expects: bool,
    /// Any that begins with `x-oss-`.
    pub oss: bool,
}

impl Rare {
    /// Those of a request.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut rare = Self::default();
        for name in headers.keys().map(HeaderName::as_str) {
            match name.as_bytes() {
                [b'i', b'f', b'-', ..] | b"range" => rare.selects = true,
                b"origin" => rare.origin = true,
                b"expect" => rare.expects = true,
                [b'x', b'-', b'o', b's', b's', b'-', ..] => rare.oss = true,
                _ => {}
            }
        }
        rare
    }
}

impl Head {
    /// Takes a request apart. `names` are the bare host names of this server.
    pub fn new(parts: Parts, peer: IpAddr, secure: bool, names: &[String]) -> Self {
        let (host, repeats_host) = host_of(&parts);
        let raw = parts.uri.query().unwrap_or_default();
        let (query, bad_query) = match Query::parse(raw, Plus::Space) {
            Ok(query) => (query, None),
            Err(bad) => (Query::default(), Some(bad.to_string())),
        };
        Self {
            method: parts.method,
            version: parts.version,
            path: parts.uri.path().to_owned(),
            query,
            form: None,
            endpoint: Endpoint::read(&host, names),
            rare: Rare::of(&parts.headers),
            headers: parts.headers,
            host,
            repeats_host,
            peer,
            client: Client::default(),
            secure,
            bad_query,
        }
    }

    /// A header's text; a value that is not UTF-8 counts as absent here and is refused by who needs it.
    pub fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        let value = self.headers.get(name)?;
        std::str::from_utf8(value.as_bytes()).ok()
    }

    /// A parameter of the query, else of the form: the union that RPC calls use.
    pub fn param(&self, name: &str) -> Option<&str> {
        let form = || self.form.as_ref()?.first(name);
        self.query.first(name).or_else(form)
    }

    /// The media type of the body without its parameters, in lower case.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header(header::CONTENT_TYPE.as_str())?;
        let kind = value.split(';').next().unwrap_or(value);
        Some(kind.trim().to_ascii_lowercase())
    }
}

/// The host, and whether the header is there more than once. A target in absolute form wins over it (RFC 9112 §3.2.2).
fn host_of(parts: &Parts) -> (String, bool) {
    let mut hosts = parts.headers.get_all(header::HOST).iter();
    let (host, another) = (hosts.next(), hosts.next());
    let host = match parts.uri.authority() {
        Some(authority) => authority.as_str(),
        None => host.and_then(|host| host.to_str().ok()).unwrap_or_default(),
    };
    (host.to_owned(), another.is_some())
}
