use std::borrow::Cow;

use http::header::AsHeaderName;
use http::{HeaderMap, HeaderValue};

use crate::Query;

/// What an OSS request names, decoded. The schemes sign `/bucket/key` whatever the addressing was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resource<'a> {
    /// The bucket; none for a request to the service itself.
    pub bucket: Option<&'a str>,
    /// The object key; none for a request to the bucket.
    pub key: Option<&'a str>,
}

/// The body, as far as a signature is concerned with it.
#[derive(Clone, Copy, Debug)]
pub enum Payload<'a> {
    /// The whole body; where a scheme signs the body's hash, it is computed and compared.
    Bytes(&'a [u8]),
    /// The body is not here (yet); the hash that the client declares is taken on trust, and comparing it with the
    /// body is left to the caller ([`crate::Claim::content_sha256`]).
    Streamed,
}

/// Everything of a request that some scheme may sign.
#[derive(Clone, Copy, Debug)]
pub struct Signable<'a> {
    /// The HTTP method as sent.
    pub method: &'a str,
    /// The path as it stood on the wire, without the query.
    pub path: &'a str,
    /// The parameters of the URL.
    pub query: &'a Query,
    /// The parameters of a urlencoded body (RPC), or the fields before the file of a multipart one (OSS).
    pub form: Option<&'a Query>,
    /// The headers as received.
    pub headers: &'a HeaderMap,
    /// What the request names (OSS); without one, OSS schemes sign `/`.
    pub resource: Option<Resource<'a>>,
    /// The body.
    pub payload: Payload<'a>,
}

impl<'a> Signable<'a> {
    /// The first non-absent value of a header, trimmed.
    pub(crate) fn header(&self, name: impl AsHeaderName) -> Option<Cow<'a, str>> {
        self.headers.get(name).map(text)
    }

    /// As [`Self::header`], with an empty value taken for none.
    pub(crate) fn filled_header(&self, name: impl AsHeaderName) -> Option<Cow<'a, str>> {
        self.header(name).filter(|value| !value.is_empty())
    }

    /// The values of a header, trimmed and joined with commas, at the end of `into`.
    pub(crate) fn push_header(&self, into: &mut String, name: &str) {
        for (index, value) in self.headers.get_all(name).iter().enumerate() {
            if index > 0 {
                into.push(',');
            }
            into.push_str(&text(value));
        }
    }

    /// The headers that are signed, sorted, one `name:value` a line.
    pub(crate) fn push_headers(&self, into: &mut String, is_signed: impl Fn(&str) -> bool) {
        let names = self.headers.keys().map(|name| name.as_str());
        let mut names: Vec<_> = names.filter(|name| is_signed(name)).collect();
        names.sort_unstable();
        for name in names {
            into.push_str(name);
            into.push(':');
            self.push_header(into, name);
            into.push('\n');
        }
    }

    /// Whether a header is there and all of its values are blank.
    pub(crate) fn is_blank(&self, name: &str) -> bool {
        let mut values = self.headers.get_all(name).iter().peekable();
        values.peek().is_some() && values.all(|value| value.as_bytes().trim_ascii().is_empty())
    }

    /// Whether it names a bucket without a key, in a path that does not end with a slash.
    pub(crate) fn is_bare_bucket(&self) -> bool {
        let named = self.resource.unwrap_or_default();
        let bucket = named.bucket.is_some() && named.key.is_none_or(str::is_empty);
        bucket && !self.path.ends_with('/')
    }

    /// `/`, `/bucket/` or `/bucket/key`, each part written by `push`.
    pub(crate) fn push_resource(&self, into: &mut String, push: fn(&mut String, &str)) {
        let Resource { bucket, key } = self.resource.unwrap_or_default();
        into.push('/');
        if let Some(bucket) = bucket {
            push(into, bucket);
            into.push('/');
            push(into, key.unwrap_or_default());
        }
    }
}

/// A header value as clients see it when they sign: UTF-8, or else Latin-1, which is how Node and Python put a
/// string with accents on the wire. Surrounding blanks do not count.
pub(crate) fn text(value: &HeaderValue) -> Cow<'_, str> {
    let bytes = value.as_bytes().trim_ascii();
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_values_are_utf8_or_latin1_and_trimmed() {
        let value = |bytes: &[u8]| text(&HeaderValue::from_bytes(bytes).unwrap()).into_owned();
        assert_eq!(value(b"  a b\t"), "a b");
        assert_eq!(value("é".as_bytes()), "é");
        assert_eq!(value(b"\xe9"), "é");
    }
}
