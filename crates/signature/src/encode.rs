//! Percent-encoding as all of the schemes want it: RFC 3986, upper-case hex, `A-Z a-z 0-9 - . _ ~` left alone.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const PATH: &AsciiSet = &COMPONENT.remove(b'/');

/// Encodes one name or value: a blank is `%20`, `*` is `%2A` and `/` is `%2F`.
pub fn component(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 16);
    push_component(&mut encoded, text);
    encoded
}

/// Encodes a decoded path and leaves its slashes.
pub fn path(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 16);
    push_path(&mut encoded, text);
    encoded
}

pub(crate) fn push_component(into: &mut String, text: &str) {
    into.extend(utf8_percent_encode(text, COMPONENT));
}

pub(crate) fn push_path(into: &mut String, text: &str) {
    into.extend(utf8_percent_encode(text, PATH));
}

/// The encoding of clients that reach for a form encoder (Python's `quote_plus`, Go's `QueryEscape`): as
/// [`push_component`], but a blank is `+`.
pub(crate) fn push_form_component(into: &mut String, text: &str) {
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            into.push('+');
        }
        push_component(into, word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_unreserved_characters_stay() {
        assert_eq!(component("aZ09-._~"), "aZ09-._~");
        assert_eq!(component(" *+/:%é"), "%20%2A%2B%2F%3A%25%C3%A9");
        assert_eq!(path("/b/a b/ü"), "/b/a%20b/%C3%BC");
    }

    #[test]
    fn the_form_encoding_differs_in_blanks_alone() {
        let mut encoded = String::new();
        push_form_component(&mut encoded, " a  b+*~ ");
        assert_eq!(encoded, "+a++b%2B%2A~+");
    }
}
