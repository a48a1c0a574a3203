//! One request to a program, and its answer (`spec/fc.md` §2).

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Method, Request};

use super::api::End;
use super::headers::Facts;
use super::http_params;
use super::server::Answer;
use crate::runtime::Stage;
use crate::{ErrorKind, HttpAnswer, Invocation};

/// What the log says of an answer to a request over HTTP that is none.
pub(super) const NOT_HTTP: &str = "localyun: the function has answered a request over HTTP as an event: it describes no status and headers";

/// What came of a request.
pub(super) struct Came {
    pub(super) body: Bytes,
    pub(super) http: Option<HttpAnswer>,
    pub(super) error: Option<ErrorKind>,
}

impl Came {
    /// What a caller over HTTP gets from a program that has answered otherwise.
    fn not_http() -> Self {
        Self {
            body: serde_json::json!({ "errorMessage": NOT_HTTP })
                .to_string()
                .into(),
            http: None,
            error: Some(ErrorKind::UnhandledInvocation),
        }
    }
}

/// Which of the requests to a program.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Invoke,
    Stage(Stage),
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Invoke => "Invoke",
            Self::Stage(stage) => stage.as_str(),
        }
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Invoke => "/invoke",
            Self::Stage(Stage::Initialize) => "/initialize",
            Self::Stage(Stage::PreStop) => "/pre-stop",
            Self::Stage(Stage::PreFreeze) => "/pre-freeze",
        }
    }

    pub(super) fn method(self) -> Method {
        match self {
            Self::Invoke | Self::Stage(Stage::Initialize) => Method::POST,
            Self::Stage(Stage::PreStop | Stage::PreFreeze) => Method::GET,
        }
    }

    /// `x-fc-function-type`, as fc-runtime-go-sdk reads it.
    pub(super) fn number(self) -> &'static str {
        match self {
            Self::Invoke => "0",
            Self::Stage(Stage::Initialize) => "1",
            Self::Stage(Stage::PreFreeze) => "2",
            Self::Stage(Stage::PreStop) => "3",
        }
    }

    pub(super) fn error(self) -> ErrorKind {
        match self {
            Self::Invoke => ErrorKind::UnhandledInvocation,
            Self::Stage(_) => ErrorKind::Initialization,
        }
    }
}

/// A request to a server.
pub(super) fn request(
    facts: &Facts,
    kind: Kind,
    invocation: &Invocation,
    body: Bytes,
) -> Request<Bytes> {
    let mut request = Request::new(body);
    let through = invocation
        .http
        .as_ref()
        .filter(|_| matches!(kind, Kind::Invoke));
    match through.and_then(|http| Some((http, http.target().parse().ok()?))) {
        Some((http, target)) => {
            *request.method_mut() = http.method.clone();
            *request.uri_mut() = target;
            *request.headers_mut() = http.headers.clone();
            add(request.headers_mut(), facts.of(invocation, "/http-invoke"));
        }
        None => {
            *request.method_mut() = kind.method();
            *request.uri_mut() = http::Uri::from_static(kind.path());
            *request.headers_mut() = facts.of(invocation, kind.path());
            let stream = HeaderValue::from_static("application/octet-stream");
            request.headers_mut().insert(CONTENT_TYPE, stream);
        }
    }
    // A client may leave out the length of nothing, which many servers want to be told.
    let (method, length) = (request.method().clone(), request.body().len());
    let headers = request.headers_mut();
    match request_has_body(&method, length) {
        true => headers.insert(CONTENT_LENGTH, length.into()),
        false => headers.remove(CONTENT_LENGTH),
    };
    let host = HeaderValue::from_static("localhost");
    headers.entry(HOST).or_insert(host);
    request
}

fn request_has_body(method: &Method, length: usize) -> bool {
    length > 0 || ![Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

fn add(to: &mut HeaderMap, more: HeaderMap) {
    for (name, value) in more {
        if let Some(name) = name {
            to.insert(name, value);
        }
    }
}

/// What a program that asks for its requests has posted. `through`: as the answer to a request over HTTP.
pub(super) fn posted(kind: Kind, through: bool, end: End) -> Came {
    if through && end.error.is_none() {
        let answer = http_params::answer(end.http_params.as_ref(), &end.body);
        return answer.map_or_else(Came::not_http, |(answer, body)| Came {
            body,
            http: Some(answer),
            error: None,
        });
    }
    let error = end.error.map(|error| match kind {
        Kind::Invoke => error,
        Kind::Stage(_) => kind.error(),
    });
    Came {
        body: end.body,
        http: None,
        error,
    }
}

/// What a server has answered. Of an event its status and headers are lost, but for `x-fc-status`.
pub(super) fn answered(kind: Kind, invocation: &Invocation, answer: Answer) -> Came {
    let Answer {
        status,
        headers,
        body,
    } = answer;
    let error = match kind {
        Kind::Invoke => {
            let said = headers.get("x-fc-status");
            let failed = said.is_some_and(|said| said.as_bytes() == b"404");
            failed.then_some(ErrorKind::Invocation)
        }
        Kind::Stage(_) if status.is_success() => None,
        Kind::Stage(stage) => {
            let sentence = format!(
                "{} failed with status code: {}",
                stage.as_str(),
                status.as_u16()
            );
            return Came {
                body: serde_json::json!({ "errorMessage": sentence })
                    .to_string()
                    .into(),
                http: None,
                error: Some(kind.error()),
            };
        }
    };
    let through = invocation.http.is_some() && matches!(kind, Kind::Invoke);
    let http = through.then_some(HttpAnswer { status, headers });
    Came { body, http, error }
}
