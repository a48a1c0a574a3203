//! The keys of a batch, which are too many and too short-lived for memory of their own each.

/// Keys, one behind the other.
#[derive(Clone, Debug, Default)]
pub struct Keys(Vec<u8>);

/// Where a key is among those of its batch.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    from: usize,
    to: usize,
}

impl Keys {
    /// The key at this place; it is one of a batch's own.
    pub fn at(&self, span: Span) -> &[u8] {
        &self.0[span.from..span.to]
    }

    pub(super) fn push(&mut self, key: &[u8]) -> Span {
        let from = self.0.len();
        self.0.reserve(key.len().max(ROOM.saturating_sub(from)));
        self.0.extend_from_slice(key);
        let to = self.0.len();
        Span { from, to }
    }
}

/// Bytes for the keys that a batch usually has.
const ROOM: usize = 256;
