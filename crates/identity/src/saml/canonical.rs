//! Exclusive XML Canonicalization 1.0 without comments, of an element (<https://www.w3.org/TR/xml-exc-c14n/>).

use std::collections::BTreeMap;

use roxmltree::{Attribute, Node, NodeId};

/// The name of the algorithm.
pub(super) const ALGORITHM: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// The prefix that needs no declaration.
const XML: &str = "xml";

/// What is written how.
#[derive(Debug, Default)]
pub(super) struct Form<'a> {
    /// Prefixes whose declarations are written where they are in scope, used or not; `#default` is the empty one.
    pub(super) inclusive: Vec<&'a str>,
    /// An element that is left out: the signature itself.
    pub(super) without: Option<NodeId>,
}

/// Which namespace each prefix stands for in what has been written around an element.
type Written<'a> = BTreeMap<&'a str, &'a str>;

impl Form<'_> {
    /// An element in canonical form.
    pub(super) fn write(&self, element: Node<'_, '_>) -> String {
        let mut out = String::new();
        self.element(element, &Written::new(), &mut out);
        out
    }

    /// Documents are shallow, see `xml::parse`.
    fn element<'a>(&self, node: Node<'a, '_>, around: &Written<'a>, out: &mut String) {
        let name = name_of(node);
        out.push('<');
        out.push_str(name);
        let mut written = around.clone();
        for (prefix, namespace) in self.needed(node, name) {
            if written.get(prefix).copied().unwrap_or_default() == namespace {
                continue;
            }
            written.insert(prefix, namespace);
            let (before, colon) = ("xmlns", if prefix.is_empty() { "" } else { ":" });
            attribute(&format!("{before}{colon}{prefix}"), namespace, out);
        }
        let mut attributes: Vec<Attribute<'_, '_>> = node.attributes().collect();
        attributes.sort_by_key(|a| (a.namespace().unwrap_or_default(), a.name()));
        for one in attributes {
            let name = &node.document().input_text()[one.range_qname()];
            attribute(name, one.value(), out);
        }
        out.push('>');
        for child in node.children().filter(|c| Some(c.id()) != self.without) {
            self.node(child, &written, out);
        }
        out.push_str("</");
        out.push_str(name);
        out.push('>');
    }

    fn node<'a>(&self, node: Node<'a, '_>, written: &Written<'a>, out: &mut String) {
        if node.is_element() {
            self.element(node, written, out);
        } else if let Some(pi) = node.pi() {
            out.push_str("<?");
            out.push_str(pi.target);
            if let Some(value) = pi.value {
                out.push(' ');
                out.push_str(value);
            }
            out.push_str("?>");
        } else if node.is_text() {
            escape(node.text().unwrap_or_default(), "&<>\r", out);
        }
    }

    /// The declarations that an element needs, in the order in which they are written.
    fn needed<'a>(&self, node: Node<'a, '_>, name: &'a str) -> Written<'a> {
        let text = node.document().input_text();
        let names = node.attributes().map(|a| &text[a.range_qname()]);
        let of_attributes = names.map(prefix_of).filter(|prefix| !prefix.is_empty());
        let used = of_attributes.chain([prefix_of(name)]);
        let mut needed: Written<'a> = used
            .filter(|prefix| *prefix != XML)
            .map(|prefix| (prefix, namespace(node, prefix)))
            .collect();
        for declared in node.namespaces() {
            let prefix = declared.name().unwrap_or_default();
            let token = if prefix.is_empty() {
                "#default"
            } else {
                prefix
            };
            if prefix != XML && self.inclusive.contains(&token) {
                needed.insert(prefix, namespace(node, prefix));
            }
        }
        needed
    }
}

/// The name of an element as it is written, with its prefix.
fn name_of<'a>(node: Node<'a, '_>) -> &'a str {
    let text = &node.document().input_text()[node.range()];
    let name = text.trim_start_matches('<');
    let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/');
    &name[..name.find(ends).unwrap_or(name.len())]
}

fn prefix_of(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

/// Empty where the prefix is the empty one and stands for none.
fn namespace<'a>(node: Node<'a, '_>, prefix: &str) -> &'a str {
    let prefix = Some(prefix).filter(|prefix| !prefix.is_empty());
    node.lookup_namespace_uri(prefix).unwrap_or_default()
}

fn attribute(name: &str, value: &str, out: &mut String) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    escape(value, "&<\"\t\n\r", out);
    out.push('"');
}

fn escape(text: &str, special: &str, out: &mut String) {
    for c in text.chars() {
        if !special.contains(c) {
            out.push(c);
            continue;
        }
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push_str(&format!("&#x{:X};", u32::from(other))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::xml;
    use super::*;

    fn canonical(xml: &str, inclusive: &[&str]) -> String {
        let document = xml::parse(xml).unwrap();
        let form = Form {
            inclusive: inclusive.to_vec(),
            without: None,
        };
        form.write(document.root_element().first_element_child().unwrap())
    }

    #[test]
    fn a_declaration_stands_where_it_is_used() {
        let xml = r#"<a:r xmlns:a="u:a" xmlns:b="u:b" xmlns:c="u:c"><a:e><b:f b:x="1"/><b:f xmlns:b="u:other"/></a:e></a:r>"#;
        assert_eq!(
            canonical(xml, &[]),
            r#"<a:e xmlns:a="u:a"><b:f xmlns:b="u:b" b:x="1"></b:f><b:f xmlns:b="u:other"></b:f></a:e>"#
        );
        assert_eq!(
            canonical(xml, &["c", "b"]),
            r#"<a:e xmlns:a="u:a" xmlns:b="u:b" xmlns:c="u:c"><b:f b:x="1"></b:f><b:f xmlns:b="u:other"></b:f></a:e>"#
        );
    }

    #[test]
    fn the_default_namespace_comes_and_goes() {
        let xml = r#"<r xmlns="u:a"><e><f xmlns=""/><g xmlns=""><h xmlns="u:a"/></g></e></r>"#;
        assert_eq!(
            canonical(xml, &[]),
            r#"<e xmlns="u:a"><f xmlns=""></f><g xmlns=""><h xmlns="u:a"></h></g></e>"#
        );
        let unused = r#"<r xmlns="u:a" xmlns:b="u:b"><b:e/></r>"#;
        assert_eq!(canonical(unused, &[]), r#"<b:e xmlns:b="u:b"></b:e>"#);
        assert_eq!(
            canonical(unused, &["#default"]),
            r#"<b:e xmlns="u:a" xmlns:b="u:b"></b:e>"#
        );
    }

    #[test]
    fn attributes_are_in_order_and_texts_escaped() {
        let xml = "<r xmlns:z='u:1' xmlns:y='u:2'><e  y:a = '1' z:a='2' c='<'  b='\t\"&amp;&#13;&#10;' xml:lang='x' >\
                   a&#13;&lt;&gt;\r\n&quot;<![CDATA[<&]]><!-- no --><?p  q ?></e></r>"
            .replace("'<'", "'&lt;'");
        assert_eq!(
            canonical(&xml, &[]),
            "<e xmlns:y=\"u:2\" xmlns:z=\"u:1\" b=\" &quot;&amp;&#xD;&#xA;\" c=\"&lt;\" xml:lang=\"x\" z:a=\"2\" \
             y:a=\"1\">a&#xD;&lt;&gt;\n\"&lt;&amp;<?p q ?></e>"
        );
    }
}
