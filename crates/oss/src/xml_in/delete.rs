//! The body of DeleteMultipleObjects: <https://help.aliyun.com/zh/oss/developer-reference/deletemultipleobjects>.

use gateway::Fault;

use super::{Element, parse};
use crate::fault::bucket::{key_must_be_specified, malformed_delete};

/// The most objects of one request.
const OBJECTS: usize = 1000;

/// What a `Delete` document asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Delete {
    /// Only failures are reported.
    pub quiet: bool,
    /// Key and version id of each object, in order. Keys are taken literally, blanks included.
    pub objects: Vec<(String, Option<String>)>,
}

/// Reads the body of DeleteMultipleObjects, which names from 1 to 1000 objects. Every way to be wrong has its own EC
/// (`https://help.aliyun.com/zh/oss/support/0016-00000607` and its neighbours).
pub fn delete(body: &[u8]) -> Result<Delete, Fault> {
    let root = parse(body).map_err(|bad| malformed_delete(&bad.0, "0016-00000607"))?;
    if root.name != "Delete" {
        return Err(malformed_delete(
            "the root node is not named Delete.",
            "0016-00000608",
        ));
    }
    let nodes = root.children.iter().filter(|child| child.name == "Object");
    let count = nodes.clone().count();
    if count > OBJECTS {
        return Err(malformed_delete(
            "the number of objects exceeds 1000.",
            "0016-00000609",
        ));
    }
    let quiet = quiet(&root)?;
    if count == 0 {
        return Err(malformed_delete(
            "the node Object is missing.",
            "0016-00000615",
        ));
    }
    let objects = nodes.map(object).collect::<Result<_, _>>()?;
    Ok(Delete { quiet, objects })
}

fn quiet(root: &Element) -> Result<bool, Fault> {
    match root.child_text("Quiet") {
        None | Some("") => Ok(false),
        Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        Some(_) => Err(malformed_delete(
            "the value of Quiet is neither true nor false.",
            "0016-00000610",
        )),
    }
}

fn object(node: &Element) -> Result<(String, Option<String>), Fault> {
    let key = node
        .child("Key")
        .ok_or_else(|| malformed_delete("the node Key is missing.", "0016-00000613"))?;
    if key.text.is_empty() {
        return Err(key_must_be_specified());
    }
    let version = node.child_text("VersionId").filter(|text| !text.is_empty());
    Ok((key.text.clone(), version.map(str::to_owned)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> (&'static str, Option<&'static str>) {
        let fault = delete(body.as_bytes()).expect_err(body);
        assert_eq!(fault.status().as_u16(), 400);
        (fault.code(), fault.ec_code())
    }

    #[test]
    fn keys_are_literal() {
        let body = "<Delete><Quiet>True</Quiet><Object><Key> a&amp;b%2F\n</Key></Object>\
                    <Object><Key>c</Key><VersionId>v</VersionId></Object></Delete>";
        let asked = delete(body.as_bytes()).expect("good");
        assert!(asked.quiet);
        assert_eq!(
            asked.objects,
            [
                (" a&b%2F\n".to_owned(), None),
                ("c".to_owned(), Some("v".to_owned()))
            ]
        );
    }

    #[test]
    fn each_mistake_has_its_ec() {
        let many = "<Object><Key>k</Key></Object>".repeat(1001);
        for (body, ec) in [
            ("<Delete><Object><Key>a</Key></Object>", "0016-00000607"),
            ("", "0016-00000607"),
            ("<BatchDelete/>", "0016-00000608"),
            (&format!("<Delete>{many}</Delete>"), "0016-00000609"),
            (
                "<Delete><Quiet>test</Quiet><Object><Key>a</Key></Object></Delete>",
                "0016-00000610",
            ),
            (
                "<Delete><Object><VersionId>v</VersionId></Object></Delete>",
                "0016-00000613",
            ),
            ("<Delete><Quiet>false</Quiet></Delete>", "0016-00000615"),
        ] {
            assert_eq!(refused(body), ("MalformedXML", Some(ec)), "{body}");
        }
        let empty = "<Delete><Object><Key></Key></Object></Delete>";
        assert_eq!(
            refused(empty),
            ("UserKeyMustBeSpecified", Some("0016-00000611"))
        );
    }

    #[test]
    fn a_thousand_are_fine() {
        let many = "<Object><Key>k</Key></Object>".repeat(1000);
        let asked = delete(format!("<Delete>{many}</Delete>").as_bytes()).expect("good");
        assert_eq!(asked.objects.len(), 1000);
    }
}
