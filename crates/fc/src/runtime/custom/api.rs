//! The runtime interface 2020-11-11, by which a program asks for its requests (`spec/fc.md` §2): what Go programs built
//! with fc-runtime-go-sdk speak.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::http_params;
use super::server::Silent;
use crate::ErrorKind;
use crate::inner_network::AFTER_REFUSAL;
use crate::runtime::frames::MAX_BODY;

/// What every path begins with, after the secret part.
const BASE: &str = "/2020-11-11/runtime/invocation/";
/// The most connections of a program at a time: more than two for each of the 200 requests that it may have. Those that
/// wait for requests must not keep out those that answer.
const CONNECTIONS: usize = 512;
/// How many answers are read at a time, each of which may be as large as [`MAX_BODY`].
const BODIES: usize = 64;

/// The end of a request: what the program posted as its response or, with its kind, as its error.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) body: Bytes,
    /// Describes an answer over HTTP.
    pub(crate) http_params: Option<HeaderValue>,
    pub(crate) error: Option<ErrorKind>,
}

/// Says with an error that it is one which the handler has told itself.
const ERROR_TYPE: &str = "x-fc-error-type";

/// The interface of one instance. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Api {
    desk: Arc<Desk>,
    _tasks: JoinSet<()>,
}

/// Where requests wait for the program, and for their ends.
struct Desk {
    /// What paths begin with, so that only the instance's own program finds them. Empty in a network of its own.
    prefix: String,
    waiting: mpsc::UnboundedSender<Job>,
    next: tokio::sync::Mutex<mpsc::UnboundedReceiver<Job>>,
    running: Mutex<HashMap<String, oneshot::Sender<Option<End>>>>,
    bodies: Semaphore,
    /// Whether the program has asked for a request.
    asked: watch::Sender<bool>,
}

#[derive(Debug)]
struct Job {
    id: String,
    headers: HeaderMap,
    event: Bytes,
    end: oneshot::Sender<Option<End>>,
}

impl Api {
    /// Serves the interface on `listener`, below the path `prefix`: empty, or `/` and a secret.
    pub(crate) fn serve(listener: TcpListener, prefix: String) -> Self {
        let (waiting, next) = mpsc::unbounded_channel();
        let desk = Arc::new(Desk {
            prefix,
            waiting,
            next: tokio::sync::Mutex::new(next),
            running: Mutex::default(),
            bodies: Semaphore::new(BODIES),
            asked: watch::Sender::new(false),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&desk)));
        Self {
            desk,
            _tasks: tasks,
        }
    }

    /// Returns when the program has asked for its first request.
    pub(crate) async fn asked(&self) {
        let mut asked = self.desk.asked.subscribe();
        // The sender lives as long as this.
        let _ = asked.wait_for(|asked| *asked).await;
    }

    /// Whether the program asks for its requests.
    pub(crate) fn is_used(&self) -> bool {
        *self.desk.asked.borrow()
    }

    /// Puts a request where the program finds it, and waits for its end.
    ///
    /// # Errors
    ///
    /// It never comes, or is too large.
    pub(crate) async fn run(
        &self,
        id: &str,
        headers: HeaderMap,
        event: Bytes,
    ) -> Result<End, Silent> {
        let (end, ended) = oneshot::channel();
        let id = id.to_owned();
        let job = Job {
            id,
            headers,
            event,
            end,
        };
        self.desk.waiting.send(job).map_err(|_| gone())?;
        ended.await.map_err(|_| gone())?.ok_or(Silent::TooLarge)
    }
}

async fn accept(listener: TcpListener, desk: Arc<Desk>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < CONNECTIONS => {
                let Ok((stream, _)) = accepted else {
                    sleep(AFTER_REFUSAL).await;
                    continue;
                };
                // Without it an answer may be late.
                let _ = stream.set_nodelay(true);
                let desk = Arc::clone(&desk);
                let service = service_fn(move |request| {
                    let desk = Arc::clone(&desk);
                    async move { Ok::<_, Infallible>(desk.answer(request).await) }
                });
                connections.spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

impl Desk {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().strip_prefix(&self.prefix);
        let path = path
            .and_then(|path| path.strip_prefix(BASE))
            .map(str::to_owned);
        let path = path.unwrap_or_default();
        match (request.method(), path.as_str(), path.split_once('/')) {
            (&Method::GET, "next", _) => self.hand_out().await,
            (&Method::POST, _, Some((id, kind @ ("response" | "error")))) => {
                if !self.running().contains_key(id) {
                    return nobody_waits();
                }
                let error = (kind == "error").then(|| error_kind(request.headers()));
                let http_params = request.headers().get(http_params::NAME).cloned();
                // It is never closed.
                let _permit = self.bodies.acquire().await;
                let Ok(body) = Limited::new(request, MAX_BODY as usize).collect().await else {
                    self.take_in(id, None);
                    return plain(StatusCode::PAYLOAD_TOO_LARGE, "the limit is 32 MiB");
                };
                let body = body.to_bytes();
                let end = End {
                    body,
                    http_params,
                    error,
                };
                self.take_in(id, Some(end))
            }
            _ => plain(
                StatusCode::NOT_FOUND,
                "the runtime interface has no such path",
            ),
        }
    }

    /// The next request that somebody still waits for.
    async fn hand_out(&self) -> Response<Full<Bytes>> {
        self.asked.send_replace(true);
        let mut next = self.next.lock().await;
        loop {
            let Some(job) = next.recv().await else {
                return plain(StatusCode::GONE, "there are no more requests");
            };
            if job.end.is_closed() {
                continue;
            }
            self.running().insert(job.id, job.end);
            let mut response = Response::new(Full::new(job.event));
            *response.headers_mut() = job.headers;
            return response;
        }
    }

    /// Ends a request; with None if its answer is above [`MAX_BODY`].
    fn take_in(&self, id: &str, end: Option<End>) -> Response<Full<Bytes>> {
        let waiting = self.running().remove(id);
        match waiting.map(|waiting| waiting.send(end)) {
            Some(Ok(())) => plain(StatusCode::OK, ""),
            _ => nobody_waits(),
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, oneshot::Sender<Option<End>>>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|_, end| !end.is_closed());
        running
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

fn gone() -> Silent {
    Silent::Closed {
        kept: false,
        why: "the program no longer asks for requests".into(),
    }
}

fn error_kind(headers: &HeaderMap) -> ErrorKind {
    let handled = ErrorKind::HandledInvocation;
    match headers
        .get(ERROR_TYPE)
        .is_some_and(|kind| kind == handled.as_str())
    {
        true => handled,
        false => ErrorKind::UnhandledInvocation,
    }
}

fn nobody_waits() -> Response<Full<Bytes>> {
    plain(StatusCode::NOT_FOUND, "no request of this id is under way")
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::time::timeout;

    use super::*;

    async fn api() -> (Api, std::net::SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (Api::serve(listener, "/secret".into()), address)
    }

    async fn send(to: std::net::SocketAddr, method: &str, path: &str, more: &str) -> TcpStream {
        let mut client = TcpStream::connect(to).await.unwrap();
        let head = format!("{method} /secret{BASE}{path} HTTP/1.1\r\nhost: a\r\n{more}");
        client.write_all(head.as_bytes()).await.unwrap();
        client
    }

    /// The beginning of the answer.
    async fn status(mut client: TcpStream) -> String {
        let mut answer = [0; 12];
        let answered = client.read_exact(&mut answer);
        let answered = timeout(Duration::from_secs(20), answered).await;
        answered.expect("no answer").unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test]
    async fn those_who_wait_for_requests_do_not_keep_out_who_answers() {
        let (api, address) = api().await;
        let mut begun = send(address, "GET", "next", "\r\n").await;
        api.asked().await;
        let mut waiting = Vec::new();
        for _ in 0..100 {
            waiting.push(send(address, "GET", "next", "\r\n").await);
        }
        let answer = async {
            begun.read_u8().await.unwrap();
            let post = send(
                address,
                "POST",
                "id/response",
                "content-length: 2\r\n\r\nhi",
            );
            status(post.await).await
        };
        let (end, status) = tokio::join!(api.run("id", HeaderMap::new(), Bytes::new()), answer);
        assert_eq!(status, "HTTP/1.1 200");
        assert_eq!(end.unwrap().body, "hi");
    }

    #[tokio::test]
    async fn a_body_that_nobody_waits_for_is_not_read() {
        let (_api, address) = api().await;
        let length = format!("content-length: {MAX_BODY}\r\n\r\nx");
        let client = send(address, "POST", "1-2-3/response", &length).await;
        assert_eq!(status(client).await, "HTTP/1.1 404");
    }
}
