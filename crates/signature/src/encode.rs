//! Percent-encoding as all of the schemes want it: RFC 3986, upper-case hex, `A-Z a-z 0-9 - . _ ~` left alone.

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
    push(into, text, "%", is_unreserved);
}

pub(crate) fn push_path(into: &mut String, text: &str) {
    push(into, text, "%", |byte| is_unreserved(byte) || byte == b'/');
}

/// What [`push_component`] of [`push_component`] gives.
pub(crate) fn push_twice(into: &mut String, text: &str) {
    push(into, text, "%25", is_unreserved);
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Copies what stays in one piece: every request has much of it.
fn push(into: &mut String, text: &str, percent: &str, stays: impl Fn(u8) -> bool) {
    let mut start = 0;
    for (at, byte) in text.bytes().enumerate().filter(|(_, byte)| !stays(*byte)) {
        // Between two bytes of one character there is nothing to copy.
        into.push_str(text.get(start..at).unwrap_or_default());
        into.push_str(percent);
        into.push(digit(byte >> 4));
        into.push(digit(byte & 15));
        start = at + 1;
    }
    into.push_str(text.get(start..).unwrap_or_default());
}

fn digit(nibble: u8) -> char {
    char::from(match nibble {
        0..=9 => b'0' + nibble,
        _ => b'A' - 10 + nibble,
    })
}

/// The same of clients that reach for a form encoder first (Python's `quote_plus`, Go's `QueryEscape`): it writes a
/// blank as `+`.
pub(crate) fn push_form_twice(into: &mut String, text: &str) {
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            into.push_str("%2B");
        }
        push_twice(into, word);
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
    fn what_is_encoded_twice_is_the_encoding_of_the_encoding() {
        let text = " a  b+*~/é ";
        let (mut twice, mut form) = (String::new(), String::new());
        push_twice(&mut twice, text);
        push_form_twice(&mut form, text);
        let once = component(text);
        assert_eq!(twice, component(&once));
        assert_eq!(form, component(&once.replace("%20", "+")));
    }
}
