//! The entries that one listing answers with.

/// What a listing found, each list in order.
#[derive(Debug, PartialEq, Eq)]
pub struct Page<H> {
    /// Objects that no common prefix stands for.
    pub keys: Vec<(String, H)>,
    /// Common prefixes, each once.
    pub prefixes: Vec<String>,
    /// The last entry, where more follow: going on after it continues the listing.
    pub next: Option<String>,
}

impl<H> Page<H> {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.keys.len() + self.prefixes.len()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The greatest entry.
    pub(super) fn last(&self) -> Option<&str> {
        let key = self.keys.last().map(|(key, _)| key.as_str());
        let prefix = self.prefixes.last().map(String::as_str);
        key.max(prefix)
    }
}

impl<H> Default for Page<H> {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            prefixes: Vec::new(),
            next: None,
        }
    }
}
