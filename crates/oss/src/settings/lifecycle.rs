//! The lifecycle rules of a bucket: checked and kept as they were put. Nothing is expired or moved.
//! <https://help.aliyun.com/zh/oss/developer-reference/putbucketlifecycle>

use std::collections::HashSet;

use gateway::Fault;
use serde::{Deserialize, Serialize};

use super::Setting;
use crate::fault::malformed_xml;
use crate::fault::settings::{bad_lifecycle, mixed_lifecycle, overlapping_lifecycle};
use crate::rows::{Kind, StorageClass};
use crate::xml_in::Element;
use crate::xml_in::shape::{Shape, maybe, one, times};

/// The most rules of a bucket.
const MOST: usize = 1000;

/// The most bytes of a rule's id.
const LONGEST_ID: usize = 255;

const TAG: &[Shape] = &[one("Key"), one("Value")];

/// A `LifecycleConfiguration`.
pub(crate) const LIFECYCLE: &[Shape] = &[times("Rule", 1, MOST, RULE)];

const RULE: &[Shape] = &[
    maybe("ID"),
    maybe("Prefix"),
    one("Status"),
    maybe("AtimeBase"),
    times(
        "Expiration",
        0,
        1,
        &[
            maybe("Days"),
            maybe("Date"),
            maybe("CreatedBeforeDate"),
            maybe("ExpiredObjectDeleteMarker"),
        ],
    ),
    times(
        "AbortMultipartUpload",
        0,
        1,
        &[maybe("Days"), maybe("CreatedBeforeDate")],
    ),
    times(
        "Transition",
        0,
        usize::MAX,
        &[
            maybe("Days"),
            maybe("CreatedBeforeDate"),
            one("StorageClass"),
            maybe("IsAccessTime"),
            maybe("ReturnToStdWhenVisit"),
            maybe("AllowSmallFile"),
        ],
    ),
    times("Tag", 0, usize::MAX, TAG),
    times(
        "NoncurrentVersionExpiration",
        0,
        1,
        &[one("NoncurrentDays")],
    ),
    times(
        "NoncurrentVersionTransition",
        0,
        usize::MAX,
        &[
            one("NoncurrentDays"),
            one("StorageClass"),
            maybe("IsAccessTime"),
            maybe("ReturnToStdWhenVisit"),
            maybe("AllowSmallFile"),
        ],
    ),
    times(
        "Filter",
        0,
        1,
        &[
            maybe("ObjectSizeGreaterThan"),
            maybe("ObjectSizeLessThan"),
            times(
                "Not",
                0,
                usize::MAX,
                &[maybe("Prefix"), times("Tag", 0, 1, TAG)],
            ),
        ],
    ),
];

/// What a rule may do.
const ACTIONS: [&str; 5] = [
    "Expiration",
    "AbortMultipartUpload",
    "Transition",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransition",
];

/// The rules as they were put; those without an id were given one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lifecycle(pub(crate) Element);

impl Setting for Lifecycle {
    const KIND: Kind = Kind::Lifecycle;
}

impl Lifecycle {
    /// Takes a `LifecycleConfiguration` that has its shape. `overlap` allows rules for the same objects.
    pub(crate) fn read(mut root: Element, overlap: bool) -> Result<Self, Fault> {
        let mut ids = HashSet::new();
        for rule in &mut root.children {
            check(rule)?;
            lower_case(rule);
            let id = named(rule)?;
            if id.len() > LONGEST_ID || !ids.insert(id.clone()) {
                return Err(bad_lifecycle("ID", &id));
            }
        }
        if !overlap {
            check_overlap(&root)?;
        }
        Ok(Self(root))
    }
}

/// The id of a rule, which gets one where it has none.
fn named(rule: &mut Element) -> Result<String, Fault> {
    if let Some(id) = rule.child_text("ID").filter(|id| !id.is_empty()) {
        return Ok(id.to_owned());
    }
    let id = format!("{:016x}", getrandom::u64().map_err(Fault::internal)?);
    rule.children.retain(|child| child.name != "ID");
    let node = Element {
        name: "ID".to_owned(),
        text: id.clone(),
        children: Vec::new(),
    };
    rule.children.insert(0, node);
    Ok(id)
}

/// Truth values come back in lower case, however they were written: oss2 puts `True` and wants `true`.
fn lower_case(rule: &mut Element) {
    let expirations = rule
        .children
        .iter_mut()
        .filter(|node| node.name == "Expiration");
    let values = expirations.flat_map(|node| &mut node.children);
    for value in values.filter(|node| node.name == "ExpiredObjectDeleteMarker") {
        value.text = value.text.trim().to_ascii_lowercase();
    }
}

fn check(rule: &Element) -> Result<(), Fault> {
    if !matches!(rule.child_text("Status"), Some("Enabled" | "Disabled")) {
        return Err(malformed_xml("Status must be Enabled or Disabled."));
    }
    if !ACTIONS.iter().any(|action| rule.child(action).is_some()) {
        return Err(malformed_xml("a Rule must have an action."));
    }
    for tag in rule.all("Tag") {
        check_tag(tag)?;
    }
    for action in rule
        .children
        .iter()
        .filter(|node| ACTIONS.contains(&node.name.as_str()))
    {
        check_when(action)?;
    }
    check_transitions(rule, "Transition", "Expiration", "Days")?;
    check_transitions(
        rule,
        "NoncurrentVersionTransition",
        "NoncurrentVersionExpiration",
        "NoncurrentDays",
    )
}

/// Sizes of tags are not looked at, characters are: oss2's `test_lifecycle_object_tagging_exceptions_wrong_key`.
fn check_tag(tag: &Element) -> Result<(), Fault> {
    let plain = |text: &str| {
        text.chars()
            .all(|c| c.is_alphanumeric() || " +-=._:/".contains(c))
    };
    for name in ["Key", "Value"] {
        let text = tag.child_text(name).unwrap_or_default();
        if !plain(text) {
            return Err(bad_lifecycle("Tag", text));
        }
    }
    Ok(())
}

/// An action says once when it happens.
fn check_when(action: &Element) -> Result<(), Fault> {
    const WHEN: [&str; 5] = [
        "Days",
        "Date",
        "CreatedBeforeDate",
        "ExpiredObjectDeleteMarker",
        "NoncurrentDays",
    ];
    let mut said = action
        .children
        .iter()
        .filter(|node| WHEN.contains(&node.name.as_str()));
    let (Some(when), None) = (said.next(), said.next()) else {
        let detail = format!("{} must say once when it happens.", action.name);
        return Err(malformed_xml(&detail));
    };
    let text = when.text.trim();
    let good = match when.name.as_str() {
        "Days" | "NoncurrentDays" => text.parse::<u32>().is_ok_and(|days| days > 0),
        "ExpiredObjectDeleteMarker" => {
            matches!(text.to_ascii_lowercase().as_str(), "true" | "false")
        }
        _ => is_midnight(text),
    };
    match (good, when.name.as_str()) {
        (true, _) => Ok(()),
        (false, "Days" | "NoncurrentDays") => Err(bad_lifecycle("Days", text)),
        (false, "ExpiredObjectDeleteMarker") => Err(malformed_xml(
            "ExpiredObjectDeleteMarker must be true or false.",
        )),
        (false, _) => Err(bad_lifecycle("Date", text)),
    }
}

/// Dates are midnights of UTC: `2016-12-25T00:00:00.000Z`.
fn is_midnight(text: &str) -> bool {
    let date = chrono::DateTime::parse_from_rfc3339(text);
    date.is_ok_and(|date| date.timestamp() % 86_400 == 0 && date.timestamp_subsec_nanos() == 0)
}

/// Objects move to ever colder classes, and before they expire; days and dates do not go together.
fn check_transitions(
    rule: &Element,
    transition: &str,
    expiration: &'static str,
    days: &'static str,
) -> Result<(), Fault> {
    let number = |node: &Element| {
        node.child_text(days)
            .and_then(|text| text.parse::<u32>().ok())
    };
    let end = rule.child(expiration);
    let mut steps = Vec::new();
    for node in rule.all(transition) {
        let class = node.child_text("StorageClass").unwrap_or_default();
        let class = match StorageClass::parse(class) {
            None | Some(StorageClass::Standard) => {
                return Err(bad_lifecycle("StorageClass", class));
            }
            Some(class) => class,
        };
        steps.push((class as u8, number(node)));
    }
    let last = end.and_then(number);
    let dated = end.is_some_and(|end| end.child("CreatedBeforeDate").is_some());
    let counted = steps.iter().any(|(_, days)| days.is_some());
    let step_dated = steps.iter().any(|(_, days)| days.is_none());
    if counted && (dated || step_dated) || last.is_some() && step_dated {
        return Err(mixed_lifecycle());
    }
    steps.sort_unstable();
    let in_order = steps.is_sorted_by(|(a, m), (b, n)| a != b && (m.is_none() || m < n));
    let in_time = steps
        .iter()
        .all(|(_, days)| days.is_none() || last.is_none() || *days < last);
    match in_order && in_time {
        true => Ok(()),
        false => Err(bad_lifecycle(days, "")),
    }
}

/// Two rules without tags and filters, one of whose prefixes begins with the other's, must not do the same thing.
fn check_overlap(root: &Element) -> Result<(), Fault> {
    let plain = |rule: &&Element| rule.child("Tag").is_none() && rule.child("Filter").is_none();
    let rules: Vec<&Element> = root.children.iter().filter(plain).collect();
    let prefix = |rule: &Element| rule.child_text("Prefix").unwrap_or_default().to_owned();
    for (at, first) in rules.iter().enumerate() {
        for second in rules.iter().skip(at + 1) {
            let (a, b) = (prefix(first), prefix(second));
            let both =
                |action: &&&str| first.child(action).is_some() && second.child(action).is_some();
            let same = ACTIONS.iter().find(both);
            if let (true, Some(action)) = (a.starts_with(&b) || b.starts_with(&a), same) {
                return Err(overlapping_lifecycle(action));
            }
        }
    }
    Ok(())
}
