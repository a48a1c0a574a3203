//! The condition keys of one request.

use std::fmt;

/// The condition keys of one request (spec §4.3).
///
/// Keys are compared without case, because both `acs:PrincipalARN` and `acs:PrincipalArn` are in use (spec §4.1, J).
/// A key may have several values, one `insert` each. The few keys of a request are kept in a flat list: building it
/// costs one allocation a key, and a linear look-up beats hashing at this size.
#[derive(Clone, Default)]
pub struct Context {
    entries: Vec<(Box<str>, String)>,
}

impl Context {
    /// No keys at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one value of a key, next to those that are there.
    pub fn insert(&mut self, key: &str, value: impl Into<String>) {
        self.entries.push((key.into(), value.into()));
    }

    /// The first value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values(key).next()
    }

    /// All values of a key, in the order in which they were added.
    pub fn values<'a, 'k>(&'a self, key: &'k str) -> impl Iterator<Item = &'a str> + use<'a, 'k> {
        let same = move |entry: &&(Box<str>, String)| entry.0.eq_ignore_ascii_case(key);
        self.entries
            .iter()
            .filter(same)
            .map(|(_, value)| value.as_str())
    }

    /// Every key, spelt as it was added, with one value at a time.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries
            .iter()
            .map(|(key, value)| (key.as_ref(), value.as_str()))
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self.iter()).finish()
    }
}

impl<K: AsRef<str>, V: Into<String>> FromIterator<(K, V)> for Context {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut context = Self::new();
        for (key, value) in pairs {
            context.insert(key.as_ref(), value);
        }
        context
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_compared_without_case_and_keep_every_value() {
        let context: Context = [("acs:RequestTag/a", "1"), ("ACS:requesttag/A", "2")]
            .into_iter()
            .collect();
        assert_eq!(context.get("acs:requesttag/a"), Some("1"));
        assert_eq!(
            context.values("acs:requestTag/a").collect::<Vec<_>>(),
            ["1", "2"]
        );
        assert_eq!(context.get("acs:RequestTag/b"), None);
        assert_eq!(context.iter().count(), 2);
    }
}
