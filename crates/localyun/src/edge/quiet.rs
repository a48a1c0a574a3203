//! How long a connection may be silent between requests, or within the head of one.
//!
//! A timer for each request would be put into the runtime's wheel, which all threads share, and be taken out again. So a
//! connection has one timer for all its life: it looks every now and then whether anything has happened since its last
//! look.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// How often the timer looks.
const LOOK: Duration = Duration::from_secs(10);
/// How many looks in a row must have found nothing new. A connection ends after 30 to 40 seconds of silence.
const LOOKS: u8 = 3;

/// How many requests a connection has brought, and how many of them are answered.
#[derive(Debug, Default)]
pub(super) struct Activity {
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Activity {
    /// Counts a request whose head has come. It is under way for as long as what this returns lives.
    pub(super) fn begin(self: &Arc<Self>) -> Underway {
        self.begun.fetch_add(1, Ordering::Relaxed);
        Underway(self.clone())
    }

    fn counts(&self) -> (u64, u64) {
        let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
        (count(&self.begun), count(&self.ended))
    }
}

/// A request under way.
#[derive(Debug)]
pub(super) struct Underway(Arc<Activity>);

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// The body of an answer, whose request is under way until all of it is handed over.
#[derive(Debug)]
pub(super) struct Told<B> {
    body: B,
    _underway: Underway,
}

impl<B> Told<B> {
    pub(super) fn new(body: B, underway: Underway) -> Self {
        Self {
            body,
            _underway: underway,
        }
    }
}

impl<B: Body + Unpin> Body for Told<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The timer of a connection.
#[derive(Debug)]
pub(super) struct Quiet {
    activity: Arc<Activity>,
    /// As the last look found them.
    counts: (u64, u64),
    /// How many looks in a row have found nothing new.
    looks: u8,
    /// Made when the connection waits for the first time.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Quiet {
    pub(super) fn new(activity: Arc<Activity>) -> Self {
        Self {
            activity,
            counts: (0, 0),
            looks: 0,
            timer: None,
        }
    }

    /// Whether the connection, which waits for bytes, has been silent for too long. `stalled` says that an answer is
    /// still on its way out.
    pub(super) fn is_over(&mut self, cx: &mut Context<'_>, stalled: bool) -> bool {
        let timer = match &mut self.timer {
            // It has the waker of the connection's task already.
            Some(timer) if !timer.is_elapsed() => return false,
            Some(timer) => timer,
            none => {
                let timer = none.insert(Box::pin(sleep(LOOK)));
                let _ = timer.as_mut().poll(cx);
                return false;
            }
        };
        let counts = self.activity.counts();
        let idle = counts == self.counts && counts.0 == counts.1 && !stalled;
        self.looks = if idle { self.looks + 1 } else { 0 };
        self.counts = counts;
        let next = timer.deadline() + LOOK;
        timer.as_mut().reset(next);
        let _ = timer.as_mut().poll(cx);
        self.looks >= LOOKS
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use bytes::Bytes;
    use gateway::Client;
    use http::Response;
    use http_body_util::Full;
    use hyper::server::conn::http1;
    use hyper::service::service_fn;
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::timeout;

    use super::super::prompt::Prompt;
    use super::*;

    /// A client, of a server that takes `work` for each answer.
    async fn connect(work: Duration) -> TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (client, accepted) = tokio::join!(client, listener.accept());
        let activity = Arc::new(Activity::default());
        let stream = Prompt::new(
            accepted.unwrap().0,
            None,
            Client::connected(),
            Quiet::new(activity.clone()),
        );
        let service = service_fn(move |_| {
            let underway = activity.begin();
            async move {
                sleep(work).await;
                let body = Full::new(Bytes::from_static(b"done"));
                Ok::<_, Infallible>(Response::new(Told::new(body, underway)))
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        client.unwrap()
    }

    async fn ask(client: &mut TcpStream) {
        client.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"done") {
            assert_ne!(client.read_buf(&mut answer).await.unwrap(), 0, "an end");
        }
    }

    /// Whether the server ends the connection, and not before half a minute is over.
    async fn ends_in_time(client: &mut TcpStream) -> bool {
        let mut bytes = [0; 64];
        let early = timeout(Duration::from_secs(29), client.read(&mut bytes)).await;
        let late = timeout(Duration::from_secs(12), client.read(&mut bytes)).await;
        early.is_err() && matches!(late, Ok(Ok(0) | Err(_)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_asks_nothing_ends() {
        let mut client = connect(Duration::ZERO).await;
        assert!(ends_in_time(&mut client).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_come_to_its_end_is_not_waited_for() {
        let mut client = connect(Duration::ZERO).await;
        ask(&mut client).await;
        client
            .write_all(b"GET / HTTP/1.1\r\nx-slow:")
            .await
            .unwrap();
        let mut seconds = 0;
        while client.write_all(b"x").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
            seconds += 1;
        }
        assert!((29..=42).contains(&seconds), "{seconds}");
    }

    #[tokio::test(start_paused = true)]
    async fn requests_and_long_answers_keep_a_connection() {
        let mut client = connect(Duration::from_secs(300)).await;
        ask(&mut client).await;
        sleep(Duration::from_secs(25)).await;
        ask(&mut client).await;
        assert!(ends_in_time(&mut client).await);
    }
}
