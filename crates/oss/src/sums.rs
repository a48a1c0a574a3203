//! The sums of a body, made as its bytes pass.

mod desk;
mod md5;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use gateway::{Body, BodyError, crc64};
use store::Buffers;

use crate::objects::MAX_SIZE;
use desk::{Desk, Hashing};
use md5::Md5;

/// A body is passed on in pieces of this many bytes.
///
/// What comes from the network is a part of the connection's own buffer, which is used again as soon as nobody has that
/// part. So it is copied while it is still in the processor's caches, and a body that is hashed or written later than it
/// comes holds what it needs and no more.
const PIECE: usize = 128 * 1024;

/// A body longer than this is hashed elsewhere, beside its being written.
const HASHED_INLINE: u64 = 256 * 1024;

/// What bytes add up to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sums {
    pub(crate) md5: [u8; 16],
    pub(crate) crc64: u64,
}

impl Sums {
    /// Of bytes that are all there.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self {
            md5: fast_md5::digest(bytes),
            crc64: crc64::of(bytes),
        }
    }
}

/// Makes sums of bodies that are too large to be held.
#[derive(Debug)]
pub(crate) struct Summing {
    buffers: Buffers,
    desk: Desk,
}

impl Default for Summing {
    fn default() -> Self {
        Self {
            buffers: Buffers::new(PIECE),
            desk: Desk::default(),
        }
    }
}

type Piece = Result<Bytes, BodyError>;

impl Summing {
    /// A body in pieces of reasonable size. When the stream has ended, the second value holds their sums.
    pub(crate) fn read(
        &self,
        body: Body,
    ) -> (
        impl Stream<Item = Piece> + Send + Unpin + 'static,
        Arc<OnceLock<Sums>>,
    ) {
        let sums = Arc::default();
        let large = body.declared().is_some_and(|len| len > HASHED_INLINE);
        let md5 = Md5::default();
        let reading = Reading {
            body,
            next: Bytes::new(),
            ended: false,
            buffers: self.buffers.clone(),
            hashing: match large {
                true => Where::There(self.desk.begin(md5)),
                false => Where::Here(md5, self.desk.clone()),
            },
            crc64: 0,
            size: 0,
            sums: Arc::clone(&sums),
        };
        (Box::pin(stream::unfold(reading, Reading::next)), sums)
    }
}

/// Where MD5 is computed.
enum Where {
    /// In the task that reads, until there are too many bytes.
    Here(Md5, Desk),
    There(Hashing),
}

impl Where {
    async fn finish(self) -> Option<[u8; 16]> {
        match self {
            Self::Here(md5, _) => Some(md5.finish()),
            Self::There(hashing) => hashing.finish().await,
        }
    }
}

struct Reading {
    body: Body,
    /// What was read and is in no piece yet.
    next: Bytes,
    ended: bool,
    buffers: Buffers,
    hashing: Where,
    crc64: u64,
    size: u64,
    sums: Arc<OnceLock<Sums>>,
}

impl Reading {
    async fn next(mut self) -> Option<(Piece, Self)> {
        match self.gather().await {
            Ok(piece) if piece.is_empty() => {
                let crc64 = self.crc64;
                if let Some(md5) = self.hashing.finish().await {
                    let _ = self.sums.set(Sums { md5, crc64 });
                }
                None
            }
            Ok(piece) => {
                let piece = self.take(piece).await;
                Some((piece, self))
            }
            Err(error) => Some((Err(error), self)),
        }
    }

    /// The next piece, empty at the end.
    async fn gather(&mut self) -> Piece {
        self.read().await?;
        if self.next.len() > PIECE {
            return Ok(std::mem::take(&mut self.next));
        }
        let mut buffer = self.buffers.take();
        while !self.next.is_empty() {
            buffer.fill(&mut self.next);
            if buffer.is_full() {
                break;
            }
            self.read().await?;
        }
        Ok(buffer.freeze())
    }

    /// Sees to it that there is something to go into a piece, unless the body is over.
    async fn read(&mut self) -> Result<(), BodyError> {
        while self.next.is_empty() && !self.ended {
            match self.body.next().await {
                Some(bytes) => self.next = bytes?,
                None => self.ended = true,
            }
        }
        Ok(())
    }

    async fn take(&mut self, piece: Bytes) -> Piece {
        self.size += piece.len() as u64;
        if self.size > MAX_SIZE {
            let limit = usize::try_from(MAX_SIZE).unwrap_or(usize::MAX);
            return Err(BodyError::TooLarge { limit });
        }
        self.crc64 = crc64::combine(self.crc64, crc64::of(&piece), piece.len() as u64);
        if let Where::Here(md5, desk) = &mut self.hashing
            && self.size > HASHED_INLINE
        {
            self.hashing = Where::There(desk.begin(*md5));
        }
        match &mut self.hashing {
            Where::Here(md5, _) => md5.update(&piece),
            Where::There(hashing) => hashing.add(piece.clone()).await,
        }
        Ok(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pass(body: Body) -> (Vec<u8>, Vec<usize>, Sums) {
        let (mut stream, sums) = Summing::default().read(body);
        let (mut whole, mut pieces) = (Vec::new(), Vec::new());
        while let Some(piece) = stream.next().await {
            let piece = piece.unwrap();
            pieces.push(piece.len());
            whole.extend_from_slice(&piece);
        }
        (whole, pieces, *sums.get().unwrap())
    }

    #[tokio::test]
    async fn sums_are_the_same_here_and_there() {
        for size in [0, 1, 300_000, 5_000_000] {
            let bytes: Vec<u8> = (0..size).map(|n: u32| (n % 251) as u8).collect();
            let expected = Sums::of(&bytes);
            let chunks = bytes.chunks(70_001).map(Bytes::copy_from_slice).map(Ok);
            let chunks: Vec<_> = chunks.collect();
            let streamed = Body::from_stream(stream::iter(chunks));
            for body in [Body::from_bytes(bytes.clone()), streamed] {
                let (whole, _, sums) = pass(body).await;
                assert_eq!(whole, bytes);
                assert_eq!((sums.md5, sums.crc64), (expected.md5, expected.crc64));
            }
        }
    }

    #[tokio::test]
    async fn small_chunks_are_gathered_and_large_ones_kept() {
        let chunks = std::iter::repeat_n(Bytes::from(vec![7; 1000]), 1000).map(Ok);
        let (_, pieces, _) = pass(Body::from_stream(stream::iter(chunks))).await;
        let (last, whole) = pieces.split_last().unwrap();
        assert_eq!(whole, [PIECE; 7]);
        assert_eq!(*last, 1_000_000 - 7 * PIECE);
        let (_, pieces, _) = pass(Body::from_bytes(vec![7; 3 * PIECE])).await;
        assert_eq!(pieces, [3 * PIECE]);
    }
}
