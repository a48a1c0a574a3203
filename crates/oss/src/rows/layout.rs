//! Where the bytes of an object are that was not stored in one go: appended to, or put together from parts.

use gateway::Fault;
use serde::{Deserialize, Serialize};
use store::BlobId;

use super::BodyId;

/// The name of a layout.
pub(crate) type LayoutId = [u8; 16];

/// How many extents one row holds: an append writes one such row anew, whatever the size of the object.
pub(crate) const CHUNK: usize = 64;

/// Bytes that were stored together. They never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Extent {
    /// How many, at least 1.
    pub(crate) len: u64,
    /// Where they begin inside of what holds them.
    pub(crate) start: u64,
    pub(crate) at: Piece,
}

/// What holds the bytes of an extent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Piece {
    /// A row of their own.
    Small(BodyId),
    /// A blob, which the extent owns under this name.
    Blob(BlobId, BodyId),
}

/// Neighbouring extents of a layout, 1 to [`CHUNK`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chunk(pub(crate) Vec<Extent>);

impl Chunk {
    /// How many bytes they are.
    pub(crate) fn len(&self) -> u64 {
        self.0.iter().map(|extent| extent.len).sum()
    }

    pub(crate) fn encode(&self) -> Result<Vec<u8>, Fault> {
        super::encode(self)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        super::decode(bytes)
    }
}

/// How many objects have a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holders(pub(crate) u64);

impl Holders {
    pub(crate) fn encode(self) -> Result<Vec<u8>, Fault> {
        super::encode(&self)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        super::decode(bytes)
    }
}

/// What is to be cleaned up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Trash {
    /// A layout that no object has any more.
    Layout,
    /// Parts whose upload is over and that did not become part of its object.
    Parts,
}

impl Trash {
    pub(crate) fn encode(self) -> Result<Vec<u8>, Fault> {
        super::encode(&self)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        super::decode(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_chunk_stays_below_four_kibibytes() {
        let extent = Extent {
            len: u64::MAX >> 16,
            start: u64::MAX >> 16,
            at: Piece::Blob(BlobId::from_bytes([255; 16]), [255; 16]),
        };
        let chunk = Chunk(vec![extent; CHUNK]);
        let row = chunk.encode().unwrap();
        assert!(row.len() < 4096, "{}", row.len());
        assert_eq!(Chunk::decode(&row).unwrap(), chunk);
    }
}
