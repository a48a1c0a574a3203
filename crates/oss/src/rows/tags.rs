//! Tags of an object (§5).

use serde::{Deserialize, Serialize};

/// The most tags that an object may have.
const MOST: usize = 10;
/// The most characters of a key.
const KEY: usize = 128;
/// The most characters of a value.
const VALUE: usize = 256;

/// Names and values in the order in which they were given. No name is there twice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tags(Vec<(Box<str>, Box<str>)>);

/// Why tags are not taken. The vendor has a page for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadTag {
    /// More than 10.
    TooMany,
    KeyTwice,
    KeyEmpty,
    KeyTooLong,
    KeyCharacter,
    ValueTooLong,
    ValueCharacter,
}

impl Tags {
    /// Tags with these names and values, if an object may have them.
    pub(crate) fn new(pairs: Vec<(Box<str>, Box<str>)>) -> Result<Self, BadTag> {
        if pairs.len() > MOST {
            return Err(BadTag::TooMany);
        }
        for (at, (key, value)) in pairs.iter().enumerate() {
            check(key, value)?;
            if pairs.iter().take(at).any(|(other, _)| other == key) {
                return Err(BadTag::KeyTwice);
            }
        }
        Ok(Self(pairs))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Names and values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }

    /// The condition keys that stand for the tags: `prefix` with the name behind it.
    pub(crate) fn conditions(&self, prefix: &str) -> Vec<(String, String)> {
        let key = |(key, value)| (format!("{prefix}{key}"), str::to_owned(value));
        self.iter().map(key).collect()
    }
}

fn check(key: &str, value: &str) -> Result<(), BadTag> {
    if key.is_empty() {
        return Err(BadTag::KeyEmpty);
    }
    if key.chars().count() > KEY {
        return Err(BadTag::KeyTooLong);
    }
    if !key.chars().all(is_plain) {
        return Err(BadTag::KeyCharacter);
    }
    if value.chars().count() > VALUE {
        return Err(BadTag::ValueTooLong);
    }
    if !value.chars().all(is_plain) {
        return Err(BadTag::ValueCharacter);
    }
    Ok(())
}

/// Letters of any script: oss2's `test_copy_object_with_tagging` has Chinese ones.
fn is_plain(char: char) -> bool {
    char.is_alphanumeric() || " +-=._:/".contains(char)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Result<Tags, BadTag> {
        let own = |(key, value): &(&str, &str)| ((*key).into(), (*value).into());
        Tags::new(pairs.iter().map(own).collect())
    }

    #[test]
    fn what_a_tag_may_be() {
        let (long_key, long_value) = ("钥".repeat(KEY), "v".repeat(VALUE));
        for (key, value) in [
            ("k", "v"),
            ("k", ""),
            (" +/ ", "中文"),
            ("+-.:", "_/="),
            (&long_key, &long_value),
        ] {
            assert_eq!(tags(&[(key, value)]).map(|t| t.len()), Ok(1), "{key}");
        }
        for (key, value, why) in [
            ("", "v", BadTag::KeyEmpty),
            (&*format!("{long_key}x"), "v", BadTag::KeyTooLong),
            ("%@abc", "v", BadTag::KeyCharacter),
            ("k\n", "v", BadTag::KeyCharacter),
            ("k", &*format!("{long_value}x"), BadTag::ValueTooLong),
            ("k", "%abc", BadTag::ValueCharacter),
        ] {
            assert_eq!(tags(&[(key, value)]), Err(why), "{key} {value}");
        }
    }

    #[test]
    fn how_many_there_may_be() {
        let keys: Vec<_> = (0..11).map(|n| n.to_string()).collect();
        let pairs: Vec<_> = keys.iter().map(|key| (key.as_str(), "v")).collect();
        assert_eq!(tags(&pairs[..10]).map(|t| t.len()), Ok(10));
        assert_eq!(tags(&pairs), Err(BadTag::TooMany));
        assert_eq!(tags(&[("a", "1"), ("a", "2")]), Err(BadTag::KeyTwice));
        assert_eq!(tags(&[("a", "1"), ("A", "2")]).map(|t| t.len()), Ok(2));
    }
}
