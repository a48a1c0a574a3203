use std::fmt;
use std::ops::Range;

use percent_encoding::percent_decode;

use crate::encode;

/// What a literal `+` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plus {
    /// A blank: OSS query strings, RPC query strings and urlencoded forms.
    Space,
    /// Itself, as RFC 3986 has it.
    Literal,
}

/// A parsed query string or urlencoded form. Order and repetitions are kept, and so is the text it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    raw: String,
    pairs: Vec<Pair>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pair {
    /// The decoded name.
    pub name: String,
    /// The decoded value, empty where there is none.
    pub value: String,
    /// Whether the wire had no `=`.
    pub bare: bool,
    raw: Range<usize>,
}

/// A piece of a query string or form that is not percent-encoded UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadEncoding {
    /// The offending name or value as it stood on the wire.
    pub piece: String,
}

impl Query {
    /// Parses what stands behind the `?`, or a form's body. Empty pieces (`a=1&&b`) are dropped.
    pub fn parse(raw: &str, plus: Plus) -> Result<Query, BadEncoding> {
        let mut pairs = Vec::new();
        let mut start = 0;
        for piece in raw.split('&') {
            let range = start..start + piece.len();
            start = range.end + 1;
            if !piece.is_empty() {
                pairs.push(Pair::parse(piece, range, plus)?);
            }
        }
        let raw = raw.to_owned();
        Ok(Query { raw, pairs })
    }

    /// Builds a query from decoded names and values.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Query {
        let mut query = Query::default();
        for (name, value) in pairs {
            query.push(name.into(), value.into());
        }
        query
    }

    /// Appends one decoded parameter, written `name=value`.
    pub fn push(&mut self, name: String, value: String) {
        if !self.raw.is_empty() {
            self.raw.push('&');
        }
        let start = self.raw.len();
        encode::push_component(&mut self.raw, &name);
        self.raw.push('=');
        encode::push_component(&mut self.raw, &value);
        let raw = start..self.raw.len();
        let bare = false;
        self.pairs.push(Pair {
            name,
            value,
            bare,
            raw,
        });
    }

    /// The value of the first parameter of this name: OSS honours the first of several.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|pair| pair.name == name)
            .map(|pair| pair.value.as_str())
    }

    /// Whether a parameter of this name is there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.iter().any(|pair| pair.name == name)
    }

    /// Every parameter, in the order of the wire.
    pub fn iter(&self) -> impl Iterator<Item = &Pair> + Clone {
        self.pairs.iter()
    }

    /// Whether there is no parameter at all.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The number of parameters, repetitions included.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// The text that was parsed.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// One of this query's own parameters as it stood on the wire.
    pub fn raw_pair(&self, pair: &Pair) -> &str {
        self.raw.get(pair.raw.clone()).unwrap_or_default()
    }
}

impl Pair {
    fn parse(piece: &str, raw: Range<usize>, plus: Plus) -> Result<Pair, BadEncoding> {
        let (name, value, bare) = match piece.split_once('=') {
            Some((name, value)) => (name, value, false),
            None => (piece, "", true),
        };
        let (name, value) = (decode(name, plus)?, decode(value, plus)?);
        Ok(Pair {
            name,
            value,
            bare,
            raw,
        })
    }
}

fn decode(piece: &str, plus: Plus) -> Result<String, BadEncoding> {
    let blanks = plus == Plus::Space && piece.contains('+');
    if !blanks && !piece.contains('%') {
        return Ok(piece.to_owned());
    }
    let bad = || BadEncoding {
        piece: piece.to_owned(),
    };
    if !escapes_are_whole(piece.as_bytes()) {
        return Err(bad());
    }
    let blanked = blanks.then(|| piece.replace('+', " "));
    let text = blanked.as_deref().unwrap_or(piece);
    let decoded = percent_decode(text.as_bytes())
        .decode_utf8()
        .map_err(|_| bad())?;
    Ok(decoded.into_owned())
}

/// The decoder passes `%` that no two hex digits follow; the services refuse it.
fn escapes_are_whole(bytes: &[u8]) -> bool {
    let hex = |digit: Option<&u8>| digit.is_some_and(u8::is_ascii_hexdigit);
    bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'%')
        .all(|(at, _)| hex(bytes.get(at + 1)) && hex(bytes.get(at + 2)))
}

impl fmt::Display for BadEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not percent-encoded UTF-8", self.piece)
    }
}

impl std::error::Error for BadEncoding {}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(raw: &str) -> Vec<(String, String, bool)> {
        let query = Query::parse(raw, Plus::Space).unwrap();
        query
            .iter()
            .map(|pair| (pair.name.clone(), pair.value.clone(), pair.bare))
            .collect()
    }

    fn pair(name: &str, value: &str, bare: bool) -> (String, String, bool) {
        (name.to_owned(), value.to_owned(), bare)
    }

    #[test]
    fn order_repetitions_and_bare_names_are_kept() {
        let pairs = parsed("b=2&a&a=&b=1&&=x&c=%3D=+");
        let expected = [
            pair("b", "2", false),
            pair("a", "", true),
            pair("a", "", false),
            pair("b", "1", false),
            pair("", "x", false),
            pair("c", "== ", false),
        ];
        assert_eq!(pairs, expected);
    }

    #[test]
    fn the_first_of_several_wins() {
        let query = Query::parse("a=1&a=2&b", Plus::Space).unwrap();
        assert_eq!(query.first("a"), Some("1"));
        assert_eq!(query.first("b"), Some(""));
        assert!(query.has("b") && !query.has("c"));
        assert_eq!(query.len(), 3);
    }

    #[test]
    fn a_plus_is_a_blank_only_where_it_is_said_so() {
        assert_eq!(
            Query::parse("a=+%2B", Plus::Space).unwrap().first("a"),
            Some(" +")
        );
        assert_eq!(
            Query::parse("a=+%2B", Plus::Literal).unwrap().first("a"),
            Some("++")
        );
    }

    #[test]
    fn broken_escapes_and_broken_utf8_name_the_piece() {
        for (raw, piece) in [
            ("a=1&b=%4", "%4"),
            ("%zz", "%zz"),
            ("a=%", "%"),
            ("a=x%FFy", "x%FFy"),
        ] {
            assert_eq!(
                Query::parse(raw, Plus::Space),
                Err(BadEncoding {
                    piece: piece.to_owned()
                }),
                "{raw}"
            );
        }
    }

    #[test]
    fn the_raw_text_is_kept() {
        let query = Query::parse("x=%41&&b+=1", Plus::Space).unwrap();
        let raw: Vec<_> = query.iter().map(|pair| query.raw_pair(pair)).collect();
        assert_eq!(raw, ["x=%41", "b+=1"]);
        assert_eq!(query.raw(), "x=%41&&b+=1");
        let built = Query::from_pairs([("a b", "c/d"), ("e", "")]);
        assert_eq!(built.raw(), "a%20b=c%2Fd&e=");
        assert_eq!(
            built
                .iter()
                .map(|pair| built.raw_pair(pair))
                .collect::<Vec<_>>(),
            ["a%20b=c%2Fd", "e="]
        );
    }
}
