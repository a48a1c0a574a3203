//! Reading the parameters of RAM's operations.

use std::ops::RangeInclusive;
use std::str::FromStr;

use gateway::{Fault, Head};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::names::Rule;
use crate::policies::{self, Kind};
use crate::roles::MAX_SESSION;
use crate::tags::{self, Tag, TagFilter, Tagged};
use crate::{fault, names, rpc};

/// A mandatory name.
pub(crate) fn name<'a>(head: &'a Head, parameter: &str, rule: Rule) -> Result<&'a str, Fault> {
    let name = head.param(parameter);
    let name = name.ok_or_else(|| fault::missing_parameter(parameter))?;
    fault::check_name(parameter, rule, name)?;
    Ok(name)
}

/// `PolicyType` and `PolicyName`, both mandatory.
pub(crate) fn policy(head: &Head) -> Result<(Kind, &str), Fault> {
    let kind = kind(rpc::need(head, "PolicyType")?)?;
    Ok((kind, name(head, "PolicyName", names::POLICY)?))
}

/// A policy's kind.
pub(crate) fn kind(text: &str) -> Result<Kind, Fault> {
    Kind::parse(text).ok_or_else(|| fault::incorrect("PolicyType"))
}

/// The number in `VersionId`, which is mandatory.
pub(crate) fn version(head: &Head) -> Result<u32, Fault> {
    let id = rpc::need(head, "VersionId")?;
    policies::version_number(id).ok_or_else(|| fault::wrong_format("VersionId"))
}

/// A text of `most` characters at most; `None` if it is left out. An empty text is a text.
pub(crate) fn text(head: &Head, parameter: &str, most: usize) -> Result<Option<String>, Fault> {
    let Some(text) = head.param(parameter) else {
        return Ok(None);
    };
    if text.chars().count() > most {
        return Err(fault::beyond_length(parameter));
    }
    Ok(Some(text.to_owned()))
}

/// A display name: a text without control characters. The catalogue's narrower alphabet leaves out the Chinese
/// characters that its own description allows.
pub(crate) fn display_name(
    head: &Head,
    parameter: &str,
    most: usize,
) -> Result<Option<String>, Fault> {
    let name = text(head, parameter, most)?;
    if name
        .as_ref()
        .is_some_and(|name| name.chars().any(char::is_control))
    {
        return Err(fault::invalid_chars(parameter));
    }
    Ok(name)
}

/// A number with its country code, `86-18600008888`.
pub(crate) fn mobile_phone(head: &Head, parameter: &str) -> Result<Option<String>, Fault> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let fits = |text: &str| {
        text.split_once('-')
            .is_some_and(|(a, b)| digits(a) && digits(b))
    };
    formed(head, parameter, fits)
}

/// An address.
pub(crate) fn email(head: &Head, parameter: &str) -> Result<Option<String>, Fault> {
    let fits = |text: &str| {
        let plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
        let parts = text.rsplit_once('@');
        plain && text.len() <= 254 && parts.is_some_and(|(a, b)| !a.is_empty() && b.contains('.'))
    };
    formed(head, parameter, fits)
}

fn formed(
    head: &Head,
    parameter: &str,
    fits: impl Fn(&str) -> bool,
) -> Result<Option<String>, Fault> {
    match head.param(parameter) {
        None => Ok(None),
        Some(text) if text.is_empty() || fits(text) => Ok(Some(text.to_owned())),
        Some(_) => Err(fault::wrong_format(parameter)),
    }
}

/// `true` or `false`.
pub(crate) fn flag(head: &Head, parameter: &str) -> Result<Option<bool>, Fault> {
    match rpc::given(head, parameter) {
        None => Ok(None),
        Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(_) => Err(fault::incorrect(parameter)),
    }
}

/// The longest session of a role, in seconds.
pub(crate) fn max_session(head: &Head, parameter: &str) -> Result<Option<u32>, Fault> {
    number(head, parameter, MAX_SESSION)
}

/// A number of digits and nothing else: `+5` is none.
pub(crate) fn digits<T: FromStr>(text: &str) -> Option<T> {
    let plain = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

/// A number in a range.
pub(crate) fn number(
    head: &Head,
    parameter: &str,
    range: RangeInclusive<u32>,
) -> Result<Option<u32>, Fault> {
    let Some(text) = rpc::given(head, parameter) else {
        return Ok(None);
    };
    let number = digits(text).filter(|number| range.contains(number));
    number.map(Some).ok_or_else(|| fault::incorrect(parameter))
}

/// A tag as it comes. A value may be left out, which is an empty one, or any where tags are looked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct GivenTag {
    key: String,
    value: Option<String>,
}

/// Lists are one parameter with a JSON array (spec/identity.md §1.1).
pub(crate) fn list<T: DeserializeOwned>(
    head: &Head,
    parameter: &str,
    most: usize,
) -> Result<Vec<T>, Fault> {
    let Some(text) = rpc::given(head, parameter) else {
        return Ok(Vec::new());
    };
    let list: Option<Vec<T>> = serde_json::from_str(text).ok();
    list.filter(|list| list.len() <= most)
        .ok_or_else(|| fault::incorrect(parameter))
}

/// Names, 50 at most.
pub(crate) fn names(head: &Head, parameter: &str, rule: Rule) -> Result<Vec<String>, Fault> {
    let names: Vec<String> = list(head, parameter, tags::MOST_RESOURCES)?;
    let fits = |name: &String| rule.check(name).is_ok();
    match names.iter().all(fits) {
        true => Ok(names),
        false => Err(fault::incorrect(parameter)),
    }
}

/// `TagKeys`, 20 at most.
pub(crate) fn tag_keys(head: &Head) -> Result<Vec<String>, Fault> {
    list(head, "TagKeys", tags::MOST_TAGS)
}

/// The tags of `Tag`, 20 at most, each key once. Prefixes that tags may not have are the same in all of the cloud
/// (such as <https://www.alibabacloud.com/help/en/acr/developer-reference/api-cr-2018-12-01-tagresources>).
pub(crate) fn tags(head: &Head) -> Result<Vec<Tag>, Fault> {
    let given = list::<GivenTag>(head, "Tag", tags::MOST_TAGS)?;
    checked_tags(given.into_iter().map(|tag| (tag.key, tag.value)), 256)
}

/// Tags that may be set, from what was given. Values have `longest` characters at most.
pub(crate) fn checked_tags(
    given: impl IntoIterator<Item = (String, Option<String>)>,
    longest: usize,
) -> Result<Vec<Tag>, Fault> {
    let mut found: Vec<Tag> = Vec::new();
    for (key, value) in given {
        let value = value.unwrap_or_default();
        check_tag_text("TagKey", &key, 1..=128)?;
        check_tag_text("TagValue", &value, 0..=longest)?;
        let reserved = ["acs:", "aliyun"].iter().any(|p| key.starts_with(p));
        if reserved {
            return Err(fault::invalid_chars("TagKey"));
        }
        if found.iter().any(|other| other.key == key) {
            return Err(fault::incorrect("Tag"));
        }
        found.push(Tag { key, value });
    }
    Ok(found)
}

fn check_tag_text(parameter: &str, text: &str, length: RangeInclusive<usize>) -> Result<(), Fault> {
    if !length.contains(&text.chars().count()) {
        return Err(fault::beyond_length(parameter));
    }
    if ["http://", "https://"].iter().any(|p| text.contains(p)) {
        return Err(fault::invalid_chars(parameter));
    }
    Ok(())
}

/// The tags of `Tag` that somebody looks for, 20 at most.
pub(crate) fn tag_filters(head: &Head) -> Result<Vec<TagFilter>, Fault> {
    let given = list::<GivenTag>(head, "Tag", tags::MOST_TAGS)?;
    let filter = |tag: GivenTag| TagFilter {
        key: tag.key,
        value: tag.value,
    };
    Ok(given.into_iter().map(filter).collect())
}

/// `ResourceType`, which is mandatory, and the rule of the names of such things.
pub(crate) fn tagged(head: &Head) -> Result<(Tagged, Rule), Fault> {
    let kind = Tagged::parse(rpc::need(head, "ResourceType")?);
    match kind.ok_or_else(|| fault::incorrect("ResourceType"))? {
        Tagged::Role => Ok((Tagged::Role, names::ROLE)),
        Tagged::Policy => Ok((Tagged::Policy, names::POLICY)),
        Tagged::User => Err(fault::incorrect("ResourceType")),
    }
}

/// Parameters that the real service has and this one does not: with them a call means something that would not
/// happen, so it is refused.
pub(crate) fn refuse(head: &Head, parameters: &[&str]) -> Result<(), Fault> {
    match parameters
        .iter()
        .find(|name| rpc::given(head, name).is_some())
    {
        Some(name) => Err(fault::invalid_parameter(name)),
        None => Ok(()),
    }
}
