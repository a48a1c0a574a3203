//! `x-oss-tagging`: the tags of a new object, as the query of a URL (§5).

use gateway::Fault;
use http::{HeaderMap, HeaderName};
use signature::{Plus, Query};

use crate::fault::tags;
use crate::rows::Tags;

/// The header's name.
pub(crate) const TAGGING: &str = "x-oss-tagging";

/// The tags that a request gives to the object that it makes; `None` if it gives none.
///
/// Errors: `InvalidArgument` for a value that is no query, or with a name twice; `InvalidTag`, `TooManyTags`.
pub(crate) fn tagging(headers: &HeaderMap) -> Result<Option<Tags>, Fault> {
    let Some(value) = headers.get(const { HeaderName::from_static(TAGGING) }) else {
        return Ok(None);
    };
    let malformed = || {
        let shown = String::from_utf8_lossy(value.as_bytes());
        tags::malformed_header(&shown)
    };
    let text = std::str::from_utf8(value.as_bytes()).map_err(|_| malformed())?;
    // Both halves are encoded, so a second `=` is no part of the value (EC page 0010-00000219).
    if text.split('&').any(|pair| pair.matches('=').count() > 1) {
        return Err(malformed());
    }
    let query = Query::parse(text, Plus::Space).map_err(|_| malformed())?;
    let pairs = query.iter();
    let pairs = pairs.map(|pair| (pair.name.into(), pair.value.into()));
    let tags = Tags::new(pairs.collect()).map_err(|bad| tags::bad_in_header(bad, text))?;
    Ok(Some(tags).filter(|tags| !tags.is_empty()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    type Pairs = Vec<(String, String)>;

    fn read(value: &[u8]) -> Result<Option<Pairs>, (&'static str, &'static str)> {
        let mut headers = HeaderMap::new();
        headers.insert(TAGGING, HeaderValue::from_bytes(value).unwrap());
        match tagging(&headers) {
            Ok(tags) => Ok(tags.map(|tags| tags.conditions(""))),
            Err(fault) => Err((fault.code(), fault.ec_code().unwrap_or_default())),
        }
    }

    #[test]
    fn the_header_is_a_query() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(tagging(&HeaderMap::new()).unwrap(), None);
        assert_eq!(read(b""), Ok(None));
        let two = Ok(Some(vec![pair("aaa", "bbb"), pair("123", "")]));
        assert_eq!(read(b"aaa=bbb&123="), two);
        assert_eq!(read(b"aaa=bbb&123"), two);
        let encoded = read(b"%20%2B/%20=%E4%B8%AD%E6%96%87&a=b%3Dc");
        let decoded = vec![pair(" +/ ", "中文"), pair("a", "b=c")];
        assert_eq!(encoded, Ok(Some(decoded)));
    }

    #[test]
    fn what_is_no_query_is_refused() {
        let format = Err(("InvalidArgument", "0010-00000219"));
        for value in [&b"aa=bb=cc"[..], b"a=%FF", b"a=%2", b"\xFF=1", b"a=1&a=2"] {
            assert_eq!(read(value), format, "{value:?}");
        }
        assert_eq!(read(b"=1"), Err(("InvalidTag", "0010-00000208")));
        assert_eq!(read(b"a%25=1"), Err(("InvalidTag", "0010-00000212")));
        let many: String = (0..11).map(|n| format!("k{n}=v&")).collect();
        let many = read(many.trim_end_matches('&').as_bytes());
        assert_eq!(many, Err(("TooManyTags", "0010-00000218")));
    }
}
