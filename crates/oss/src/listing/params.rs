//! What a listing's query says.

use gateway::Fault;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use signature::Query;

use super::{Ask, DEFAULT_KEYS, MAX_KEYS, token};
use crate::fault::bucket as fault;

/// Lengths of prefix, marker, start-after and delimiter are below this, in bytes.
const LENGTH: usize = 1024;

/// Everything but the unreserved characters of RFC 3986 is escaped, the slash too.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The query of ListObjects or ListObjectsV2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    /// `prefix`, else empty.
    pub prefix: String,
    /// `delimiter`, else empty.
    pub delimiter: String,
    /// `max-keys`.
    pub max_keys: usize,
    /// `encoding-type` as the client wrote it. Names are escaped in the answer where it is there.
    pub encoding: Option<String>,
    /// Where the listing begins.
    pub from: From,
}

/// Where a listing begins, in the words of its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// ListObjects: `marker`, else empty.
    Marker(String),
    /// ListObjectsV2.
    Token {
        /// `start-after`.
        start_after: Option<String>,
        /// `continuation-token` and the entry that it names. It wins over `start-after`.
        token: Option<(String, String)>,
        /// `fetch-owner=true`: owners are shown.
        fetch_owner: bool,
    },
}

impl Params {
    /// Reads the query of ListObjects.
    pub fn v1(query: &Query) -> Result<Self, Fault> {
        let marker = short(query, "marker", "0015-00000405")?.unwrap_or_default();
        Self::read(query, From::Marker(marker))
    }

    /// Reads the query of ListObjectsV2.
    pub fn v2(query: &Query) -> Result<Self, Fault> {
        let given = query
            .first("continuation-token")
            .filter(|text| !text.is_empty());
        let token = match given {
            None => None,
            Some(text) => {
                let entry = token::decode(text).ok_or_else(|| fault::bad_token(text))?;
                Some((text.to_owned(), entry))
            }
        };
        let start_after = short(query, "start-after", "0015-00000405")?;
        let fetch_owner = query
            .first("fetch-owner")
            .is_some_and(|text| text.eq_ignore_ascii_case("true"));
        Self::read(
            query,
            From::Token {
                start_after,
                token,
                fetch_owner,
            },
        )
    }

    fn read(query: &Query, from: From) -> Result<Self, Fault> {
        Ok(Self {
            prefix: short(query, "prefix", "0015-00000403")?.unwrap_or_default(),
            delimiter: short(query, "delimiter", "0015-00000406")?.unwrap_or_default(),
            max_keys: max_keys(query, "0015-00000402")?.unwrap_or(DEFAULT_KEYS),
            encoding: encoding(query)?,
            from,
        })
    }

    /// The entries that are asked for.
    pub fn ask(&self) -> Ask<'_> {
        let after = match &self.from {
            From::Marker(marker) => marker.as_str(),
            From::Token {
                token: Some((_, entry)),
                ..
            } => entry.as_str(),
            From::Token { start_after, .. } => start_after.as_deref().unwrap_or_default(),
        };
        Ask {
            prefix: &self.prefix,
            delimiter: &self.delimiter,
            after,
            limit: self.max_keys,
        }
    }
}

/// A name under `encoding-type=url`.
pub(crate) fn escape(name: &str) -> impl std::fmt::Display {
    utf8_percent_encode(name, ESCAPED)
}

/// The same in pieces.
pub(super) fn escaped(name: &str) -> impl Iterator<Item = &str> {
    utf8_percent_encode(name, ESCAPED)
}

/// `encoding-type`, which can only be `url`, in any case.
pub(crate) fn encoding(query: &Query) -> Result<Option<String>, Fault> {
    match query.first("encoding-type") {
        None | Some("") => Ok(None),
        Some(text) if text.eq_ignore_ascii_case("url") => Ok(Some(text.to_owned())),
        Some(text) => Err(fault::bad_encoding_type(text)),
    }
}

/// `max-keys`, from 1 to 1000. The documents exclude 0.
pub(crate) fn max_keys(query: &Query, ec: &'static str) -> Result<Option<usize>, Fault> {
    let Some(text) = query.first("max-keys").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text
        .parse()
        .ok()
        .filter(|n| digits && (1..=MAX_KEYS).contains(n));
    number
        .map(Some)
        .ok_or_else(|| fault::bad_max_keys(text, ec))
}

/// A text that has a limit, if it is there.
pub(crate) fn short(
    query: &Query,
    name: &'static str,
    ec: &'static str,
) -> Result<Option<String>, Fault> {
    match query.first(name) {
        Some(text) if text.len() >= LENGTH => Err(fault::too_long(name, text, ec)),
        text => Ok(text.map(str::to_owned)),
    }
}

#[cfg(test)]
mod tests {
    use signature::Plus;

    use super::*;

    fn query(raw: &str) -> Query {
        Query::parse(raw, Plus::Space).expect("a query")
    }

    fn refused(raw: &str) -> (Option<&'static str>, String) {
        let query = query(raw);
        let fault = Params::v1(&query).and(Params::v2(&query)).expect_err(raw);
        assert_eq!(
            (fault.status().as_u16(), fault.code()),
            (400, "InvalidArgument"),
            "{raw}"
        );
        (fault.ec_code(), fault.text().to_owned())
    }

    #[test]
    fn defaults() {
        let params = Params::v1(&query("prefix=")).expect("fine");
        assert_eq!(
            params.ask(),
            Ask {
                prefix: "",
                delimiter: "",
                after: "",
                limit: 100
            }
        );
        assert_eq!(params.encoding, None);
    }

    #[test]
    fn the_token_wins_over_start_after() {
        let params = Params::v2(&query("start-after=b&continuation-token=CgJiYw--")).expect("fine");
        assert_eq!(params.ask().after, "bc");
    }

    #[test]
    fn max_keys_is_a_number_from_1_to_1000() {
        for bad in [
            "0",
            "1001",
            "abc",
            "-1",
            "+5",
            "1.5",
            "99999999999999999999999",
        ] {
            let (ec, text) = refused(&format!("max-keys={}", bad.replace('+', "%2B")));
            assert_eq!(ec, Some("0015-00000402"));
            assert_eq!(
                text,
                "Argument max-keys must be an integer between 1 and 1000."
            );
        }
        assert_eq!(
            Params::v1(&query("max-keys=1000")).map(|p| p.max_keys).ok(),
            Some(1000)
        );
    }

    #[test]
    fn every_text_has_a_limit_and_its_own_ec() {
        let long = "x".repeat(1024);
        for (name, ec) in [
            ("prefix", "0015-00000403"),
            ("marker", "0015-00000405"),
            ("start-after", "0015-00000405"),
            ("delimiter", "0015-00000406"),
        ] {
            assert_eq!(refused(&format!("{name}={long}")).0, Some(ec), "{name}");
        }
        assert_eq!(refused("continuation-token=2").0, Some("0015-00000404"));
    }

    #[test]
    fn the_encoding_is_url_in_any_case() {
        let params = Params::v1(&query("encoding-type=URL")).expect("fine");
        assert_eq!(params.encoding.as_deref(), Some("URL"));
        assert_eq!(escape("a b/ü+~").to_string(), "a%20b%2F%C3%BC%2B~");
        assert_eq!(refused("encoding-type=base32").0, Some("0017-00000235"));
    }
}
