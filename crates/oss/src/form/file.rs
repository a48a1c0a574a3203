//! The file of a form as a body: its bytes, and once they are over, the end of the form.

use std::fmt;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use gateway::Body;

use super::parts::{Rest, broken};

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What is wrong with a form, found while it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Broken {
    /// It is no well-formed `multipart/form-data`, or ends too early.
    Malformed,
    /// It ends, and had no file.
    NoFile,
    /// The name of a field is too long.
    NameTooLong,
    /// The fields before the file are too much.
    TooMuchBeforeFile,
    /// The form has another MD5 than this one.
    Digest(String),
    /// The file is smaller than the policy wants it.
    TooSmall,
    /// The file is larger than the policy wants it, or than any may be.
    TooLarge,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the form is broken: {self:?}")
    }
}

impl std::error::Error for Broken {}

/// The file's bytes. It ends well only if the form does, and has the MD5 that was announced.
pub(super) fn body(rest: Rest, expected: Option<([u8; 16], String)>) -> Body {
    Body::from_stream(stream::unfold(Some((rest, expected)), |state| async move {
        let (mut rest, expected) = state?;
        match rest.next().await {
            Some(Ok(bytes)) => Some((Ok(bytes), Some((rest, expected)))),
            Some(Err(error)) => Some((Err(error), None)),
            None => {
                let end = rest.finish(expected).await;
                end.err().map(|error| (Err(error), None))
            }
        }
    }))
}

impl Rest {
    async fn next(&mut self) -> Option<Result<Bytes, BoxError>> {
        let piece = self.file.as_mut()?.chunk().await;
        match piece {
            Ok(Some(bytes)) => Some(Ok(bytes)),
            Ok(None) => {
                self.file = None;
                None
            }
            Err(error) => Some(Err(broken(error))),
        }
    }

    /// Reads the form to its end. Fields behind the file do not count.
    async fn finish(mut self, expected: Option<([u8; 16], String)>) -> Result<(), BoxError> {
        while let Some(ignored) = self.parts.next_field().await.map_err(broken)? {
            drop(ignored);
        }
        let mut pieces = Box::pin(self.source.pieces());
        while let Some(piece) = pieces.next().await {
            piece?;
        }
        let md5 = self.source.lock().md5.take().map(fast_md5::Md5::finalize);
        match (md5, expected) {
            (Some(md5), Some((expected, text))) if md5 != expected => {
                Err(Broken::Digest(text).into())
            }
            _ => Ok(()),
        }
    }
}

/// The same body, which has to have at least `min` and at most `max` bytes.
pub(crate) fn within(body: Body, min: u64, max: u64) -> Body {
    Body::from_stream(stream::unfold(Some((body, 0)), move |state| async move {
        let (mut body, size) = state?;
        match body.next().await {
            Some(Ok(bytes)) => {
                let size = size + bytes.len() as u64;
                match size > max {
                    true => Some((Err(Broken::TooLarge.into()), None)),
                    false => Some((Ok(bytes), Some((body, size)))),
                }
            }
            Some(Err(error)) => Some((Err(error.into()), None)),
            None if size < min => Some((Err(Broken::TooSmall.into()), None)),
            None => None,
        }
    }))
}
