//! Heads of requests that are over.

use std::net::IpAddr;

use http::header::HeaderName;

use signature::{Plus, Query};

use crate::Head;
use crate::host::Endpoint;

/// Line and headers of a request that is over, in one piece of memory. A [`Head`] itself would keep the buffer alive
/// that its connection reads into, and a dozen small allocations.
#[derive(Debug)]
pub struct KeptHead {
    bytes: Vec<u8>,
    /// The address the request came from.
    pub peer: IpAddr,
    /// Whether it came through TLS.
    pub secure: bool,
    /// Whether the service read a form from its body.
    form: bool,
}

/// Most heads have room in so many bytes; to count first would cost more than what is left of it.
const USUAL: usize = 512;
/// The pieces before the headers: method, path, host, query, form.
const PIECES: usize = 5;

impl KeptHead {
    /// Keeps all that was received.
    pub(crate) fn of(head: &Head) -> Self {
        let form = head.form.as_ref().map(|form| form.raw());
        let line = [
            head.method.as_str(),
            &head.path,
            &head.host,
            head.query.raw(),
            form.unwrap_or_default(),
        ];
        let mut bytes = Vec::with_capacity(USUAL);
        for piece in line {
            push(&mut bytes, piece.as_bytes());
        }
        for (name, value) in &head.headers {
            push(&mut bytes, name.as_str().as_bytes());
            push(&mut bytes, value.as_bytes());
        }
        Self {
            bytes,
            peer: head.peer,
            secure: head.secure,
            form: form.is_some(),
        }
    }

    /// The verb.
    pub fn method(&self) -> &str {
        self.text(0)
    }

    /// The path as on the wire.
    pub fn path(&self) -> &str {
        self.text(1)
    }

    /// The host that the client named.
    pub fn host(&self) -> &str {
        self.text(2)
    }

    /// The query as on the wire. Rendering must redact signatures and tokens.
    pub fn query(&self) -> &str {
        self.text(3)
    }

    /// The parameters of the body as on the wire, where the service read them (RPC). Rendering must redact signatures
    /// and tokens.
    pub fn form(&self) -> Option<&str> {
        self.form.then(|| self.text(4))
    }

    /// All headers, in their order. Rendering must redact signatures and tokens.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let mut pieces = self.pieces().skip(PIECES);
        std::iter::from_fn(move || {
            let name = std::str::from_utf8(pieces.next()?).unwrap_or_default();
            Some((name, pieces.next()?))
        })
    }

    /// The request as it was received, without its body. `names` are the bare host names of this server.
    ///
    /// # Errors
    ///
    /// The head is none: it was kept in part, because it was too large.
    pub fn revive(&self, names: &[String]) -> Result<Head, http::Error> {
        let mut request = http::Request::builder().method(self.method());
        for (name, value) in self.headers() {
            request = request.header(name, value);
        }
        let (mut parts, ()) = request.body(())?.into_parts();
        // The path may have characters that a builder of URIs refuses, so it goes in behind its back.
        parts.uri = http::Uri::from_static("/");
        let mut head = Head::new(parts, self.peer, self.secure, names);
        head.path = self.path().to_owned();
        head.host = self.host().to_owned();
        head.endpoint = Endpoint::read(&head.host, names);
        let parse = |raw: &str| Query::parse(raw, Plus::Space).map_err(|bad| bad.to_string());
        match parse(self.query()) {
            Ok(query) => head.query = query,
            Err(bad) => head.bad_query = Some(bad),
        }
        match self.form().map(parse) {
            None => {}
            Some(Ok(form)) => head.form = Some(form),
            Some(Err(bad)) => head.bad_query = Some(bad),
        }
        Ok(head)
    }

    /// The first value of a header.
    pub fn header(&self, name: &HeaderName) -> Option<&[u8]> {
        let found = self.headers().find(|(known, _)| *known == name.as_str());
        found.map(|(_, value)| value)
    }

    /// How many bytes it takes to keep this.
    pub(super) fn weight(&self) -> usize {
        self.bytes.capacity()
    }

    fn text(&self, at: usize) -> &str {
        let piece = self.pieces().nth(at).unwrap_or_default();
        std::str::from_utf8(piece).unwrap_or_default()
    }

    fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &*self.bytes;
        std::iter::from_fn(move || {
            let (length, behind) = rest.split_first_chunk::<4>()?;
            let (piece, behind) = behind.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            rest = behind;
            Some(piece)
        })
    }
}

/// Length and bytes. No head is larger than the buffer of its connection, and no form than 10 MiB.
fn push(into: &mut Vec<u8>, piece: &[u8]) {
    into.extend_from_slice(&(piece.len() as u32).to_le_bytes());
    into.extend_from_slice(piece);
}

#[cfg(test)]
mod tests {
    use http::header;

    use super::*;

    #[test]
    fn all_of_a_head_is_kept() {
        let request = http::Request::put("/b/k%20?acl&x=%41")
            .header("host", "h:1")
            .header("a", "1")
            .header("a", b"\xff".as_slice())
            .header("date", "now");
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let mut head = Head::new(parts, [127, 0, 0, 1].into(), true, &[]);
        let kept = KeptHead::of(&head);
        assert_eq!((kept.method(), kept.path()), ("PUT", "/b/k%20"));
        assert_eq!((kept.host(), kept.query()), ("h:1", "acl&x=%41"));
        assert_eq!((kept.form(), kept.secure), (None, true));
        let headers: Vec<_> = kept.headers().collect();
        let expected: [(&str, &[u8]); 4] = [
            ("host", b"h:1"),
            ("a", b"1"),
            ("a", b"\xff"),
            ("date", b"now"),
        ];
        assert_eq!(headers, expected);
        assert_eq!(kept.header(&header::DATE), Some(&b"now"[..]));
        assert_eq!(kept.header(&header::ETAG), None);
        head.form = Some(signature::Query::from_pairs([("a", "b c")]));
        let kept = KeptHead::of(&head);
        assert_eq!(kept.form(), Some("a=b%20c"));
        let revived = kept.revive(&[]).unwrap();
        assert_eq!(revived.path, head.path);
        assert_eq!(revived.query, head.query);
        assert_eq!(revived.headers, head.headers);
        assert_eq!(revived.endpoint, head.endpoint);
        assert_eq!((revived.host, revived.form), (head.host, head.form));
    }
}
