//! Requests to the services' own APIs, signed with ACS3-HMAC-SHA256 as the SDKs sign them.

use gateway::Clock;
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header};
use serde_json::Value;
use signature::{Payload, Plus, Query, Signable, acs3};

use super::{Client, ClientError, MOST};
use crate::KeyPair;

/// One request.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Signed<'a> {
    /// The host name of the service, which also tells the region.
    pub host: &'a str,
    /// The verb.
    pub method: &'a str,
    /// The path, encoded.
    pub path: &'a str,
    /// The query without the question mark, encoded.
    pub query: &'a str,
    /// The version of the API.
    pub version: &'a str,
    /// The operation.
    pub action: &'a str,
    /// Further headers.
    pub headers: &'a [(&'static str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// A header as text; empty where it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON; null where it is something else.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Client {
    /// Sends a request to a service, whatever it answers.
    pub(crate) fn signed(&self, what: &Signed<'_>, key: &KeyPair) -> Result<Answer, ClientError> {
        let wrong =
            |e: &dyn std::fmt::Display| ClientError(format!("cannot make the request: {e}"));
        let mut headers = headers(what).map_err(|e| wrong(&e))?;
        let query = Query::parse(what.query, Plus::Literal).map_err(|e| wrong(&e))?;
        let names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        let signable = Signable {
            method: what.method,
            path: what.path,
            query: &query,
            form: None,
            headers: &headers,
            resource: None,
            payload: Payload::Bytes(what.body),
        };
        let proof = acs3::sign(&signable, &key.id, &key.secret, &names);
        let proof = HeaderValue::from_str(&proof).map_err(|e| wrong(&e))?;
        headers.insert(header::AUTHORIZATION, proof);
        let question = if what.query.is_empty() { "" } else { "?" };
        let url = format!("{}{}{question}{}", self.endpoint, what.path, what.query);
        let request = Request::builder().method(what.method).uri(url).body(());
        let (mut parts, ()) = request.map_err(|e| wrong(&e))?.into_parts();
        parts.headers = headers;
        let sent = match what.body {
            [] => self.agent.run(Request::from_parts(parts, ())),
            body => self.agent.run(Request::from_parts(parts, body)),
        };
        self.receive(sent)
    }

    fn receive(
        &self,
        sent: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Answer, ClientError> {
        let mut response = sent.map_err(|e| self.silent(&e))?;
        let body = response.body_mut().with_config().limit(MOST).read_to_vec();
        Ok(Answer {
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            body: body.map_err(|e| self.broke_off(&e))?,
        })
    }
}

/// All of them are signed.
fn headers(what: &Signed<'_>) -> Result<HeaderMap, String> {
    let date = Clock::system()
        .wall()
        .format("%Y-%m-%dT%H:%M:%SZ")
        .to_string();
    let nonce = getrandom::u64().map_err(|e| e.to_string())?;
    let (nonce, hash) = (format!("{nonce:016x}"), acs3::content_sha256(what.body));
    let own = [
        ("host", what.host),
        ("accept", "application/json"),
        ("x-acs-version", what.version),
        ("x-acs-action", what.action),
        ("x-acs-date", &date),
        ("x-acs-signature-nonce", &nonce),
        ("x-acs-content-sha256", &hash),
    ];
    let mut headers = HeaderMap::new();
    for (name, value) in own.iter().chain(what.headers) {
        let value = HeaderValue::from_str(value).map_err(|_| format!("`{value}` in {name}"))?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}
