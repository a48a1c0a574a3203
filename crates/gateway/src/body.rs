//! Bodies, in both directions, as streams.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, TryStreamExt};
use http::Method;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use store::FileContent;

/// A response on its way out.
pub type Response = http::Response<ResponseBody>;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How long a client may be silent in the middle of a body.
const SILENCE: Duration = Duration::from_secs(60);

/// How much of a refused request's body is read and thrown away, in bytes.
const DRAIN_BYTES: usize = 64 << 20;
/// And for how long.
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// A request body. Dropping it stops reading.
pub struct Body {
    /// Behind a lock that is never taken, only so that a `Body` may be shared by reference between threads. `None` where
    /// there are no bytes, as in nearly every read.
    inner: Option<Mutex<UnsyncBoxBody<Bytes, BoxError>>>,
    declared: Option<u64>,
    /// Runs while no byte comes.
    silence: Option<Pin<Box<tokio::time::Sleep>>>,
    /// Whether it is up to this to end a silence.
    patient: bool,
    /// Whether what is left when this is dropped is read and thrown away.
    drain: bool,
}

/// So many bytes of those that a request declares get their memory before they are there. Whoever declares more must send
/// them first.
const TRUSTED: usize = 1 << 20;

/// Why a request body could not be read to its end.
#[derive(Debug)]
pub enum BodyError {
    /// The connection ended, or its framing broke, before the body was whole.
    Incomplete(BoxError),
    /// No byte came for a minute.
    Silent,
    /// More bytes than the reader takes.
    TooLarge {
        /// The most bytes that the reader takes.
        limit: usize,
    },
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomplete(source) => write!(f, "the body ended early: {source}"),
            Self::Silent => write!(f, "no byte of the body came for {} s", SILENCE.as_secs()),
            Self::TooLarge { limit } => write!(f, "the body is larger than {limit} bytes"),
        }
    }
}

impl std::error::Error for BodyError {}

impl Body {
    /// Wraps what the HTTP server hands over. `declared` is the body's length where the request states it.
    pub fn new<B>(body: B, declared: Option<u64>) -> Self
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let some = declared != Some(0);
        Self {
            inner: some.then(|| Mutex::new(body.map_err(Into::into).boxed_unsync())),
            declared,
            silence: None,
            patient: false,
            drain: false,
        }
    }

    /// The body of a request that is being received.
    ///
    /// Of a read it is never drained: some clients announce the body of an earlier PUT there and send none, and
    /// the beginning of their next request must not be taken for it. Such a connection is closed.
    pub fn new_request<B>(body: B, head: &crate::Head) -> Self
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let declared = body.size_hint().exact();
        let mut body = Self::new(body, declared);
        let reads = matches!(head.method, Method::GET | Method::HEAD);
        body.drain = declared != Some(0) && !reads && !head.rare.expects;
        body
    }

    /// A body that is already here.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let declared = Some(bytes.len() as u64);
        Self::new(http_body_util::Full::new(bytes), declared)
    }

    /// A body that comes in pieces, of a length that nobody states. Whoever makes the stream sees to it that it ends.
    pub fn from_stream<S>(stream: S) -> Self
    where
        S: Stream<Item = Result<Bytes, BoxError>> + Send + 'static,
    {
        let mut body = Self::new(StreamBody::new(stream.map_ok(Frame::data)), None);
        body.patient = true;
        body
    }

    /// The length that the request states, in bytes; `None` with chunked transfer.
    pub fn declared(&self) -> Option<u64> {
        self.declared
    }

    /// The whole body, if it has at most `limit` bytes.
    pub async fn collect(mut self, limit: usize) -> Result<Bytes, BodyError> {
        if self.declared.is_some_and(|n| n > limit as u64) {
            return Err(BodyError::TooLarge { limit });
        }
        let declared = self.declared.and_then(|n| usize::try_from(n).ok());
        let first = match self.next().await {
            None => return Ok(Bytes::new()),
            Some(first) => first?,
        };
        // Copied, as it may be part of a larger buffer.
        if declared == Some(first.len()) {
            return Ok(Bytes::copy_from_slice(&first));
        }
        let mut whole = BytesMut::with_capacity(declared.unwrap_or(0).min(TRUSTED));
        let mut next = Some(Ok(first));
        while let Some(part) = next {
            let part = part?;
            if whole.len() + part.len() > limit {
                return Err(BodyError::TooLarge { limit });
            }
            whole.extend_from_slice(&part);
            next = self.next().await;
        }
        Ok(whole.freeze())
    }

    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let silence = self
            .silence
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(SILENCE)));
        let over = silence.as_mut().poll(cx);
        over.map(|()| Some(Err(BodyError::Silent)))
    }
}

impl Stream for Body {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Some(inner) = self.inner.as_mut() else {
                return Poll::Ready(None);
            };
            let inner = inner.get_mut().unwrap_or_else(|e| e.into_inner());
            match Pin::new(inner).poll_frame(cx) {
                Poll::Pending if self.patient => return Poll::Pending,
                Poll::Pending => return self.wait(cx),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Err(e))) => {
                    self.drain = false;
                    return Poll::Ready(Some(Err(BodyError::Incomplete(e))));
                }
                Poll::Ready(Some(Ok(frame))) => {
                    self.silence = None;
                    if let Ok(data) = frame.into_data() {
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
            }
        }
    }
}

/// A client that is refused early still sends its body. If the connection were closed at once it would see a
/// broken pipe instead of the answer, so a bounded rest is read and thrown away.
impl Drop for Body {
    fn drop(&mut self) {
        let Some(inner) = self.inner.take().filter(|_| self.drain) else {
            return;
        };
        let rest = inner.into_inner().unwrap_or_else(|e| e.into_inner());
        if rest.is_end_stream() {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        runtime.spawn(tokio::time::timeout(DRAIN_TIME, throw_away(rest)));
    }
}

async fn throw_away(mut rest: UnsyncBoxBody<Bytes, BoxError>) {
    let mut left = DRAIN_BYTES;
    while left > 0 {
        let Some(Ok(frame)) = rest.frame().await else {
            return;
        };
        left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("declared", &self.declared)
            .finish_non_exhaustive()
    }
}

/// A response body. Its length is known unless it is a stream without one.
#[derive(Default)]
pub enum ResponseBody {
    /// No bytes.
    #[default]
    Empty,
    /// Bytes in memory, shared and not copied.
    Whole(Bytes),
    /// The same in pieces.
    Chunks(VecDeque<Bytes>),
    /// Bytes in a file, read when the connection has room for them.
    File(FileContent),
    /// A stream of exactly `left` bytes.
    Stream {
        /// Where the bytes come from.
        stream: BoxStream<'static, Result<Bytes, std::io::Error>>,
        /// How many are still to come.
        left: u64,
    },
}

impl ResponseBody {
    /// A body of these bytes.
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        if bytes.is_empty() {
            return Self::Empty;
        }
        Self::Whole(bytes)
    }

    /// How many bytes are still to be sent.
    pub fn length(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Whole(bytes) => bytes.len() as u64,
            Self::Chunks(chunks) => chunks.iter().map(|c| c.len() as u64).sum(),
            Self::File(content) => content.left(),
            Self::Stream { left, .. } => *left,
        }
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResponseBody({} bytes)", self.length())
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let body = self.get_mut();
        match body {
            Self::Empty => Poll::Ready(None),
            Self::Whole(bytes) => {
                let bytes = std::mem::take(bytes);
                *body = Self::Empty;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Self::Chunks(chunks) => Poll::Ready(chunks.pop_front().map(|c| Ok(Frame::data(c)))),
            Self::File(content) => {
                let frame = content.next_frame().transpose();
                Poll::Ready(frame.map(|frame| frame.map(Frame::data)))
            }
            Self::Stream { stream, left } => stream.as_mut().poll_next(cx).map(|item| {
                item.map(|part| {
                    part.map(|bytes| {
                        *left = left.saturating_sub(bytes.len() as u64);
                        Frame::data(bytes)
                    })
                })
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Whole(_) => false,
            Self::Chunks(chunks) => chunks.is_empty(),
            Self::File(content) => content.left() == 0,
            Self::Stream { .. } => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length())
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;

    use super::*;

    #[tokio::test]
    async fn no_declaration_takes_memory_that_is_not_sent() {
        let sent = Full::new(Bytes::from_static(b"abc"));
        let body = Body::new(sent, Some(1 << 60));
        assert_eq!(body.collect(usize::MAX).await.unwrap(), "abc");
    }
}
