use std::fmt;
use std::ops::Range;

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
    /// The names and values that look different on the wire, one behind the other.
    decoded: String,
    pairs: Vec<Place>,
}

/// One parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pair<'a> {
    /// The decoded name.
    pub name: &'a str,
    /// The decoded value, empty where there is none.
    pub value: &'a str,
    /// Whether the wire had no `=`.
    pub bare: bool,
    /// The parameter as it stood on the wire.
    pub raw: &'a str,
}

/// The room for parameters to begin with: calls of RPC have a dozen.
const USUAL: usize = 16;

/// Where a parameter is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    raw: Range<usize>,
    name: Text,
    value: Text,
    bare: bool,
}

/// Where a name or a value is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Text {
    /// In the text that was parsed, as nothing of it is encoded.
    Raw(Range<usize>),
    Decoded(Range<usize>),
}

impl Text {
    fn len(&self) -> usize {
        let (Self::Raw(range) | Self::Decoded(range)) = self;
        range.len()
    }
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
        let mut query = Query::default();
        if raw.is_empty() {
            return Ok(query);
        }
        query.raw.push_str(raw);
        query.pairs.reserve(USUAL);
        let mut start = 0;
        for piece in raw.as_bytes().split(|byte| *byte == b'&') {
            let range = start..start + piece.len();
            start = range.end + 1;
            if !piece.is_empty() {
                let equals = piece.iter().position(|byte| *byte == b'=');
                query.take(range, equals, plus)?;
            }
        }
        Ok(query)
    }

    fn take(
        &mut self,
        raw: Range<usize>,
        equals: Option<usize>,
        plus: Plus,
    ) -> Result<(), BadEncoding> {
        let equals = equals.map(|at| raw.start + at);
        let name = raw.start..equals.unwrap_or(raw.end);
        let value = equals.map_or(raw.end, |at| at + 1)..raw.end;
        let place = Place {
            name: self.text(name, plus)?,
            value: self.text(value, plus)?,
            bare: equals.is_none(),
            raw,
        };
        self.pairs.push(place);
        Ok(())
    }

    fn text(&mut self, raw: Range<usize>, plus: Plus) -> Result<Text, BadEncoding> {
        let piece = slice(&self.raw, &raw);
        let encoded = |byte| byte == b'%' || (byte == b'+' && plus == Plus::Space);
        if !piece.bytes().any(encoded) {
            return Ok(Text::Raw(raw));
        }
        let start = self.decoded.len();
        self.decoded.push_str(&decode(piece, plus)?);
        Ok(Text::Decoded(start..self.decoded.len()))
    }

    /// Builds a query from decoded names and values.
    pub fn from_pairs<N: AsRef<str>, V: AsRef<str>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Query {
        let mut query = Query::default();
        for (name, value) in pairs {
            query.push(name.as_ref(), value.as_ref());
        }
        query
    }

    /// Appends one decoded parameter, written `name=value`.
    pub fn push(&mut self, name: &str, value: &str) {
        if !self.raw.is_empty() {
            self.raw.push('&');
        }
        let start = self.raw.len();
        let name = self.push_text(name);
        self.raw.push('=');
        let value = self.push_text(value);
        self.pairs.push(Place {
            raw: start..self.raw.len(),
            name,
            value,
            bare: false,
        });
    }

    fn push_text(&mut self, text: &str) -> Text {
        let raw = self.raw.len();
        encode::push_component(&mut self.raw, text);
        let raw = raw..self.raw.len();
        if raw.len() == text.len() {
            return Text::Raw(raw);
        }
        let start = self.decoded.len();
        self.decoded.push_str(text);
        Text::Decoded(start..self.decoded.len())
    }

    /// The value of the first parameter of this name: OSS honours the first of several.
    pub fn first(&self, name: &str) -> Option<&str> {
        let mut pairs = self.pairs.iter();
        // Most names differ in length already.
        let is = |pair: &&Place| pair.name.len() == name.len() && self.shown(&pair.name) == name;
        let found = pairs.find(is)?;
        Some(self.shown(&found.value))
    }

    /// Whether a parameter of this name is there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    /// Every parameter, in the order of the wire.
    pub fn iter(&self) -> impl Iterator<Item = Pair<'_>> + Clone {
        self.pairs.iter().map(|pair| Pair {
            name: self.shown(&pair.name),
            value: self.shown(&pair.value),
            bare: pair.bare,
            raw: slice(&self.raw, &pair.raw),
        })
    }

    fn shown(&self, text: &Text) -> &str {
        match text {
            Text::Raw(range) => slice(&self.raw, range),
            Text::Decoded(range) => slice(&self.decoded, range),
        }
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
}

/// Every range that is kept lies within its text.
fn slice<'a>(text: &'a str, range: &Range<usize>) -> &'a str {
    text.get(range.clone()).unwrap_or_default()
}

fn decode(piece: &str, plus: Plus) -> Result<String, BadEncoding> {
    let bad = || BadEncoding {
        piece: piece.to_owned(),
    };
    let mut decoded = Vec::with_capacity(piece.len());
    let mut bytes = piece.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let (high, low) = (bytes.next().and_then(digit), bytes.next().and_then(digit));
                high.zip(low)
                    .map(|(high, low)| high << 4 | low)
                    .ok_or_else(bad)?
            }
            b'+' if plus == Plus::Space => b' ',
            _ => byte,
        });
    }
    String::from_utf8(decoded).map_err(|_| bad())
}

fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
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
            .map(|pair| (pair.name.to_owned(), pair.value.to_owned(), pair.bare))
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
        let raw: Vec<_> = query.iter().map(|pair| pair.raw).collect();
        assert_eq!(raw, ["x=%41", "b+=1"]);
        assert_eq!(query.raw(), "x=%41&&b+=1");
        let built = Query::from_pairs([("a b", "c/d"), ("e", "")]);
        assert_eq!(built.raw(), "a%20b=c%2Fd&e=");
        assert_eq!(
            built.iter().map(|pair| pair.raw).collect::<Vec<_>>(),
            ["a%20b=c%2Fd", "e="]
        );
    }
}
