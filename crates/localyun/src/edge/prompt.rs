//! A connection that tells at once what it has got.
//!
//! A client that goes through a proxy often sends head and body of a request apart and with Nagle's algorithm on
//! (urllib3 turns it on for proxies, so oss2 behind `http_proxy` does). Its body then waits for the head to be
//! acknowledged, which the kernel puts off for 40 ms because an answer might come along. No answer comes before the
//! body does.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use gateway::Client;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf, Take};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;

use super::outbox::{Line, Outbox};
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
    stream: Take<OwnedReadHalf>,
    line: Arc<Line>,
    /// Where short answers go.
    outbox: Option<Outbox>,
    client: Client,
    quiet: Quiet,
    /// Something was read, and nothing has been written since.
    owing: bool,
    /// What was to be written last has found no room yet.
    stalled: bool,
}

impl Prompt {
    pub(super) fn new(
        stream: TcpStream,
        outbox: Option<Outbox>,
        client: Client,
        quiet: Quiet,
    ) -> Self {
        let (reading, writing) = stream.into_split();
        Self {
            stream: reading.take(READ),
            line: Line::new(writing),
            outbox,
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
        let mut peeked = ReadBuf::new(&mut byte);
        let peeked = self.stream.get_ref().as_ref().poll_peek(cx, &mut peeked);
        if let Poll::Ready(Ok(0) | Err(_)) = peeked {
            self.client.hang_up();
        }
    }

    /// Whether these bytes are sent with those of other connections.
    fn holds(&self, cx: &Context<'_>, pieces: &[IoSlice<'_>]) -> bool {
        let outbox = self.outbox.as_ref();
        outbox.is_some_and(|outbox| self.line.hold(outbox, cx, pieces))
    }

    fn acknowledge(&mut self) {
        if std::mem::take(&mut self.owing) {
            #[cfg(target_os = "linux")]
            if let Err(error) = self.stream.get_ref().as_ref().set_quickack(true) {
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
        if self.holds(cx, &[IoSlice::new(buf)]) {
            return Poll::Ready(Ok(buf.len()));
        }
        let written = self.line.poll_write(cx, buf);
        self.stalled = written.is_pending();
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.owing = false;
        if self.holds(cx, bufs) {
            return Poll::Ready(Ok(bufs.iter().map(|piece| piece.len()).sum()));
        }
        let mut whole = [0; SMALL];
        let written = match joined(bufs, &mut whole) {
            Some(bytes) => self.line.poll_write(cx, bytes),
            None => self.line.poll_write_vectored(cx, bufs),
        };
        self.stalled = written.is_pending();
        written
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// While a request is answered, the connection is flushed each time that its answer has been asked for.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.client.is_watched() {
            self.look(cx);
        }
        if !self.line.is_stuck() {
            return Poll::Ready(Ok(()));
        }
        let sent = self.line.poll_send(cx);
        self.stalled = sent.is_pending();
        sent
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.line.poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use futures_util::FutureExt;
    use futures_util::future::join_all;
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;
    use tokio::task::yield_now;
    use tokio::time::timeout;

    /// A client, and what a server has for it.
    async fn connected(outbox: Option<&Outbox>) -> (TcpStream, Prompt) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (client, accepted) = tokio::join!(client, listener.accept());
        let (outbox, quiet) = (outbox.cloned(), Quiet::new(Default::default()));
        let stream = Prompt::new(accepted.unwrap().0, outbox, Client::connected(), quiet);
        (client.unwrap(), stream)
    }

    /// An outbox that is emptied whenever this thread has nothing else to do.
    fn delivering() -> Outbox {
        let outbox = Outbox::here().expect("tests have one thread");
        let delivering = outbox.clone();
        tokio::spawn(async move { delivering.deliver().await });
        outbox
    }

    #[tokio::test]
    async fn short_answers_of_many_connections_arrive() {
        let outbox = delivering();
        let mut all = Vec::new();
        for _ in 0..40 {
            all.push(connected(Some(&outbox)).await);
        }
        // So many at a time that a second thread helps, which must not change the order in a connection.
        let exchange = async {
            for round in 0..200 {
                for (at, (_, stream)) in all.iter_mut().enumerate() {
                    stream.write_all(&[at as u8; 100]).await.unwrap();
                    stream.write_all(&[round; 100]).await.unwrap();
                    stream.flush().await.unwrap();
                }
                for (at, (client, _)) in all.iter_mut().enumerate() {
                    let mut answer = [0; 200];
                    client.read_exact(&mut answer).await.unwrap();
                    assert_eq!(answer, *[[at as u8; 100], [round; 100]].concat());
                }
            }
        };
        let done = timeout(Duration::from_secs(60), exchange).await;
        done.expect("every answer arrives");
    }

    /// Clients that read nothing until the system takes no more for any of them, whoever found that out.
    #[tokio::test]
    async fn nothing_is_lost_or_moved_where_a_thread_helps() {
        let outbox = delivering();
        let mut all = Vec::new();
        for _ in 0..24 {
            all.push((connected(Some(&outbox)).await, 0_u32));
        }
        let mut going = true;
        while std::mem::take(&mut going) {
            for ((_, stream), written) in &mut all {
                let piece: Vec<u8> = (*written..*written + 1000).map(byte).collect();
                if let Some(taken) = stream.write(&piece).now_or_never() {
                    *written += taken.expect("it is taken") as u32;
                    going = true;
                }
            }
            yield_now().await;
        }
        let ends = all.iter_mut().map(async |((client, stream), written)| {
            let mut received = Vec::new();
            let (sent, read) = tokio::join!(stream.shutdown(), client.read_to_end(&mut received));
            sent.expect("all is sent");
            read.expect("all is received");
            assert!(received.into_iter().eq((0..*written).map(byte)));
        });
        let done = timeout(Duration::from_secs(60), join_all(ends)).await;
        done.expect("every connection ends");
    }

    fn byte(at: u32) -> u8 {
        (at % 251) as u8
    }

    #[tokio::test]
    async fn the_thread_that_helps_ends_with_the_outbox() {
        let outbox = Outbox::here().expect("tests have one thread");
        let ended = outbox.ended();
        let mut all = Vec::new();
        for _ in 0..40 {
            let (client, mut stream) = connected(Some(&outbox)).await;
            stream.write_all(b"hello").await.unwrap();
            all.push((client, stream));
        }
        drop(outbox);
        assert!(!ended(), "connections have it still");
        drop(all);
        let end = async {
            while !ended() {
                yield_now().await;
            }
        };
        let done = timeout(Duration::from_secs(60), end).await;
        done.expect("it ends");
    }

    #[tokio::test]
    async fn nothing_is_lost_or_moved_while_a_client_is_slow() {
        let (mut client, mut stream) = connected(Some(&delivering())).await;
        let mut expected = Vec::new();
        // Short ones, each of which is taken at once and sent a moment later, until the system takes no more.
        while !stream.line.is_stuck() {
            let piece = [(expected.len() % 251) as u8; 1000];
            stream.write_all(&piece).await.expect("it is taken");
            expected.extend(piece);
            yield_now().await;
        }
        let bytes: Vec<u8> = (0..5_000_000_u32).map(|at| (at % 251) as u8).collect();
        expected.extend(&bytes);
        let sending = async move {
            let mut rest = &bytes[..];
            for len in [700, 1, 16 << 10, 3000, 40_000].into_iter().cycle() {
                let (piece, behind) = rest.split_at(len.min(rest.len()));
                stream.write_all(piece).await?;
                rest = behind;
                if rest.is_empty() {
                    break;
                }
            }
            stream.shutdown().await
        };
        let mut received = Vec::new();
        let receiving = client.read_to_end(&mut received);
        let (sent, read) = tokio::join!(sending, receiving);
        sent.expect("all is sent");
        assert_eq!(read.expect("all is received"), expected.len());
        assert!(received == expected);
    }

    #[tokio::test]
    async fn what_waits_is_sent_before_the_end() {
        let (mut client, mut stream) = connected(Some(&delivering())).await;
        stream.write_all(b"the last word").await.unwrap();
        stream.shutdown().await.unwrap();
        let mut received = Vec::new();
        client.read_to_end(&mut received).await.unwrap();
        assert_eq!(received, b"the last word");
    }

    #[tokio::test]
    async fn a_connection_hears_that_its_client_has_gone() {
        let (client, mut stream) = connected(Some(&delivering())).await;
        drop(client);
        while !stream.line.is_stuck() {
            stream.write_all(b"hello?").await.unwrap();
            yield_now().await;
        }
        assert!(stream.flush().await.is_err());
    }

    #[tokio::test]
    async fn a_read_takes_less_than_is_kept_without_a_copy() {
        let (mut client, mut stream) = connected(None).await;
        let sending = tokio::spawn(async move { client.write_all(&[7; 1 << 20]).await.unwrap() });
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
