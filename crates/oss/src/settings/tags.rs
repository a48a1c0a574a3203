//! Tags of a bucket (§5). They are stricter in size than those of objects, and freer in characters: oss2's
//! `test_bucket_tagging` has `%@abc`.

use gateway::Fault;
use serde::{Deserialize, Serialize};

use super::Setting;
use crate::fault::settings::{
    bad_bucket_tag, repeated_bucket_tag, reserved_bucket_tag, too_many_bucket_tags,
};
use crate::rows::Kind;
use crate::xml_in::Element;
use crate::xml_in::shape::{Shape, one, times};

/// The most tags of a bucket.
const MOST: usize = 20;
/// The most bytes of a key.
const KEY: usize = 64;
/// The most bytes of a value.
const VALUE: usize = 128;

/// A `Tagging`.
pub(crate) const TAGGING: &[Shape] = &[times(
    "TagSet",
    1,
    1,
    &[times("Tag", 0, usize::MAX, &[one("Key"), one("Value")])],
)];

/// Keys and values in the order in which they were put.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BucketTags(pub(crate) Vec<(String, String)>);

impl Setting for BucketTags {
    const KIND: Kind = Kind::Tagging;
}

impl BucketTags {
    /// Takes a `Tagging`.
    ///
    /// Errors: `TooManyTags`, `RepeatedTags`, `InvalidTag`.
    pub(crate) fn read(root: &Element) -> Result<Self, Fault> {
        let text = |tag: &Element, name| tag.child(name).map_or("", |node| &*node.text).to_owned();
        let set = root.child("TagSet");
        let nodes = set.into_iter().flat_map(|set| set.all("Tag"));
        let tags: Vec<_> = nodes
            .map(|tag| (text(tag, "Key"), text(tag, "Value")))
            .collect();
        if tags.len() > MOST {
            return Err(too_many_bucket_tags());
        }
        for (at, (key, value)) in tags.iter().enumerate() {
            check(key, value)?;
            if tags.iter().take(at).any(|(other, _)| other == key) {
                return Err(repeated_bucket_tag());
            }
        }
        Ok(Self(tags))
    }
}

fn check(key: &str, value: &str) -> Result<(), Fault> {
    let begins = |with: &str| key.starts_with(with);
    if begins("acs:") {
        return Err(reserved_bucket_tag());
    }
    let reserved = begins("http://") || begins("https://") || begins("Aliyun");
    if key.is_empty() || key.len() > KEY || reserved {
        return Err(bad_bucket_tag("TagKey"));
    }
    if value.len() > VALUE {
        return Err(bad_bucket_tag("TagValue"));
    }
    Ok(())
}
