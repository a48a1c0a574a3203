//! Writing the small XML documents that the services answer with.

use quick_xml::escape::escape;

/// An XML document being written. Elements appear in the order of the calls.
#[derive(Debug)]
pub struct Xml {
    text: String,
}

impl Xml {
    /// Begins with the declaration that the services send.
    pub fn new() -> Self {
        Self {
            text: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"),
        }
    }

    /// An element with text, which is escaped.
    pub fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.open(name);
        self.text.push_str(&escape(value));
        self.close(name)
    }

    /// An element with a value that needs no escape: a number, a truth value, a date.
    pub fn value(&mut self, name: &str, value: impl std::fmt::Display) -> &mut Self {
        use std::fmt::Write;
        self.open(name);
        write!(self.text, "{value}").expect("writing to a String cannot fail");
        self.close(name)
    }

    /// Whatever `write` adds to the document, for what is repeated so often that its elements are written by hand.
    pub fn raw(&mut self, write: impl FnOnce(&mut String)) -> &mut Self {
        write(&mut self.text);
        self
    }

    /// An element with elements.
    pub fn group(&mut self, name: &str, inside: impl FnOnce(&mut Self)) -> &mut Self {
        self.open(name);
        inside(self);
        self.close(name)
    }

    /// The document.
    pub fn finish(self) -> String {
        self.text
    }

    fn open(&mut self, name: &str) {
        self.text.push('<');
        self.text.push_str(name);
        self.text.push('>');
    }

    fn close(&mut self, name: &str) -> &mut Self {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
        self
    }
}

impl Default for Xml {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_order_is_kept() {
        let mut xml = Xml::new();
        xml.group("A", |a| {
            a.text("B", "<&>").value("C", 7);
        });
        assert!(
            xml.finish()
                .ends_with("<A><B>&lt;&amp;&gt;</B><C>7</C></A>")
        );
    }
}
