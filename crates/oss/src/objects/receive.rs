//! Taking in the bytes of an object: hashed as they pass, verified before anything refers to them.

use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use fast_md5::Md5;
use futures_util::{Stream, StreamExt, stream};
use gateway::{Body, BodyError, Fault, Head, crc64};
use http::HeaderName;
use store::{ReceiveError, Received};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::headers::{CONTENT_MD5, CRC64};
use crate::rows::NewBody;
use crate::{Oss, fault};

/// The most bytes that one upload may have: 5 GB (§5).
pub(crate) const MAX_SIZE: u64 = 5 * 1024 * 1024 * 1024;

/// A body longer than this is hashed on a thread of its own, beside its being written.
const HASHED_INLINE: u64 = 256 * 1024;

/// How many pieces may wait for the hashing thread.
const WAITING: usize = 16;

/// The bytes of an object to be, stored but not yet anybody's.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) body: NewBody,
    pub(crate) size: u64,
    pub(crate) md5: [u8; 16],
    pub(crate) crc64: u64,
}

/// What the client says that its bytes add up to.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    md5: Option<([u8; 16], String)>,
    crc64: Option<(u64, String)>,
}

impl Expected {
    /// Reads `Content-MD5` and `x-oss-hash-crc64ecma` (§4.7, §4.8).
    pub(crate) fn read(head: &Head) -> Result<Self, Fault> {
        // Text that is not UTF-8 is no sum; it must not pass for no header.
        let stated = |name: &HeaderName| {
            let value = head.headers.get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let md5 = stated(&CONTENT_MD5).map(|text| {
            let bytes = STANDARD.decode(&text).ok();
            let md5 = bytes.and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
            let md5 = md5.ok_or_else(|| fault::invalid_digest(&text))?;
            Ok::<_, Fault>((md5, text))
        });
        let crc64 = stated(&CRC64).map(|text| {
            let crc64 = text.parse().map_err(|_| fault::invalid_crc64(&text))?;
            Ok::<_, Fault>((crc64, text))
        });
        Ok(Self {
            md5: md5.transpose()?,
            crc64: crc64.transpose()?,
        })
    }

    fn check(&self, sums: &Sums) -> Result<(), Fault> {
        match (&self.md5, &self.crc64) {
            (Some((md5, text)), _) if *md5 != sums.md5 => Err(fault::invalid_digest(text)),
            (_, Some((crc64, text))) if *crc64 != sums.crc64 => Err(fault::invalid_crc64(text)),
            _ => Ok(()),
        }
    }
}

impl Oss {
    /// Reads a body to its end. `wall` is wall time.
    ///
    /// Errors: `InvalidDigest`, `InvalidCRC64`, `EntityTooLarge`, `IncompleteBody`, `RequestTimeout`; nothing is
    /// kept then.
    pub(crate) async fn receive(
        &self,
        body: Body,
        expected: &Expected,
        wall: DateTime<Utc>,
    ) -> Result<Incoming, Fault> {
        let declared = body.declared();
        if declared.is_some_and(|n| n > MAX_SIZE) {
            return Err(fault::entity_too_large());
        }
        if declared.is_some_and(|n| n <= store::SMALL as u64) {
            let bytes = body.collect(store::SMALL).await;
            let bytes = bytes.map_err(|error| fault::body(&error))?;
            return incoming(Received::Small(bytes.clone()), Sums::of(&bytes), expected);
        }
        let (stream, sums) = summing(body);
        let received = self.store.receive(stream, wall).await;
        let received = received.map_err(|error| match error {
            ReceiveError::Body(error) => fault::body(&error),
            ReceiveError::Store(error) => error.into(),
        })?;
        let kept = match &received {
            Received::Large { id, .. } => Some(*id),
            Received::Small(_) => None,
        };
        let sums = sums.get().copied();
        let sums = sums.ok_or_else(|| Fault::internal("a body ended without its sums"));
        let incoming = sums.and_then(|sums| incoming(received, sums, expected));
        if let (Err(_), Some(id)) = (&incoming, kept) {
            self.let_go(id).await;
        }
        incoming
    }
}

impl Oss {
    /// Reads a body to its end and keeps only its sums.
    pub(crate) async fn sum(&self, body: Body) -> Result<Incoming, Fault> {
        let (mut stream, sums) = summing(body);
        let mut size = 0;
        while let Some(piece) = stream.next().await {
            size += piece.map_err(Fault::internal)?.len() as u64;
        }
        let sums = sums.get().copied();
        let sums = sums.ok_or_else(|| Fault::internal("a body ended without its sums"))?;
        Ok(Incoming {
            body: NewBody::Empty,
            size,
            md5: sums.md5,
            crc64: sums.crc64,
        })
    }
}

fn incoming(received: Received, sums: Sums, expected: &Expected) -> Result<Incoming, Fault> {
    expected.check(&sums)?;
    let (body, size) = match received {
        Received::Small(bytes) if bytes.is_empty() => (NewBody::Empty, 0),
        Received::Small(bytes) => {
            let size = bytes.len() as u64;
            (NewBody::Small(bytes), size)
        }
        Received::Large { id, len } => (NewBody::Received(id), len),
    };
    Ok(Incoming {
        body,
        size,
        md5: sums.md5,
        crc64: sums.crc64,
    })
}

/// What bytes add up to.
#[derive(Debug, Clone, Copy)]
struct Sums {
    md5: [u8; 16],
    crc64: u64,
}

impl Sums {
    fn of(bytes: &[u8]) -> Self {
        Self {
            md5: fast_md5::digest(bytes),
            crc64: crc64::of(bytes),
        }
    }
}

/// Sums in the making.
struct Hasher {
    md5: Md5,
    crc64: u64,
}

impl Default for Hasher {
    fn default() -> Self {
        Self {
            md5: Md5::new(),
            crc64: 0,
        }
    }
}

impl Hasher {
    fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.crc64 = crc64::combine(self.crc64, crc64::of(bytes), bytes.len() as u64);
    }

    fn finish(self) -> Sums {
        Sums {
            md5: self.md5.finalize(),
            crc64: self.crc64,
        }
    }
}

/// Where the hashing happens.
enum Hashing {
    /// In the task that reads.
    Here(Box<Hasher>),
    /// On a thread, which gets the pieces through a bounded queue.
    There(mpsc::Sender<Bytes>, JoinHandle<Sums>),
}

impl Hashing {
    /// Moves to a thread. MD5 runs at the speed of one core, which the reading and writing would have to share.
    #[expect(
        clippy::disallowed_methods,
        reason = "one task for a whole large body, not one a piece"
    )]
    fn elsewhere(mut hasher: Box<Hasher>) -> Self {
        let (pieces, mut waiting) = mpsc::channel::<Bytes>(WAITING);
        let thread = tokio::task::spawn_blocking(move || {
            while let Some(piece) = waiting.blocking_recv() {
                hasher.update(&piece);
            }
            hasher.finish()
        });
        Self::There(pieces, thread)
    }

    async fn finish(self) -> Option<Sums> {
        match self {
            Self::Here(hasher) => Some(hasher.finish()),
            Self::There(pieces, thread) => {
                drop(pieces);
                thread.await.ok()
            }
        }
    }
}

struct Reading {
    body: Body,
    hashing: Hashing,
    size: u64,
    sums: Arc<OnceLock<Sums>>,
}

type Piece = Result<Bytes, BodyError>;

/// The pieces of a body as they come. When the stream has ended, the second value holds their sums.
fn summing(
    body: Body,
) -> (
    impl Stream<Item = Piece> + Send + Unpin + 'static,
    Arc<OnceLock<Sums>>,
) {
    let sums = Arc::default();
    let reading = Reading {
        body,
        hashing: Hashing::Here(Box::default()),
        size: 0,
        sums: Arc::clone(&sums),
    };
    (Box::pin(stream::unfold(reading, Reading::next)), sums)
}

impl Reading {
    async fn next(mut self) -> Option<(Piece, Self)> {
        match self.body.next().await {
            Some(Ok(piece)) => {
                let piece = self.take(piece).await;
                Some((piece, self))
            }
            Some(Err(error)) => Some((Err(error), self)),
            None => {
                if let Some(sums) = self.hashing.finish().await {
                    let _ = self.sums.set(sums);
                }
                None
            }
        }
    }

    async fn take(&mut self, piece: Bytes) -> Piece {
        self.size += piece.len() as u64;
        if self.size > MAX_SIZE {
            let limit = usize::try_from(MAX_SIZE).unwrap_or(usize::MAX);
            return Err(BodyError::TooLarge { limit });
        }
        if self.size > HASHED_INLINE
            && let Hashing::Here(hasher) = &mut self.hashing
        {
            let hasher = std::mem::take(hasher);
            self.hashing = Hashing::elsewhere(hasher);
        }
        match &mut self.hashing {
            Hashing::Here(hasher) => hasher.update(&piece),
            // The thread ends before its queue only if it panics, and then there are no sums.
            Hashing::There(pieces, _) => drop(pieces.send(piece.clone()).await),
        }
        Ok(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sums_are_the_same_here_and_there() {
        assert_eq!(Sums::of(b"123456789").crc64, 0x995D_C9BB_DF19_39FA);
        assert_eq!(Sums::of(b"").crc64, 0);
        for size in [0, 1, 300_000, 5_000_000] {
            let bytes: Vec<u8> = (0..size).map(|n: u32| (n % 251) as u8).collect();
            let expected = Sums::of(&bytes);
            let (stream, sums) = summing(Body::from_bytes(bytes));
            let pieces = stream.count().await;
            assert_eq!(pieces, usize::from(size > 0));
            let sums = sums.get().unwrap();
            assert_eq!((sums.md5, sums.crc64), (expected.md5, expected.crc64));
        }
    }
}
