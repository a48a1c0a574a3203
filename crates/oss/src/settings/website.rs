//! A bucket as a static website: checked and kept as it was put.
//! <https://help.aliyun.com/zh/oss/developer-reference/putbucketwebsite>

use gateway::Fault;
use serde::{Deserialize, Serialize};

use super::Setting;
use crate::fault::malformed_xml;
use crate::fault::settings::bad_website;
use crate::rows::Kind;
use crate::xml_in::Element;
use crate::xml_in::shape::{Shape, any, maybe, one, times};

/// The most routing rules (§5).
const MOST_RULES: usize = 20;

/// A `WebsiteConfiguration`.
pub(crate) const WEBSITE: &[Shape] = &[
    times(
        "IndexDocument",
        0,
        1,
        &[one("Suffix"), maybe("SupportSubDir"), maybe("Type")],
    ),
    times("ErrorDocument", 0, 1, &[one("Key"), maybe("HttpStatus")]),
    times(
        "RoutingRules",
        0,
        1,
        &[times("RoutingRule", 1, MOST_RULES, ROUTING_RULE)],
    ),
];

const ROUTING_RULE: &[Shape] = &[
    one("RuleNumber"),
    times(
        "Condition",
        1,
        1,
        &[
            maybe("KeyPrefixEquals"),
            maybe("KeySuffixEquals"),
            maybe("HttpErrorCodeReturnedEquals"),
            times(
                "IncludeHeader",
                0,
                10,
                &[
                    one("Key"),
                    maybe("Equals"),
                    maybe("StartsWith"),
                    maybe("EndsWith"),
                ],
            ),
        ],
    ),
    times("Redirect", 1, 1, REDIRECT),
];

const REDIRECT: &[Shape] = &[
    one("RedirectType"),
    maybe("PassQueryString"),
    maybe("MirrorURL"),
    maybe("MirrorURLSlave"),
    maybe("MirrorURLProbe"),
    maybe("MirrorPassQueryString"),
    maybe("MirrorFollowRedirect"),
    maybe("MirrorCheckMd5"),
    times(
        "MirrorHeaders",
        0,
        1,
        &[
            maybe("PassAll"),
            any("Pass"),
            any("Remove"),
            times("Set", 0, 10, &[one("Key"), one("Value")]),
        ],
    ),
    maybe("Protocol"),
    maybe("HostName"),
    maybe("HttpRedirectCode"),
    maybe("ReplaceKeyPrefixWith"),
    maybe("ReplaceKeyWith"),
    maybe("EnableReplacePrefix"),
];

/// The configuration as it was put.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Website(pub(crate) Element);

impl Setting for Website {
    const KIND: Kind = Kind::Website;
}

impl Website {
    /// The key of the index page of a folder, whose name ends with `/`: the folder's own where `SupportSubDir` is on,
    /// else that of the whole website.
    pub(crate) fn index(&self, folder: &str) -> Option<String> {
        let index = self.0.child("IndexDocument")?;
        let suffix = index.child_text("Suffix")?;
        Some(match index.child_text("SupportSubDir") {
            Some("true") => format!("{folder}{suffix}"),
            _ => suffix.to_owned(),
        })
    }

    /// Takes a `WebsiteConfiguration` that has its shape.
    pub(crate) fn read(mut root: Element) -> Result<Self, Fault> {
        normalize(&mut root)?;
        if root.children.is_empty() {
            return Err(malformed_xml("the website has nothing in it."));
        }
        if let Some(suffix) = root
            .child("IndexDocument")
            .and_then(|n| n.child_text("Suffix"))
            && (suffix.is_empty() || suffix.contains('/'))
        {
            return Err(bad_website("Suffix", suffix));
        }
        if let Some(key) = root
            .child("ErrorDocument")
            .and_then(|n| n.child_text("Key"))
            && key.is_empty()
        {
            return Err(bad_website("Key", key));
        }
        for rule in root
            .child("RoutingRules")
            .into_iter()
            .flat_map(|n| n.all("RoutingRule"))
        {
            check_rule(rule)?;
        }
        Ok(Self(root))
    }
}

/// What is true or false.
const TRUTHS: [&str; 7] = [
    "SupportSubDir",
    "PassQueryString",
    "MirrorPassQueryString",
    "MirrorFollowRedirect",
    "MirrorCheckMd5",
    "PassAll",
    "EnableReplacePrefix",
];

/// Truth values come back in lower case, however they were written, and what a mirror does with the query is said
/// under both names (oss2's `test_normal_set_website_with_mirror`).
fn normalize(element: &mut Element) -> Result<(), Fault> {
    if TRUTHS.contains(&element.name.as_str()) {
        element.text = element.text.trim().to_ascii_lowercase();
        if !matches!(element.text.as_str(), "true" | "false") {
            let detail = format!("{} must be true or false.", element.name);
            return Err(malformed_xml(&detail));
        }
    }
    for child in &mut element.children {
        normalize(child)?;
    }
    if let Some(mirrored) = element.child("MirrorPassQueryString") {
        let mut same = mirrored.clone();
        same.name = "PassQueryString".to_owned();
        element.children.retain(|child| child.name != same.name);
        element.children.push(same);
    }
    Ok(())
}

fn check_rule(rule: &Element) -> Result<(), Fault> {
    let number = rule.child_text("RuleNumber").unwrap_or_default();
    if !number.parse::<u32>().is_ok_and(|number| number > 0) {
        return Err(bad_website("RuleNumber", number));
    }
    let redirect = rule.child("Redirect");
    let kind = redirect
        .and_then(|n| n.child_text("RedirectType"))
        .unwrap_or_default();
    if !["Mirror", "External", "AliCDN", "Internal"].contains(&kind) {
        return Err(bad_website("RedirectType", kind));
    }
    let code = redirect.and_then(|n| n.child_text("HttpRedirectCode"));
    match code {
        None | Some("301" | "302" | "307") => Ok(()),
        Some(code) => Err(bad_website("HttpRedirectCode", code)),
    }
}
