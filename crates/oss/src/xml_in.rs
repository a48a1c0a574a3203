//! Reading the small XML documents that clients send: elements and text, nothing else.
//!
//! Depth and size are bounded, document types are refused, and no entity but the five of XML itself and character
//! references is known, so no document can grow while it is read. Attributes, comments, processing instructions and
//! namespace prefixes are skipped, as the real service does.

mod complete;
mod cors;
mod create;
mod delete;
mod live;
pub(crate) mod shape;
mod tagging;

use std::fmt;

use gateway::xml::Xml;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde::{Deserialize, Serialize};

use crate::text::Text;

pub(crate) use complete::complete;
pub(crate) use cors::cors;
pub use create::{CreateBucket, create_bucket};
pub use delete::{Delete, delete};
pub(crate) use live::{live_channel, status as live_status};
pub(crate) use tagging::tagging;

/// How deep elements may stand in each other.
const DEPTH: usize = 16;

/// The most elements of one document. The list of 10 000 parts has 30 001.
const ELEMENTS: usize = 40_000;

/// An element: its local name, its own text, its elements in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Element {
    /// The name without a namespace prefix.
    pub name: String,
    /// The text directly inside, joined.
    pub text: String,
    /// The elements directly inside.
    pub children: Vec<Element>,
}

impl Element {
    /// The first element of this name directly inside.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The elements of this name directly inside.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Writes it as it was read, without the blanks between elements.
    pub(crate) fn write(&self, xml: &mut Xml) {
        if self.children.is_empty() {
            xml.value(&self.name, Text(&self.text));
            return;
        }
        xml.group(&self.name, |inside| {
            for child in &self.children {
                child.write(inside);
            }
        });
    }

    /// The text of that element without blanks around it.
    pub fn child_text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }
}

/// Why a document is not taken. The text may be shown to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadXml(pub String);

impl fmt::Display for BadXml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadXml {}

impl BadXml {
    fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

/// Reads a whole document and returns its root.
pub fn parse(document: &[u8]) -> Result<Element, BadXml> {
    let text =
        std::str::from_utf8(document).map_err(|_| BadXml::new("the document is not UTF-8."))?;
    let mut reader = Reader::from_str(text.strip_prefix('\u{FEFF}').unwrap_or(text));
    let mut tree = Tree::default();
    loop {
        match reader
            .read_event()
            .map_err(|e| BadXml::new(e.to_string()))?
        {
            Event::Start(tag) => tree.open(tag.local_name().into_inner())?,
            Event::Empty(tag) => {
                tree.open(tag.local_name().into_inner())?;
                tree.close()?;
            }
            Event::End(_) => tree.close()?,
            Event::Text(part) => tree.text(&part.xml10_content())?,
            Event::CData(part) => tree.text(&part.xml10_content())?,
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(char)) => tree.text(char.encode_utf8(&mut [0; 4]))?,
                Ok(None) => tree.text(entity(&reference)?)?,
                Err(e) => return Err(BadXml::new(e.to_string())),
            },
            Event::DocType(_) => return Err(BadXml::new("document types are not allowed.")),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => return tree.finish(),
        }
    }
}

/// Reads a whole document whose root has this name.
pub(crate) fn rooted(document: &[u8], name: &str) -> Result<Element, BadXml> {
    let root = parse(document)?;
    match root.name == name {
        true => Ok(root),
        false => Err(BadXml(format!("the root node is not named {name}."))),
    }
}

fn entity(name: &str) -> Result<&'static str, BadXml> {
    let known = quick_xml::escape::resolve_predefined_entity(name);
    known.ok_or_else(|| BadXml::new(format!("the entity {name} is not known.")))
}

/// The document as far as it was read.
#[derive(Default)]
struct Tree {
    /// The elements that are open, the root first.
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl Tree {
    fn open(&mut self, name: &str) -> Result<(), BadXml> {
        if self.root.is_some() {
            return Err(BadXml::new("the document has more than one root node."));
        }
        self.elements += 1;
        if self.open.len() >= DEPTH || self.elements > ELEMENTS {
            return Err(BadXml::new("the document has too many nodes."));
        }
        self.open.push(Element {
            name: name.to_owned(),
            ..Element::default()
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), BadXml> {
        let element = self
            .open
            .pop()
            .ok_or_else(|| BadXml::new("a closing tag has no opening one."))?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, part: &str) -> Result<(), BadXml> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(part),
            None if part.trim().is_empty() => {}
            None => return Err(BadXml::new("there is text outside of the root node.")),
        }
        Ok(())
    }

    fn finish(self) -> Result<Element, BadXml> {
        if !self.open.is_empty() {
            return Err(BadXml::new("the document ends inside of a node."));
        }
        self.root
            .ok_or_else(|| BadXml::new("the document has no root node."))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bad(document: &str) -> String {
        parse(document.as_bytes()).expect_err(document).0
    }

    #[test]
    fn elements_text_and_references() {
        let document = "\u{FEFF}<?xml version=\"1.0\"?><!-- x --><o:A xmlns:o='u' b='1'>x&lt;&#65;&#x1;<![CDATA[<&>]]><B/> <B> y </B></o:A>\n";
        let root = parse(document.as_bytes()).expect("good");
        assert_eq!(
            (root.name.as_str(), root.text.as_str()),
            ("A", "x<A\u{1}<&> ")
        );
        assert_eq!(root.children.len(), 2);
        assert_eq!(root.child_text("B"), Some(""));
        assert_eq!(root.children[1].text, " y ");
    }

    #[test]
    fn nothing_expands() {
        let lol = "<!DOCTYPE l [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><l>&b;</l>";
        assert_eq!(bad(lol), "document types are not allowed.");
        assert_eq!(bad("<l>&b;</l>"), "the entity b is not known.");
        assert_eq!(
            bad(&"<a>".repeat(DEPTH + 1)),
            "the document has too many nodes."
        );
        assert_eq!(
            bad(&format!("<a>{}</a>", "<b/>".repeat(ELEMENTS))),
            "the document has too many nodes."
        );
    }

    #[test]
    fn what_is_not_one_tree_is_refused() {
        for document in [
            "",
            " ",
            "x",
            "<a>",
            "</a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>x",
            "<a",
            "<a>&",
            "<a>&#0;</a>",
            "<a>&#xD800;</a>",
        ] {
            bad(document);
        }
        assert!(parse(b"<a>\xFF</a>").is_err());
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(document in "[<>/&;#!?\\[\\]a\"'= -]{0,60}") {
            let _ = parse(document.as_bytes());
        }

        #[test]
        fn escaped_text_comes_back(text in "[^\u{0}-\u{8}\u{B}-\u{1F}]{0,40}") {
            let escaped = quick_xml::escape::escape(text.as_str());
            let root = parse(format!("<a>{escaped}</a>").as_bytes()).expect("good");
            prop_assert_eq!(root.text, text);
        }
    }
}
