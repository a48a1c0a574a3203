//! Short answers of several connections, sent one behind the other.
//!
//! A thread that serves many connections answers all requests that are there, and then sends what it has for all of
//! them. Who reads them is woken up once for several, and the system's code for sending stays in the processor's caches.
//!
//! The system does more for a short answer than this server does: it goes through both ends of the connection before a
//! send is over. So where many answers wait, a second thread helps to send them.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::thread;

use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::yield_now;

/// The most bytes of a connection that wait.
const HELD: usize = 16 << 10;
/// The most room that a connection keeps for what it sends next.
const KEPT: usize = 4 << 10;
/// So many connections wait at most: their clients could do something meanwhile.
const MOST: usize = 32;
/// If so many wait, the requests that have come in meanwhile are answered before anything is sent. Fewer clients than
/// that could all be asleep then.
const SEVERAL: usize = 4;
/// If so many wait, they are worth waking up the thread that helps.
const MANY: usize = 20;

/// The connections that have something to send. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Outbox(Arc<Owner>);

/// What the clones of an outbox have in common. The thread that helps ends with it.
#[derive(Debug, Default)]
struct Owner(Arc<Queue>);

#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    /// Of the thread that helps.
    bell: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: VecDeque<Arc<Line>>,
    /// Of whoever delivers, while it has nothing to do.
    waker: Option<Waker>,
    helper: Helper,
}

/// The thread that helps, which is not there before it is needed.
#[derive(Debug, Default, PartialEq, Eq)]
enum Helper {
    #[default]
    Unneeded,
    /// It has been started, or cannot be.
    Called,
    /// Nobody sends any more.
    Dismissed,
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
        loop {
            if self.waiting().await >= SEVERAL {
                // The runtime looks for what has come in before this goes on, and runs that first.
                yield_now().await;
            }
            self.send();
        }
    }

    /// How many connections wait, once there is one.
    async fn waiting(&self) -> usize {
        poll_fn(|cx| {
            let mut waiting = self.queue().lock();
            if waiting.lines.is_empty() {
                waiting.waker = Some(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(waiting.lines.len())
        })
        .await
    }

    fn add(&self, line: Arc<Line>) {
        let mut waiting = self.queue().lock();
        waiting.lines.push_back(line);
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
        let mut waiting = self.queue().lock();
        let many = waiting.lines.len() >= MANY;
        if many && waiting.helper == Helper::Unneeded {
            waiting.helper = Helper::Called;
            self.call_helper();
        }
        drop(waiting);
        if many {
            self.queue().bell.notify_one();
        }
        while let Some(line) = self.queue().next() {
            line.send();
        }
    }

    /// Without it all is sent as well, only more slowly.
    fn call_helper(&self) {
        let queue = self.queue().clone();
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
        if cores > 1 {
            let helper = thread::Builder::new().name("send".into());
            if let Err(error) = helper.spawn(move || queue.help()) {
                tracing::debug!(%error, "no thread helps to send");
            }
        }
    }

    /// Tells whether nobody has it any more, the thread that helps included.
    #[cfg(test)]
    pub(super) fn ended(&self) -> impl Fn() -> bool + use<> {
        let queue = Arc::downgrade(self.queue());
        move || queue.strong_count() == 0
    }

    fn queue(&self) -> &Arc<Queue> {
        &self.0.0
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.lock().helper = Helper::Dismissed;
        self.0.bell.notify_all();
    }
}

impl Queue {
    fn next(&self) -> Option<Arc<Line>> {
        self.lock().lines.pop_front()
    }

    /// Sends what many wait for, beside whoever delivers, until nobody sends any more.
    fn help(&self) {
        loop {
            let waiting = self.lock();
            let idle = |w: &mut Waiting| w.helper != Helper::Dismissed && w.lines.len() < MANY;
            let waiting = self.bell.wait_while(waiting, idle);
            let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
            if waiting.helper == Helper::Dismissed {
                return;
            }
            let mut line = waiting.lines.pop_front();
            drop(waiting);
            while let Some(next) = line {
                next.send();
                line = self.next();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
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
