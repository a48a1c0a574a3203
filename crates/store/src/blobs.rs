//! Immutable bytes under names that we choose.

use std::{
    fmt::{self, Debug},
    io,
    ops::Range,
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use serde::{Deserialize, Serialize};

use crate::{Error, FileContent};

/// Bytes as they come, in order.
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// The name of a blob: 128 random bits. Shown as 32 hexadecimal digits, stored as 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BlobId([u8; 16]);

impl BlobId {
    /// A name that nobody has used and nobody will.
    ///
    /// Fails with [`Error::Io`] when the operating system has no random bytes.
    pub fn random() -> Result<BlobId, Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)
            .map_err(|error| Error::Io(io::Error::other(error.to_string())))?;
        Ok(BlobId(bytes))
    }

    /// The name that was stored as these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> BlobId {
        BlobId(bytes)
    }

    /// The name that is shown as this text, which has lower-case digits.
    pub(crate) fn parse(text: &str) -> Option<BlobId> {
        let digit = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        let (pairs, []) = text.as_bytes().as_chunks() else {
            return None;
        };
        let bytes: Option<Vec<u8>> = pairs
            .iter()
            .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
            .collect();
        bytes?.try_into().ok().map(BlobId)
    }

    /// The name as it is stored.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobId({self})")
    }
}

/// Immutable bytes under names that we choose. Never changed, so never locked.
#[async_trait]
pub trait Blobs: Debug + Send + Sync + 'static {
    /// Stores all that comes and returns its length in bytes. A name is written once; which of two writes under one
    /// name wins is not said.
    ///
    /// Nothing can be read before this returns. When the stream fails, or the future is dropped half-way, nothing can
    /// be read ever. A failure of the stream is returned as [`Error::Io`].
    async fn write(&self, id: BlobId, bytes: ByteStream) -> Result<u64, Error>;

    /// Those of a blob's bytes that lie in `range`: a range that reaches beyond the end stops there, and one that
    /// lies behind it is empty. Fails with [`Error::Missing`] where there is no such blob.
    ///
    /// Once this has returned, the content can be read to its end even if the blob is deleted meanwhile.
    async fn read(&self, id: BlobId, range: Range<u64>) -> Result<Content, Error>;

    /// Deletes a blob; where there is none, nothing happens.
    async fn delete(&self, id: BlobId) -> Result<(), Error>;
}

/// What was asked for of a blob.
pub enum Content {
    /// In memory, in order and in pieces, shared with the store and not copied.
    Bytes(Vec<Bytes>),
    /// In a file, to be read piece by piece without waiting.
    File(FileContent),
    /// On its way.
    Stream(ByteStream),
}

impl Content {
    /// The bytes as they come, whatever the form.
    pub fn into_stream(self) -> ByteStream {
        match self {
            Content::Bytes(pieces) => stream::iter(pieces.into_iter().map(Ok)).boxed(),
            Content::File(content) => content.into_stream(),
            Content::Stream(stream) => stream,
        }
    }

    /// All bytes in one piece, for what is known to be small.
    pub async fn into_bytes(self) -> Result<Bytes, Error> {
        match self {
            Content::Bytes(mut pieces) if pieces.len() == 1 => Ok(pieces.swap_remove(0)),
            Content::Bytes(pieces) => Ok(pieces.concat().into()),
            content @ (Content::File(_) | Content::Stream(_)) => {
                let whole = content.into_stream().try_fold(
                    BytesMut::new(),
                    |mut whole, piece| async move {
                        whole.extend_from_slice(&piece);
                        Ok(whole)
                    },
                );
                Ok(whole.await?.freeze())
            }
        }
    }
}

impl Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Bytes(pieces) => write!(f, "Bytes({} pieces)", pieces.len()),
            Content::File(content) => write!(f, "File({} bytes)", content.left()),
            Content::Stream(_) => f.write_str("Stream"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_shown() {
        let id = BlobId::random().unwrap();
        assert_eq!(BlobId::parse(&id.to_string()), Some(id));
        let text = "0123456789abcdef0123456789abcdef";
        assert_eq!(BlobId::parse(text).unwrap().to_string(), text);
        for other in [
            "",
            "ab",
            &text[1..],
            &text.to_uppercase(),
            &text.replace('a', "g"),
        ] {
            assert_eq!(BlobId::parse(other), None, "{other}");
        }
    }
}
