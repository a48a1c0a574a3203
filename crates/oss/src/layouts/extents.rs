//! Which bytes of which extents a range is. Pure.

use std::ops::Range;

use crate::rows::{Chunk, Piece};

/// Bytes of one extent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) at: Piece,
    /// Which bytes of what holds the extent.
    pub(super) range: Range<u64>,
}

impl Cut {
    pub(super) fn len(&self) -> u64 {
        self.range.end - self.range.start
    }
}

/// The bytes of a layout that lie in `range` and in the extents which end at `end`, in order. None is empty.
pub(super) fn cuts(chunk: &Chunk, end: u64, range: &Range<u64>) -> Vec<Cut> {
    let mut at = end.saturating_sub(chunk.len());
    let mut cuts = Vec::new();
    for extent in &chunk.0 {
        let own = at..at + extent.len;
        at = own.end;
        let from = own.start.max(range.start);
        let to = own.end.min(range.end);
        if from < to {
            let inside = |offset: u64| extent.start + (offset - own.start);
            cuts.push(Cut {
                at: extent.at,
                range: inside(from)..inside(to),
            });
        }
    }
    cuts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rows::Extent;

    /// Every byte of a chunk as what holds it and where, the slow way.
    fn bytes(chunk: &Chunk) -> Vec<(Piece, u64)> {
        let one = |extent: &Extent| {
            let at = extent.at;
            (extent.start..extent.start + extent.len).map(move |n| (at, n))
        };
        chunk.0.iter().flat_map(one).collect()
    }

    fn chunks() -> impl Strategy<Value = Chunk> {
        let extent = (1u64..6, 0u64..9, any::<u8>()).prop_map(|(len, start, name)| Extent {
            len,
            start,
            at: Piece::Small([name; 16]),
        });
        prop::collection::vec(extent, 1..8).prop_map(Chunk)
    }

    proptest! {
        #[test]
        fn a_range_is_the_bytes_that_it_names(chunk in chunks(), first in 0u64..20, from in 0u64..60, len in 0u64..60) {
            let range = from..from + len;
            let end = first + chunk.len();
            let cuts = cuts(&chunk, end, &range);
            prop_assert!(cuts.iter().all(|cut| cut.len() > 0));
            let got: Vec<_> = cuts.iter().flat_map(|cut| cut.range.clone().map(|n| (cut.at, n))).collect();
            let expected: Vec<_> = bytes(&chunk)
                .into_iter()
                .zip(first..)
                .filter(|(_, offset)| range.contains(offset))
                .map(|(byte, _)| byte)
                .collect();
            prop_assert_eq!(got, expected);
        }
    }
}
