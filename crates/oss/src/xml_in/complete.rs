//! The body of CompleteMultipartUpload:
//! <https://help.aliyun.com/zh/oss/developer-reference/completemultipartupload>.

use gateway::Fault;

use super::{Element, parse};
use crate::fault::multipart::malformed_complete;
use crate::uploads::{Listed, MAX_PART};

/// Reads the body of CompleteMultipartUpload, which lists from 1 to 10 000 parts. ETags may stand in quotes, and in
/// any case. The order is for the caller to check.
pub(crate) fn complete(body: &[u8]) -> Result<Vec<Listed>, Fault> {
    let root = parse(body).map_err(|bad| malformed_complete(&bad.0))?;
    if root.name != "CompleteMultipartUpload" {
        return Err(malformed_complete(
            "the root node is not named CompleteMultipartUpload.",
        ));
    }
    let nodes = root.children.iter().filter(|child| child.name == "Part");
    let parts: Vec<_> = nodes.map(part).collect::<Result<_, _>>()?;
    match parts.len() {
        0 => Err(malformed_complete("the node Part is missing.")),
        n if n > usize::from(MAX_PART) => {
            Err(malformed_complete("there are more than 10000 parts."))
        }
        _ => Ok(parts),
    }
}

fn part(node: &Element) -> Result<Listed, Fault> {
    let number = node.child_text("PartNumber").unwrap_or_default();
    let number = number.parse().ok().filter(|n| (1..=MAX_PART).contains(n));
    let number = number.ok_or_else(|| malformed_complete("the node PartNumber is not valid."))?;
    let etag = node.child_text("ETag");
    let etag = etag.ok_or_else(|| malformed_complete("the node ETag is missing."))?;
    Ok(Listed {
        number,
        etag: etag.trim_matches('"').to_ascii_uppercase(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etags_with_and_without_quotes() {
        let body = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"ab\"</ETag></Part>\
                    <Part><ETag>&quot;CD&quot;</ETag><PartNumber> 10000 </PartNumber></Part>\
                    <Part><PartNumber>2</PartNumber><ETag>EF</ETag></Part></CompleteMultipartUpload>";
        let parts = complete(body.as_bytes()).expect("good");
        let parts: Vec<_> = parts.iter().map(|p| (p.number, p.etag.as_str())).collect();
        assert_eq!(parts, [(1, "AB"), (10_000, "CD"), (2, "EF")]);
    }

    #[test]
    fn what_lists_no_parts_is_refused() {
        let inside = |inside: &str| {
            format!("<CompleteMultipartUpload><Part>{inside}</Part></CompleteMultipartUpload>")
        };
        for body in [
            "",
            "<CompleteMultipartUpload/>",
            "<CompleteMultipartUpload>",
            "<Complete><Part><PartNumber>1</PartNumber><ETag>A</ETag></Part></Complete>",
            &inside("<PartNumber>1</PartNumber>"),
            &inside("<ETag>A</ETag>"),
            &inside("<PartNumber>0</PartNumber><ETag>A</ETag>"),
            &inside("<PartNumber>10001</PartNumber><ETag>A</ETag>"),
            &inside("<PartNumber>x</PartNumber><ETag>A</ETag>"),
        ] {
            let fault = complete(body.as_bytes()).expect_err(body);
            let refused = (fault.code(), fault.ec_code());
            assert_eq!(refused, ("MalformedXML", Some("0042-00000205")), "{body}");
        }
    }

    #[test]
    fn ten_thousand_are_fine() {
        let part = |n| format!("<Part><PartNumber>{n}</PartNumber><ETag>\"A\"</ETag></Part>");
        let body = |n| {
            let parts: String = (1..=n).map(part).collect();
            format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>")
        };
        assert_eq!(
            complete(body(10_000).as_bytes()).expect("good").len(),
            10_000
        );
    }
}
