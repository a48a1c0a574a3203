//! Text in XML answers.

use std::fmt::{self, Display};

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
}
