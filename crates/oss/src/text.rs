//! Text in XML answers.

use std::fmt::{self, Display};

use http::HeaderValue;

/// Text as it stands in an element. `&`, `<` and `>` are escaped, and so is what a parser would otherwise change or
/// XML 1.0 cannot hold at all: a control character becomes a character reference, which names it but which strict
/// parsers refuse. That is why listings have `encoding-type=url`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'a>(pub(crate) &'a str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.bytes().any(may_be_special) {
            return f.write_str(self.0);
        }
        let mut plain = 0;
        for (at, char) in self.0.char_indices().filter(|(_, char)| is_special(*char)) {
            f.write_str(self.0.get(plain..at).unwrap_or_default())?;
            plain = at + char.len_utf8();
            match char {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                other => write!(f, "&#x{:X};", u32::from(other))?,
            }
        }
        f.write_str(self.0.get(plain..).unwrap_or_default())
    }
}

impl Text<'_> {
    /// Writes the text, without the detour over a formatter where nothing is special.
    pub(crate) fn push(self, into: &mut String) {
        use std::fmt::Write;
        // Without an early end, so that many bytes are looked at together.
        let special = |found, byte: &u8| found | may_be_special(*byte);
        if self.0.as_bytes().iter().fold(false, special) {
            let _ = write!(into, "{self}");
        } else {
            into.push_str(self.0);
        }
    }
}

/// Writes a number in decimal.
pub(crate) fn push_number(into: &mut String, number: u64) {
    into.push_str(itoa::Buffer::new().format(number));
}

/// A number as a header's value. Every response has several.
pub(crate) fn number(number: u64) -> HeaderValue {
    if number == 1 {
        return HeaderValue::from_static("1");
    }
    let mut text = itoa::Buffer::new();
    HeaderValue::from_str(text.format(number)).unwrap_or_else(|_| number.into())
}

/// A quick look that no special character escapes: 0xEF begins U+FFFE and U+FFFF, and much else.
fn may_be_special(byte: u8) -> bool {
    matches!(byte, b'&' | b'<' | b'>' | b'"' | 0xEF) || byte < b' '
}

fn is_special(char: char) -> bool {
    let kept = matches!(char, '\t' | '\n');
    matches!(char, '&' | '<' | '>' | '"' | '\u{FFFE}' | '\u{FFFF}') || (char < ' ' && !kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_a_reference() {
        let shown = Text("a&<b>\"\u{1}\r\n\t\u{FFFF}é").to_string();
        assert_eq!(shown, "a&amp;&lt;b&gt;&quot;&#x1;&#xD;\n\t&#xFFFF;é");
        assert_eq!(Text("plain").to_string(), "plain");
    }

    #[test]
    fn numbers_are_decimal() {
        for n in [0, 7, 9, 10, 1024, u64::MAX] {
            assert_eq!(number(n), n.to_string());
        }
    }
}
