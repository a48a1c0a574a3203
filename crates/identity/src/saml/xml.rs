//! XML as SAML has it, read with suspicion: no document types, so no entities; few nodes, not deep; and nothing is
//! found by searching, only as the one child that it has to be.

use roxmltree::{Document, Node, ParsingOptions};

/// The nodes of the largest document. An assertion has some hundred, the metadata of a large provider a few thousand.
const MOST_NODES: u32 = 20_000;
/// How deep elements may stand. SAML with its signatures takes about ten.
const DEEPEST: usize = 40;

/// The namespace of assertions.
pub(super) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// The namespace of responses.
pub(super) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// The namespace of metadata.
pub(super) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// The namespace of signatures.
pub(super) const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";

/// Reads a document.
pub(super) fn parse(text: &str) -> Option<Document<'_>> {
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).ok()?;
    is_shallow(&document).then_some(document)
}

fn is_shallow(document: &Document<'_>) -> bool {
    let mut node = document.root();
    let mut depth = 0;
    loop {
        if let Some(child) = node.first_child() {
            node = child;
            depth += 1;
        } else {
            loop {
                if let Some(next) = node.next_sibling() {
                    node = next;
                    break;
                }
                let Some(parent) = node.parent() else {
                    return true;
                };
                node = parent;
                depth -= 1;
            }
        }
        if depth > DEEPEST {
            return false;
        }
    }
}

/// The children of this name.
pub(super) fn children<'a, 'i>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children()
        .filter(move |child| child.has_tag_name((namespace, name)))
}

/// The child of this name, if there is exactly one.
pub(super) fn only<'a, 'i>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> Option<Node<'a, 'i>> {
    let mut found = children(node, namespace, name);
    found.next().filter(|_| found.next().is_none())
}

/// The text of an element that has nothing else in it: a comment, which a signature does not cover, would cut it in two.
pub(super) fn text<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    let mut children = node.children();
    let Some(text) = children.next() else {
        return Some("");
    };
    if !text.is_text() || children.next().is_some() {
        return None;
    }
    text.text().map(str::trim)
}

/// A text without the white space that lines are broken with.
pub(super) fn unbroken(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_read() {
        let deep = |n: usize| "<a>".repeat(n) + &"</a>".repeat(n);
        assert!(parse(&deep(DEEPEST)).is_some());
        assert!(parse(&deep(DEEPEST + 1)).is_none());
        assert!(parse(&deep(200_000)).is_none());
        assert!(parse(&format!("<a>{}</a>", "<b/>".repeat(MOST_NODES as usize))).is_none());
        assert!(parse("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>").is_none());
        assert!(parse("<!DOCTYPE a><a/>").is_none());
        assert!(parse("<a>&x;</a>").is_none());
        assert!(parse("").is_none());
    }

    #[test]
    fn a_text_is_one_piece() {
        let read = |xml: &str| text(parse(xml)?.root_element()).map(str::to_owned);
        assert_eq!(read("<a> b </a>").as_deref(), Some("b"));
        assert_eq!(read("<a/>").as_deref(), Some(""));
        assert_eq!(read("<a>b<![CDATA[c]]></a>").as_deref(), Some("bc"));
        for wrong in [
            "<a>b<!-- -->c</a>",
            "<a><!-- -->b</a>",
            "<a>b<c/></a>",
            "<a>b<?c?></a>",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
