//! The body of PutBucketCors: <https://help.aliyun.com/zh/oss/developer-reference/putbucketcors>.

use gateway::Fault;

use super::Element;
use crate::fault::malformed_xml;
use crate::fault::settings::{bad_cors_method, bad_cors_value, no_cors_rules, too_many_cors_rules};
use crate::settings::{Cors, CorsRule};

/// The most rules of a bucket (§5).
const MOST_RULES: usize = 10;

/// The methods that a rule can name.
const METHODS: [&str; 5] = ["GET", "PUT", "DELETE", "POST", "HEAD"];

/// The most seconds that a browser may be told to remember an answer.
const LONGEST_AGE: u32 = 999_999_999;

/// Reads a `CORSConfiguration`.
pub(crate) fn cors(root: &Element) -> Result<Cors, Fault> {
    let nodes = root.children.iter().filter(|node| node.name == "CORSRule");
    let rules: Vec<CorsRule> = nodes.map(rule).collect::<Result<_, _>>()?;
    if rules.is_empty() {
        return Err(no_cors_rules());
    }
    if rules.len() > MOST_RULES {
        return Err(too_many_cors_rules());
    }
    let vary = match root.child_text("ResponseVary") {
        None | Some("" | "false") => false,
        Some("true") => true,
        Some(_) => return Err(malformed_xml("ResponseVary must be true or false.")),
    };
    Ok(Cors { rules, vary })
}

fn rule(node: &Element) -> Result<CorsRule, Fault> {
    let rule = CorsRule {
        origins: texts(node, "AllowedOrigin"),
        methods: texts(node, "AllowedMethod"),
        headers: texts(node, "AllowedHeader"),
        exposed: texts(node, "ExposeHeader"),
        max_age: node.child_text("MaxAgeSeconds").map(age).transpose()?,
    };
    if rule.origins.is_empty() || rule.methods.is_empty() {
        let detail = "a CORSRule needs an AllowedOrigin and an AllowedMethod.";
        return Err(malformed_xml(detail));
    }
    check(&rule.origins, "AllowedOrigin", 1)?;
    check(&rule.headers, "AllowedHeader", 1)?;
    check(&rule.exposed, "ExposeHeader", 0)?;
    let unknown = |method: &&String| !METHODS.contains(&method.as_str());
    match rule.methods.iter().find(unknown) {
        Some(method) => Err(bad_cors_method(method)),
        None => Ok(rule),
    }
}

fn texts(node: &Element, name: &str) -> Vec<String> {
    let named = node.children.iter().filter(|child| child.name == name);
    named.map(|child| child.text.trim().to_owned()).collect()
}

/// Values are not empty, and have no more than so many `*`.
fn check(values: &[String], name: &'static str, stars: usize) -> Result<(), Fault> {
    let bad = |value: &&String| value.is_empty() || value.matches('*').count() > stars;
    match values.iter().find(bad) {
        Some(value) => Err(bad_cors_value(name, value)),
        None => Ok(()),
    }
}

fn age(text: &str) -> Result<u32, Fault> {
    let age = text.parse().ok().filter(|age| *age <= LONGEST_AGE);
    age.ok_or_else(|| bad_cors_value("MaxAgeSeconds", text))
}
