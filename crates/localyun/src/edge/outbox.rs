//! Short answers of several connections, sent one behind the other.
//!
//! A thread that serves many connections answers all requests that are there, and then sends what it has for all of
//! them. Who reads them is woken up once for several, and the system's code for sending stays in the processor's caches.

use std::fmt;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::runtime::{Handle, RuntimeFlavor};

/// The most bytes of a connection that wait.
const HELD: usize = 16 << 10;
/// The most room that a connection keeps for what it sends next.
const KEPT: usize = 4 << 10;
/// So many connections wait at most: their clients could do something meanwhile.
const MOST: usize = 16;

/// The connections that have something to send. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Outbox(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<Arc<Line>>,
    /// Of whoever delivers, while it has nothing to do.
    waker: Option<Waker>,
}

impl Outbox {
    /// One for the runtime that this is called in, if it has one thread. Where there are several, each takes the next
    /// connection as soon as it can.
    pub(super) fn here() -> Option<Self> {
        let flavor = Handle::current().runtime_flavor();
        (flavor == RuntimeFlavor::CurrentThread).then(Self::default)
    }

    /// Sends whatever is there whenever everything else that was ready has run; does not end.
    pub(super) async fn deliver(&self) {
        poll_fn(|cx| {
            self.lock().waker = Some(cx.waker().clone());
            self.send();
            Poll::Pending
        })
        .await
    }

    fn add(&self, line: Arc<Line>) {
        let mut waiting = self.lock();
        waiting.lines.push(line);
        let many = waiting.lines.len() >= MOST;
        let waker = waiting.waker.take();
        drop(waiting);
        if let Some(waker) = waker {
            waker.wake();
        }
        if many {
            self.send();
        }
    }

    fn send(&self) {
        let mut lines = std::mem::take(&mut self.lock().lines);
        for line in lines.drain(..) {
            line.send();
        }
        let mut waiting = self.lock();
        if waiting.lines.is_empty() {
            waiting.lines = lines; // for its room
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sending side of a connection.
pub(super) struct Line {
    stream: OwnedWriteHalf,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// What waits to be sent.
    bytes: Vec<u8>,
    /// Some of it could not be sent at once, or not at all: the connection must see to it.
    stuck: bool,
    failed: Option<io::Error>,
    /// The connection's.
    waker: Option<Waker>,
}

impl Line {
    pub(super) fn new(stream: OwnedWriteHalf) -> Arc<Self> {
        let held = Mutex::default();
        Arc::new(Self { stream, held })
    }

    fn stream(&self) -> &TcpStream {
        self.stream.as_ref()
    }

    /// Has some bytes sent soon, if they are few and there is room.
    pub(super) fn hold(
        self: &Arc<Self>,
        outbox: &Outbox,
        cx: &Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> bool {
        let mut held = self.lock();
        let len = pieces.iter().map(|piece| piece.len()).sum::<usize>();
        if held.stuck || held.bytes.len() + len > HELD {
            return false;
        }
        let first = held.bytes.is_empty();
        for piece in pieces {
            held.bytes.extend_from_slice(piece);
        }
        let waker = held.waker.get_or_insert_with(|| cx.waker().clone());
        waker.clone_from(cx.waker());
        drop(held);
        if first && len > 0 {
            outbox.add(self.clone());
        }
        true
    }

    /// Sends what waits.
    fn send(&self) {
        let mut held = self.lock();
        while !held.stuck && !held.bytes.is_empty() {
            match self.stream.try_write(&held.bytes) {
                Ok(sent) => held.sent(sent),
                Err(error) => {
                    held.stuck = true;
                    held.failed = Some(error).filter(|e| e.kind() != io::ErrorKind::WouldBlock);
                }
            }
        }
        if held.stuck
            && let Some(waker) = held.waker.take()
        {
            drop(held);
            waker.wake();
        }
    }

    /// Whether the connection must see to what waits.
    pub(super) fn is_stuck(&self) -> bool {
        self.lock().stuck
    }

    /// Sends all that waits.
    pub(super) fn poll_send(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut held = self.lock();
        if let Some(error) = held.failed.take() {
            return Poll::Ready(Err(error));
        }
        while !held.bytes.is_empty() {
            let sent = ready!(self.poll_with(cx, |stream| stream.try_write(&held.bytes)))?;
            held.sent(sent);
        }
        held.stuck = false;
        Poll::Ready(Ok(()))
    }

    /// Sends some of these bytes, behind what waits.
    pub(super) fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_send(cx))?;
        self.poll_with(cx, |stream| stream.try_write(bytes))
    }

    /// The same of bytes in pieces.
    pub(super) fn poll_write_vectored(
        &self,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_send(cx))?;
        self.poll_with(cx, |stream| stream.try_write_vectored(pieces))
    }

    fn poll_with(
        &self,
        cx: &mut Context<'_>,
        write: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream().poll_write_ready(cx))?;
            match write(self.stream()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    /// Says that nothing more comes. The client may be gone already.
    pub(super) fn poll_shutdown(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        use rustix::io::Errno;
        ready!(self.poll_send(cx))?;
        match rustix::net::shutdown(self.stream(), rustix::net::Shutdown::Write) {
            Ok(()) | Err(Errno::NOTCONN) => Poll::Ready(Ok(())),
            Err(error) => Poll::Ready(Err(error.into())),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn sent(&mut self, sent: usize) {
        if sent < self.bytes.len() {
            self.bytes.drain(..sent);
            return;
        }
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes wait", self.lock().bytes.len())
    }
}
