//! A body in pieces of reasonable size.

use std::ops::Range;

use bytes::Bytes;

/// Chunks are gathered into frames of this many bytes.
///
/// A chunk from the network is a slice of a larger buffer, and keeping it would keep all of that. So what is smaller
/// than a frame is copied; what is as large as one is most of its buffer and kept as it is.
pub(super) const FRAME: usize = 128 * 1024;

/// A body at rest.
#[derive(Debug, Default)]
pub(super) struct Body {
    frames: Vec<Frame>,
}

#[derive(Debug)]
struct Frame {
    /// Where in the body this frame ends, which is where the next one begins.
    end: u64,
    bytes: Bytes,
}

impl Frame {
    fn start(&self) -> u64 {
        self.end - self.bytes.len() as u64
    }
}

impl Body {
    pub(super) fn len(&self) -> u64 {
        self.frames.last().map_or(0, |frame| frame.end)
    }

    /// Those bytes that lie in `range`, shared.
    pub(super) fn slice(&self, range: Range<u64>) -> Vec<Bytes> {
        let first = self
            .frames
            .partition_point(|frame| frame.end <= range.start);
        let frames = self.frames[first..]
            .iter()
            .take_while(|frame| frame.start() < range.end);
        frames
            .map(|frame| part(frame, &range))
            .filter(|bytes| !bytes.is_empty())
            .collect()
    }
}

/// Where a frame and a range that meet overlap.
fn part(frame: &Frame, range: &Range<u64>) -> Bytes {
    let start = range.start.max(frame.start());
    let end = range.end.min(frame.end).max(start);
    frame
        .bytes
        .slice((start - frame.start()) as usize..(end - frame.start()) as usize)
}

/// A body in the making.
#[derive(Debug, Default)]
pub(super) struct Builder {
    body: Body,
    /// The frame that is being filled; never longer than [`FRAME`].
    filling: Vec<u8>,
}

impl Builder {
    pub(super) fn push(&mut self, mut chunk: Bytes) {
        if chunk.len() >= FRAME {
            self.close();
            return self.keep(chunk);
        }
        while !chunk.is_empty() {
            let room = FRAME - self.filling.len();
            let part = chunk.split_to(room.min(chunk.len()));
            if self.filling.capacity() == 0 {
                self.filling.reserve_exact(FRAME);
            }
            self.filling.extend_from_slice(&part);
            if self.filling.len() == FRAME {
                self.close();
            }
        }
    }

    pub(super) fn finish(mut self) -> Body {
        self.close();
        self.body.frames.shrink_to_fit();
        self.body
    }

    fn close(&mut self) {
        if !self.filling.is_empty() {
            let filled = std::mem::take(&mut self.filling).into_boxed_slice();
            self.keep(filled.into());
        }
    }

    fn keep(&mut self, bytes: Bytes) {
        let end = self.body.len() + bytes.len() as u64;
        self.body.frames.push(Frame { end, bytes });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(chunks: impl IntoIterator<Item = usize>) -> Body {
        let mut builder = Builder::default();
        chunks
            .into_iter()
            .for_each(|len| builder.push(vec![7; len].into()));
        builder.finish()
    }

    fn frames(body: &Body) -> Vec<usize> {
        body.frames.iter().map(|frame| frame.bytes.len()).collect()
    }

    #[test]
    fn gathers_small_chunks() {
        let frames = frames(&body(std::iter::repeat_n(1000, 1000)));
        let (last, whole) = frames.split_last().unwrap();
        assert_eq!(whole, [FRAME; 7]);
        assert_eq!(*last, 1_000_000 - 7 * FRAME);
    }

    #[test]
    fn keeps_large_chunks_as_they_are() {
        let large = Bytes::from(vec![7; 3 * FRAME]);
        let mut builder = Builder::default();
        builder.push(Bytes::from_static(b"before"));
        builder.push(large.clone());
        builder.push(Bytes::from_static(b"after"));
        let body = builder.finish();
        assert_eq!(frames(&body), [6, 3 * FRAME, 5]);
        assert_eq!(body.frames[1].bytes.as_ptr(), large.as_ptr());
    }

    #[test]
    fn an_empty_body_has_no_frames() {
        let body = body([0, 0]);
        assert_eq!((body.len(), frames(&body)), (0, vec![]));
        assert_eq!(body.slice(0..10), Vec::<Bytes>::new());
    }

    #[test]
    fn slices_across_frames() {
        let body = body([FRAME - 10, 20]);
        let pieces = body.slice(FRAME as u64 - 3..FRAME as u64 + 4);
        assert_eq!(pieces.iter().map(Bytes::len).collect::<Vec<_>>(), [3, 4]);
    }
}
