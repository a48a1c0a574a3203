//! Thin clients of a running server: of the admin API, and in [`signed`] of the services' own.

pub(crate) mod signed;

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use signature::Secret;

/// The longest answer that is read, in bytes. The table of usage is the longest that there is.
const MOST: u64 = 64 << 20;

/// Talks to the admin API of a running server.
#[derive(Debug)]
pub(crate) struct Client {
    endpoint: String,
    token: Option<Secret>,
    agent: ureq::Agent,
}

/// Why a server did not do what it was asked for, as a sentence.
#[derive(Debug)]
pub(crate) struct ClientError(String);

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Client {
    /// A client of the server at `endpoint`, such as `http://127.0.0.1:4577`.
    pub(crate) fn new(endpoint: &str, token: Option<Secret>, timeout: Duration) -> Self {
        let with_scheme = if endpoint.contains("://") {
            endpoint.to_owned()
        } else {
            format!("http://{endpoint}")
        };
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .proxy(None)
            .build();
        Self {
            endpoint: with_scheme.trim_end_matches('/').to_owned(),
            token,
            agent: config.into(),
        }
    }

    /// Where it talks to.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// `GET /_localyun/<page>`.
    pub(crate) fn get<T: DeserializeOwned>(&self, page: &str) -> Result<T, ClientError> {
        let mut request = self.agent.get(self.url(page));
        if let Some(token) = &self.token {
            request = request.header("x-localyun-admin-token", token.expose());
        }
        self.finish(request.call())
    }

    /// `POST /_localyun/<page>` with a JSON body.
    pub(crate) fn post<T: DeserializeOwned>(
        &self,
        page: &str,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.send(self.agent.post(self.url(page)), body)
    }

    /// `PUT /_localyun/<page>` with a JSON body.
    pub(crate) fn put<T: DeserializeOwned>(
        &self,
        page: &str,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.send(self.agent.put(self.url(page)), body)
    }

    fn send<T: DeserializeOwned>(
        &self,
        request: ureq::RequestBuilder<ureq::typestate::WithBody>,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        let body = serde_json::to_vec(body).map_err(|e| ClientError(e.to_string()))?;
        let mut request = request.header("content-type", "application/json");
        if let Some(token) = &self.token {
            request = request.header("x-localyun-admin-token", token.expose());
        }
        self.finish(request.send(&body[..]))
    }

    /// `DELETE /_localyun/<page>`.
    pub(crate) fn delete<T: DeserializeOwned>(&self, page: &str) -> Result<T, ClientError> {
        let mut request = self.agent.delete(self.url(page));
        if let Some(token) = &self.token {
            request = request.header("x-localyun-admin-token", token.expose());
        }
        self.finish(request.call())
    }

    /// Nobody answers.
    fn silent(&self, error: &ureq::Error) -> ClientError {
        let endpoint = &self.endpoint;
        ClientError(format!(
            "no LocalYun server answers at {endpoint} ({error}); start one with `localyun start`, or name another with \
             --endpoint"
        ))
    }

    /// The answer has no end.
    fn broke_off(&self, error: &ureq::Error) -> ClientError {
        ClientError(format!(
            "the answer of {} broke off: {error}",
            self.endpoint
        ))
    }

    fn url(&self, page: &str) -> String {
        format!("{}/_localyun/{page}", self.endpoint)
    }

    fn finish<T: DeserializeOwned>(
        &self,
        sent: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<T, ClientError> {
        let mut response = sent.map_err(|e| self.silent(&e))?;
        let status = response.status();
        let text = response.body_mut().with_config().limit(MOST);
        let text = text.read_to_string().map_err(|e| self.broke_off(&e))?;
        if !status.is_success() {
            return Err(ClientError(refusal(&text)));
        }
        serde_json::from_str(&text).map_err(|_| {
            let endpoint = &self.endpoint;
            ClientError(format!(
                "what answers at {endpoint} is not a LocalYun server"
            ))
        })
    }
}

/// The sentence inside a refusal.
fn refusal(text: &str) -> String {
    let parsed: Option<Value> = serde_json::from_str(text).ok();
    let sentence = parsed.and_then(|v| v.get("error")?.as_str().map(str::to_owned));
    sentence.unwrap_or_else(|| text.trim().to_owned())
}
