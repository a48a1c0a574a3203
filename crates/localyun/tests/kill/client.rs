//! Signed requests over the wire, one at a time.

use std::time::Duration;

use gateway::Clock;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use signature::{Payload, Plus, Query, Resource, Secret, Signable};

/// Why a worker cannot go on.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The server is gone, and the request may or may not have been carried out.
    Gone,
    /// The server gave an answer that it must not give.
    Wrong(String),
}

/// Talks to one server over one connection that is kept open.
#[derive(Debug)]
pub(crate) struct Client {
    url: String,
    agent: ureq::Agent,
    clock: Clock,
}

/// A request before it is signed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask<'a> {
    pub(crate) method: &'static str,
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: &'a [u8],
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn ask<'a>(method: &'static str, bucket: &'a str, key: &'a str) -> Ask<'a> {
    Ask {
        method,
        bucket,
        key,
        ..Ask::default()
    }
}

impl Client {
    pub(crate) fn new(url: &str) -> Client {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(60)))
            .http_status_as_error(false)
            .proxy(None)
            .build();
        Client {
            url: url.to_owned(),
            agent: config.into(),
            clock: Clock::system(),
        }
    }

    /// Sends a request and reads the whole answer.
    pub(crate) fn send(&self, ask: &Ask<'_>) -> Result<Answer, Stop> {
        let request = self.signed(ask).map_err(|e| Stop::Wrong(e.to_string()))?;
        let answer = if ask.body.is_empty() && ask.method != "POST" && ask.method != "PUT" {
            self.agent.run(request.map(|_| ()))
        } else {
            self.agent.run(request)
        };
        let mut answer = answer.map_err(|_| Stop::Gone)?;
        let body = answer
            .body_mut()
            .with_config()
            .limit(u64::MAX)
            .read_to_vec();
        Ok(Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: body.map_err(|_| Stop::Gone)?,
        })
    }

    /// Sends a request that must be answered with this status.
    pub(crate) fn must(&self, ask: &Ask<'_>, status: u16) -> Result<Answer, Stop> {
        let answer = self.send(ask)?;
        if answer.status == status {
            return Ok(answer);
        }
        Err(answer.wrong(ask))
    }

    fn signed<'a>(&self, ask: &Ask<'a>) -> Result<Request<&'a [u8]>, http::Error> {
        let path = match (ask.bucket, ask.key) {
            ("", _) => "/".to_owned(),
            (bucket, key) => format!("/{bucket}/{key}"),
        };
        let date = self.clock.wall().format("%a, %d %b %Y %H:%M:%S GMT");
        let mut headers = HeaderMap::new();
        headers.insert("date", HeaderValue::from_str(&date.to_string())?);
        headers.insert(
            "content-type",
            HeaderValue::from_static("application/octet-stream"),
        );
        for (name, value) in ask.headers {
            headers.insert(
                HeaderName::from_bytes(name.as_bytes())?,
                HeaderValue::from_str(value)?,
            );
        }
        let query = Query::parse(ask.query, Plus::Space).unwrap_or_default();
        let signable = Signable {
            method: ask.method,
            path: &path,
            query: &query,
            form: None,
            headers: &headers,
            resource: Some(Resource {
                bucket: Some(ask.bucket).filter(|bucket| !bucket.is_empty()),
                key: Some(ask.key).filter(|key| !key.is_empty()),
            }),
            payload: Payload::Streamed,
        };
        let signature = signature::oss_v1::sign(&signable, "localyun", &Secret::new("localyun"));
        headers.insert("authorization", HeaderValue::from_str(&signature)?);
        let target = match ask.query {
            "" => format!("{}{path}", self.url),
            query => format!("{}{path}?{query}", self.url),
        };
        let mut request = Request::builder()
            .method(ask.method)
            .uri(target)
            .body(ask.body)?;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

impl Answer {
    /// What stands in the first element of this name.
    pub(crate) fn text(&self, element: &str) -> String {
        self.texts(element).into_iter().next().unwrap_or_default()
    }

    /// What stands in the elements of this name.
    pub(crate) fn texts(&self, element: &str) -> Vec<String> {
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        let xml = String::from_utf8_lossy(&self.body);
        let inside = |part: &str| part.split(&close).next().unwrap_or_default().to_owned();
        xml.split(&open).skip(1).map(inside).collect()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(HeaderValue::to_str);
        value.and_then(Result::ok).unwrap_or_default()
    }

    /// That this is no answer to that.
    pub(crate) fn wrong(&self, ask: &Ask<'_>) -> Stop {
        let Ask {
            method,
            bucket,
            key,
            query,
            ..
        } = ask;
        let body = String::from_utf8_lossy(&self.body);
        Stop::Wrong(format!(
            "{method} /{bucket}/{key}?{query}: {} {body:.400}",
            self.status
        ))
    }
}
