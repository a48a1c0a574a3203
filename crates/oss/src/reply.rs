//! What an operation answers.

use bytes::{Bytes, BytesMut};
use gateway::ResponseBody;
use gateway::xml::Xml;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};

/// An answer without the headers that every response has.
#[derive(Debug)]
pub struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Headers,
    pub(crate) body: ResponseBody,
    /// What `Content-Length` says, where that is not the body's length.
    pub(crate) length: Option<u64>,
}

impl Reply {
    /// An answer with this status and nothing else.
    pub fn new(status: StatusCode) -> Self {
        Self {
            status,
            headers: Headers::default(),
            body: ResponseBody::Empty,
            length: None,
        }
    }

    /// 200.
    pub fn ok() -> Self {
        Self::new(StatusCode::OK)
    }

    /// 200 with these headers.
    pub(crate) fn of(headers: Headers) -> Self {
        Self {
            status: StatusCode::OK,
            headers,
            body: ResponseBody::Empty,
            length: None,
        }
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

/// The headers of an answer. The texts that are written for it share one piece of memory: a piece for each would cost
/// more to get and to give back than the text does to write.
#[derive(Debug)]
pub(crate) struct Headers {
    map: HeaderMap,
    /// What is left of that memory.
    room: BytesMut,
    /// What `Content-Length` says already, where the headers that every response has are there as well
    /// ([`render::complete`](crate::render::complete)).
    complete: Option<u64>,
}

/// The texts of nearly every answer have room in as many bytes.
const ROOM: usize = 192;

impl Default for Headers {
    fn default() -> Self {
        Self {
            map: HeaderMap::with_capacity(24),
            room: BytesMut::new(),
            complete: None,
        }
    }
}

impl Headers {
    /// Those of an answer of this length, made complete before.
    pub(crate) fn completed(map: HeaderMap, length: u64) -> Self {
        Self {
            map,
            room: BytesMut::new(),
            complete: Some(length),
        }
    }

    /// The length that they name, if they were made complete before.
    pub(crate) fn complete(&self) -> Option<u64> {
        self.complete
    }

    /// Puts a header in the place of those of its name.
    pub(crate) fn insert(&mut self, name: HeaderName, value: HeaderValue) {
        self.map.insert(name, value);
    }

    /// The same with a text to be copied; nothing where a header cannot hold it.
    pub(crate) fn write(&mut self, name: HeaderName, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        if self.room.capacity() < text.len() {
            self.room = BytesMut::with_capacity(ROOM.max(text.len()));
        }
        self.room.extend_from_slice(text);
        let copy = self.room.split().freeze();
        if let Ok(value) = HeaderValue::from_maybe_shared(copy) {
            self.map.insert(name, value);
        }
    }

    /// The same with a number.
    pub(crate) fn write_number(&mut self, name: HeaderName, number: u64) {
        self.write(name, itoa::Buffer::new().format(number));
    }

    /// Puts all of these in the places of those of their names.
    pub(crate) fn extend(&mut self, others: HeaderMap) {
        self.map.extend(others);
    }

    /// Those that there are.
    pub(crate) fn map(&self) -> &HeaderMap {
        &self.map
    }

    /// The same, to be kept.
    pub(crate) fn into_map(self) -> HeaderMap {
        self.map
    }
}

#[cfg(test)]
mod tests {
    use http::header::{CONTENT_LENGTH, DATE, ETAG};

    use super::*;

    #[test]
    fn texts_are_kept_apart() {
        let mut headers = Headers::default();
        let long = "v".repeat(ROOM - 3);
        headers.write(ETAG, "abc");
        headers.write_number(CONTENT_LENGTH, 10);
        headers.write(CONTENT_TYPE, &long);
        headers.write(DATE, "line\nbreak");
        headers.write(ETAG, "d");
        let map = headers.into_map();
        assert_eq!(map[ETAG], "d");
        assert_eq!(map[CONTENT_LENGTH], "10");
        assert_eq!(map[CONTENT_TYPE], long);
        assert!(!map.contains_key(DATE));
    }
}
