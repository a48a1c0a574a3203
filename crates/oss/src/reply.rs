//! What an operation answers.

use bytes::Bytes;
use gateway::ResponseBody;
use gateway::xml::Xml;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};

/// An answer without the headers that every response has.
#[derive(Debug)]
pub struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: ResponseBody,
}

impl Reply {
    /// An answer with this status and nothing else.
    pub fn new(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::with_capacity(24),
            body: ResponseBody::Empty,
        }
    }

    /// 200.
    pub fn ok() -> Self {
        Self::new(StatusCode::OK)
    }

    /// 204.
    pub fn no_content() -> Self {
        Self::new(StatusCode::NO_CONTENT)
    }

    /// 200 with an XML document.
    pub fn xml(xml: Xml) -> Self {
        let kind = HeaderValue::from_static("application/xml");
        let mut reply = Self::ok().header(CONTENT_TYPE, kind);
        reply.body = ResponseBody::full(Bytes::from(xml.finish()));
        reply
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: ResponseBody) -> Self {
        self.body = body;
        self
    }
}
