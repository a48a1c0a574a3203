//! A connection that tells at once what it has got.
//!
//! A client that goes through a proxy often sends head and body of a request apart and with Nagle's algorithm on
//! (urllib3 turns it on for proxies, so oss2 behind `http_proxy` does). Its body then waits for the head to be
//! acknowledged, which the kernel puts off for 40 ms because an answer might come along. No answer comes before the
//! body does.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use gateway::Client;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf, Take};
use tokio::net::TcpStream;

use super::quiet::Quiet;

/// Up to this many bytes it is cheaper to copy the pieces of a write together than to have the kernel walk them.
const SMALL: usize = 2 << 10;

/// The most bytes that are read at once. What the server reads into grows to twice as much, for each connection, and is
/// used again only when nobody holds a part of it. So this is less than a body's readers keep without copying it
/// (128 KiB): an upload then has one such buffer and not one for each piece that waits.
const READ: u64 = 64 << 10;

/// A stream that acknowledges what it has read once the reader waits for more before having written anything, and that
/// ends when its client has been silent for too long.
#[derive(Debug)]
pub(super) struct Prompt {
    stream: Take<TcpStream>,
    client: Client,
    quiet: Quiet,
    /// Something was read, and nothing has been written since.
    owing: bool,
    /// What was to be written last has found no room yet.
    stalled: bool,
}

impl Prompt {
    pub(super) fn new(stream: TcpStream, client: Client, quiet: Quiet) -> Self {
        Self {
            stream: stream.take(READ),
            client,
            quiet,
            owing: false,
            stalled: false,
        }
    }

    /// Looks whether the client is still there, and again when anything happens to the connection. One that says that
    /// it sends no more has gone: clients that wait for answers do not say so.
    fn look(&self, cx: &mut Context<'_>) {
        let mut byte = [0];
        let peeked = self
            .stream
            .get_ref()
            .poll_peek(cx, &mut ReadBuf::new(&mut byte));
        if let Poll::Ready(Ok(0) | Err(_)) = peeked {
            self.client.hang_up();
        }
    }

    fn acknowledge(&mut self) {
        if std::mem::take(&mut self.owing) {
            #[cfg(target_os = "linux")]
            if let Err(error) = self.stream.get_ref().set_quickack(true) {
                tracing::debug!(%error, "no TCP_QUICKACK");
            }
        }
    }
}

/// The pieces in one, if they fit.
fn joined<'a>(pieces: &[IoSlice<'_>], whole: &'a mut [u8; SMALL]) -> Option<&'a [u8]> {
    let mut end = 0;
    for piece in pieces {
        let room = whole.get_mut(end..end + piece.len())?;
        room.copy_from_slice(piece);
        end += piece.len();
    }
    Some(&whole[..end])
}

impl AsyncRead for Prompt {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        this.stream.set_limit(READ);
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        match read {
            Poll::Ready(_) => this.owing = true,
            Poll::Pending if this.quiet.is_over(cx, this.stalled) => {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            Poll::Pending => this.acknowledge(),
        }
        read
    }
}

impl AsyncWrite for Prompt {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.owing = false;
        let written = Pin::new(self.stream.get_mut()).poll_write(cx, buf);
        self.stalled = written.is_pending();
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.owing = false;
        let stream = Pin::new(self.stream.get_mut());
        let mut whole = [0; SMALL];
        let written = match joined(bufs, &mut whole) {
            Some(bytes) => stream.poll_write(cx, bytes),
            None => stream.poll_write_vectored(cx, bufs),
        };
        self.stalled = written.is_pending();
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.get_ref().is_write_vectored()
    }

    /// While a request is answered, the connection is flushed each time that its answer has been asked for.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.client.is_watched() {
            self.look(cx);
        }
        Pin::new(self.stream.get_mut()).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.stream.get_mut()).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_read_takes_less_than_is_kept_without_a_copy() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let sending = tokio::spawn(async move {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(&[7; 1 << 20]).await.unwrap();
        });
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = Prompt::new(stream, Client::connected(), Quiet::new(Default::default()));
        let (mut buffer, mut whole) = (vec![0; 1 << 20], 0);
        loop {
            let read = stream.read(&mut buffer).await.unwrap();
            assert!(read <= 64 << 10, "{read} bytes at once");
            whole += read;
            if read == 0 {
                break;
            }
        }
        sending.await.unwrap();
        assert_eq!(whole, 1 << 20);
    }
}
