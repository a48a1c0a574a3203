//! What an operation answers, and how it looks on the wire.

use chrono::{DateTime, Utc};
use gateway::{Fault, Head, RequestId, Response, ResponseBody};
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, DATE, ETAG};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use crate::Generation;
use crate::web::visit;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-fc-request-id");

/// An answer without the headers that every response has.
#[derive(Debug)]
pub struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: ResponseBody,
}

impl Reply {
    /// 200 with a JSON object.
    pub(crate) fn json(value: &Map<String, Value>) -> Result<Self, Fault> {
        let text = serde_json::to_vec(value).map_err(Fault::internal)?;
        let mut reply = Self {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: ResponseBody::full(text),
        };
        let kind = HeaderValue::from_static("application/json");
        reply.headers.insert(CONTENT_TYPE, kind);
        Ok(reply)
    }

    /// 204.
    pub(crate) fn no_content() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            headers: HeaderMap::new(),
            body: ResponseBody::Empty,
        }
    }

    /// Nothing, in the status that a generation has for it where 2021-04-06 differs: 200 there, 204 in the others.
    pub(crate) fn emptied(generation: Generation) -> Self {
        let mut reply = Self::no_content();
        if generation == Generation::V2021 {
            reply.status = StatusCode::OK;
        }
        reply
    }

    /// Adds the tag of the row's version, which FC 2.0 has and 3.0 has not.
    #[must_use]
    pub(crate) fn tagged(mut self, generation: Generation, tag: &str) -> Self {
        if generation.has_services() {
            self.add(ETAG, tag);
        }
        self
    }

    /// Adds a header; a value that cannot be one is left out.
    pub(crate) fn add(&mut self, name: HeaderName, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
    }
}

/// The response to a request.
pub(crate) fn render(
    outcome: Result<Reply, Fault>,
    head: &Head,
    id: &RequestId,
    wall: DateTime<Utc>,
) -> Response {
    let reply = outcome.unwrap_or_else(|fault| failure(&fault, head, id));
    let mut response = Response::new(reply.body);
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    let length = response.body().length();
    let headers = response.headers_mut();
    if reply.status != StatusCode::NO_CONTENT {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    let date = wall.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    for (name, value) in [(DATE, date.as_str()), (REQUEST_ID, id.as_str())] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    response
}

/// Error bodies are the one thing that each generation words with other names (spec/fc.md §3.1).
fn failure(fault: &Fault, head: &Head, id: &RequestId) -> Reply {
    let (code, message) = match fault.code() {
        "InternalError" => (
            "InternalServerError",
            "an internal error has occurred, please retry",
        ),
        code => (code, fault.text()),
    };
    let body = match Generation::of(head) {
        Generation::V2023 => {
            json!({"RequestId": id.as_str(), "Code": code, "Message": message})
        }
        Generation::V2016 => json!({"ErrorCode": code, "ErrorMessage": message}),
        // Documented are the names of 2016-08-15; the generation's own clients read those of 2023-03-30.
        Generation::V2021 => json!({
            "RequestId": id.as_str(), "Code": code, "Message": message,
            "ErrorCode": code, "ErrorMessage": message,
        }),
    };
    let mut reply = Reply {
        status: fault.status(),
        headers: HeaderMap::new(),
        body: ResponseBody::full(body.to_string()),
    };
    let kind = HeaderValue::from_static("application/json");
    reply.headers.insert(CONTENT_TYPE, kind);
    if visit::is_one(head) {
        let kind = HeaderName::from_static("x-fc-error-type");
        reply
            .headers
            .insert(kind, HeaderValue::from_static("FCCommonError"));
        let saved = HeaderValue::from_static("attachment");
        reply.headers.insert(CONTENT_DISPOSITION, saved);
    }
    for (name, value) in fault.headers() {
        reply.headers.insert(name, value.clone());
    }
    reply
}
