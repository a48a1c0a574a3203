//! Listing keys: prefix, delimiter, where to go on, and how many (spec/oss.md §8).
//!
//! What a listing shows are *entries*: keys, and common prefixes that stand for all keys which have the delimiter
//! behind the listing's prefix. Entries are ordered by their bytes, and a listing that goes on after an entry shows
//! those that are greater. So a marker inside a common prefix skips that prefix.

mod heads;
pub mod page;
pub mod params;
pub(crate) mod render;
pub mod token;

use std::future::Future;

pub use page::Page;
pub use params::Params;

/// The most entries that one answer holds.
pub const MAX_KEYS: usize = 1000;

/// How many entries an answer holds where the request does not say.
pub const DEFAULT_KEYS: usize = 100;

/// Live objects of one bucket in the byte order of their keys, as they were at one instant.
pub trait Heads: Send {
    /// What is known of an object besides its key.
    type Head: Send;
    /// Why reading failed.
    type Error: Send;

    /// Moves forward, so that [`next`](Heads::next) returns the first object whose key is not before `key`.
    fn seek(&mut self, key: &[u8]) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// The next object, or `None` at the end.
    fn next(
        &mut self,
    ) -> impl Future<Output = Result<Option<(String, Self::Head)>, Self::Error>> + Send;
}

/// Which entries are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask<'a> {
    /// What every entry begins with.
    pub prefix: &'a str,
    /// What ends a common prefix; nothing is grouped where it is empty.
    pub delimiter: &'a str,
    /// Entries up to and including this one are left out; empty for none.
    pub after: &'a str,
    /// The most entries to return, at least 1.
    pub limit: usize,
}

impl Ask<'_> {
    /// The common prefix that stands for `key`, which begins with the listing's prefix, if there is one.
    fn group<'k>(&self, key: &'k str) -> Option<&'k str> {
        group(self.prefix, self.delimiter, key)
    }

    /// Where reading begins.
    fn start(&self) -> Vec<u8> {
        if self.after < self.prefix {
            return self.prefix.into();
        }
        let inside = self.after.starts_with(self.prefix);
        match self.group(self.after).filter(|_| inside) {
            Some(group) => behind(group),
            None => [self.after.as_bytes(), b"\0"].concat(),
        }
    }
}

/// The common prefix that stands for `key`, which begins with `prefix`, if there is one.
pub(crate) fn group<'k>(prefix: &str, delimiter: &str, key: &'k str) -> Option<&'k str> {
    if delimiter.is_empty() {
        return None;
    }
    let found = key.get(prefix.len()..)?.find(delimiter)?;
    key.get(..prefix.len() + found + delimiter.len())
}

/// Reads the entries that are asked for. It never reads through a common prefix: it takes its first key and seeks
/// behind it.
pub async fn list<C: Heads>(heads: &mut C, ask: &Ask<'_>) -> Result<Page<C::Head>, C::Error> {
    let mut page = Page::default();
    heads.seek(&ask.start()).await?;
    while let Some((key, head)) = heads.next().await? {
        if !key.starts_with(ask.prefix) {
            break;
        }
        if page.len() >= ask.limit {
            page.next = page.last().map(str::to_owned);
            break;
        }
        match ask.group(&key) {
            None => page.keys.push((key, head)),
            Some(group) => {
                heads.seek(&behind(group)).await?;
                page.prefixes.push(group.to_owned());
            }
        }
    }
    Ok(page)
}

/// The least byte string that is greater than every one that begins with `prefix`. UTF-8 has no byte 255, so the
/// last byte can always grow.
pub(crate) fn behind(prefix: &str) -> Vec<u8> {
    let mut bytes = Vec::from(prefix);
    if let Some(last) = bytes.last_mut() {
        *last = last.saturating_add(1);
    }
    bytes
}

#[cfg(test)]
mod tests;
