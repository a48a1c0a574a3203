//! Taking in the bytes of an object: hashed as they pass, verified before anything refers to them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use gateway::{Body, Fault, Head};
use http::HeaderName;
use store::{ReceiveError, Received};

use crate::headers::{CONTENT_MD5, CRC64};
use crate::rows::NewBody;
use crate::sums::Sums;
use crate::{Oss, fault};

/// The most bytes that one upload may have: 5 GB (§5).
pub(crate) const MAX_SIZE: u64 = 5 * 1024 * 1024 * 1024;

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
            let sums = Sums::of(&bytes);
            return incoming(Received::Small(bytes), sums, expected);
        }
        // In a box, so that small bodies need not carry the room for it.
        Box::pin(self.receive_large(body, expected, wall)).await
    }

    /// The same for a body that may be too large to be held.
    async fn receive_large(
        &self,
        body: Body,
        expected: &Expected,
        wall: DateTime<Utc>,
    ) -> Result<Incoming, Fault> {
        let (stream, sums) = self.summing.read(body);
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
        let (mut stream, sums) = self.summing.read(body);
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
