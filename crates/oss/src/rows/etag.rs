//! What objects are compared by.

use serde::{Deserialize, Serialize};

use super::pieces::{Reader, Writer};

/// What a client compares objects by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Etag {
    /// The MD5 of the bytes.
    Md5([u8; 16]),
    /// Something else, without quotes.
    Text(Box<str>),
    /// The same beside the MD5 of the bytes.
    Both(Box<str>, [u8; 16]),
}

impl Etag {
    pub(super) fn write(&self, row: &mut Writer) {
        match self {
            Self::Md5(md5) => {
                row.number(0);
                row.array(md5);
            }
            Self::Text(text) => {
                row.number(1);
                row.bytes(text.as_bytes());
            }
            Self::Both(text, md5) => {
                row.number(2);
                row.bytes(text.as_bytes());
                row.array(md5);
            }
        }
    }

    pub(super) fn read(row: &mut Reader<'_>) -> Option<Self> {
        Some(match row.number()? {
            0 => Self::Md5(row.array()?),
            1 => Self::Text(row.text()?.into()),
            2 => Self::Both(row.text()?.into(), row.array()?),
            _ => return None,
        })
    }

    /// With the quotes that every header and body has around it.
    pub(crate) fn quoted(&self) -> String {
        let mut text = String::with_capacity(34);
        self.push_quoted(&mut text);
        text
    }

    /// The same, at the end of a text.
    pub(crate) fn push_quoted(&self, into: &mut String) {
        match self {
            Self::Md5(md5) => {
                let text = quoted_hex(md5);
                into.push_str(std::str::from_utf8(&text).unwrap_or_default());
            }
            Self::Text(text) | Self::Both(text, _) => into.extend(["\"", text, "\""]),
        }
    }

    /// The same, where it is nothing but an MD5, as it nearly always is.
    pub(crate) fn quoted_md5(&self) -> Option<[u8; 34]> {
        match self {
            Self::Md5(md5) => Some(quoted_hex(md5)),
            Self::Text(_) | Self::Both(..) => None,
        }
    }

    /// The MD5 of the bytes, where it is known.
    pub(crate) fn md5(&self) -> Option<&[u8; 16]> {
        match self {
            Self::Md5(md5) | Self::Both(_, md5) => Some(md5),
            Self::Text(_) => None,
        }
    }
}

const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// 32 hexadecimal digits in upper case, and a quote before and behind.
fn quoted_hex(bytes: &[u8; 16]) -> [u8; 34] {
    let mut text = [b'"'; 34];
    for (at, byte) in bytes.iter().enumerate() {
        text[2 * at + 1] = DIGITS[usize::from(byte >> 4)];
        text[2 * at + 2] = DIGITS[usize::from(byte & 15)];
    }
    text
}

/// 32 hexadecimal digits in upper case.
pub(crate) fn upper_hex(bytes: &[u8; 16]) -> String {
    let mut text = String::with_capacity(32);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(DIGITS[usize::from(digit)]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_is_upper_case_and_quoted() {
        assert_eq!(
            Etag::Md5([0xAB; 16]).quoted(),
            format!("\"{}\"", "AB".repeat(16))
        );
        assert_eq!(Etag::Text("x-1".into()).quoted(), "\"x-1\"");
    }
}
