//! The body of PutObjectTagging (§5).

use gateway::Fault;

use super::{Element, parse};
use crate::fault::malformed_xml;
use crate::fault::tags::{bad_tag, malformed_tagging};
use crate::rows::Tags;

/// Reads a `Tagging`. The ECs are those of the vendor's pages for each mistake.
pub(crate) fn tagging(body: &[u8]) -> Result<Tags, Fault> {
    let root = parse(body).map_err(|bad| malformed_tagging(&bad.0, "0010-00000101"))?;
    if root.name != "Tagging" {
        let detail = "the root node is not named Tagging.";
        return Err(malformed_tagging(detail, "0010-00000102"));
    }
    let set = root
        .child("TagSet")
        .ok_or_else(|| malformed_xml("the node TagSet is missing."))?;
    let nodes = set.children.iter().filter(|child| child.name == "Tag");
    let pairs = nodes.map(pair).collect::<Result<_, _>>()?;
    Tags::new(pairs).map_err(bad_tag)
}

fn pair(tag: &Element) -> Result<(Box<str>, Box<str>), Fault> {
    let text = |name| tag.child(name).map(|child| child.text.as_str().into());
    let missing = "the node Key or Value is missing.";
    text("Key")
        .zip(text("Value"))
        .ok_or_else(|| malformed_tagging(missing, "0010-00000107"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> (&'static str, &'static str) {
        let fault = tagging(body.as_bytes()).expect_err(body);
        (fault.code(), fault.ec_code().unwrap_or_default())
    }

    fn with(tags: &str) -> String {
        format!("<Tagging><TagSet>{tags}</TagSet></Tagging>")
    }

    #[test]
    fn keys_and_values_are_literal() {
        let tag = |k: &str, v: &str| format!("<Tag><Key>{k}</Key><Value>{v}</Value></Tag>");
        let body = with(&(tag(" a+", "b/") + &tag("c", "")));
        let tags = tagging(body.as_bytes()).expect("good");
        let pairs: Vec<_> = tags.iter().collect();
        assert_eq!(pairs, [(" a+", "b/"), ("c", "")]);
        assert!(tagging(with("").as_bytes()).expect("good").is_empty());
    }

    #[test]
    fn each_mistake_has_its_ec() {
        let malformed = |ec| ("MalformedXML", ec);
        assert_eq!(refused("<Tagging><TagSet>"), malformed("0010-00000101"));
        assert_eq!(refused("<XMLTag/>"), malformed("0010-00000102"));
        assert_eq!(refused("<Tagging/>"), malformed(""));
        let key = with("<Tag><Key>a</Key></Tag>");
        assert_eq!(refused(&key), malformed("0010-00000107"));
        let twice = "<Tag><Key>a</Key><Value/></Tag>".repeat(2);
        assert_eq!(refused(&with(&twice)), ("InvalidTag", "0010-00000210"));
    }
}
