//! A client of the server that a program is, over connections that are kept.

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::prompt::Prompt;
use crate::inner_network::InnerNetwork;
use crate::runtime::frames::MAX_BODY;
use crate::spawn::server;

/// Where the server is.
#[derive(Debug)]
pub(crate) enum Reach {
    /// In a network of its own.
    Inside(InnerNetwork),
    /// In the host's.
    Here,
}

/// A server on a port.
#[derive(Debug)]
pub(crate) struct Server {
    reach: Reach,
    port: u16,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
}

/// What a server has answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Silent {
    /// Nobody listens.
    Unreachable(io::Error),
    /// The server closed the connection before it had answered. Whether it was one that had been used before.
    Closed { kept: bool, why: String },
    /// The answer is above [`MAX_BODY`].
    TooLarge,
}

impl fmt::Display for Silent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(error) => write!(f, "the server cannot be reached: {error}"),
            Self::Closed { kept: false, why } => {
                write!(
                    f,
                    "the server closed the connection before it answered: {why}"
                )
            }
            Self::Closed { kept: true, why } => write!(
                f,
                "the server closed a connection that was kept for it, before it answered: {why}; it has to keep idle \
                 connections for 15 minutes at least (Node.js: server.keepAliveTimeout = 0)"
            ),
            Self::TooLarge => f.write_str("the answer is larger than 32 MiB"),
        }
    }
}

/// How one attempt failed.
struct Failed {
    /// The server has not seen the request.
    unsent: bool,
    silent: Silent,
}

impl Server {
    pub(crate) fn new(reach: Reach, port: u16) -> Self {
        let idle = Mutex::default();
        Self { reach, port, idle }
    }

    /// A connection to the server. One that listens on 127.0.0.1 only is not found, as in the cloud.
    pub(crate) async fn connect(&self) -> io::Result<TcpStream> {
        let stream = match &self.reach {
            Reach::Inside(network) => network.connect(self.port).await?,
            Reach::Here => TcpStream::connect(server(self.port)).await?,
        };
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Whether something listens on 127.0.0.1, where the cloud does not look.
    pub(crate) async fn hides_on_loopback(&self) -> bool {
        let hidden = (Ipv4Addr::LOCALHOST, self.port);
        match &self.reach {
            Reach::Inside(network) => network.connect_to(hidden.into()).await.is_ok(),
            Reach::Here => TcpStream::connect(hidden).await.is_ok(),
        }
    }

    /// Sends a request. What goes wrong on a connection that was kept is tried once more on a new one, if the server
    /// cannot have seen the request or would not mind (DQ062: GET, HEAD, OPTIONS, TRACE).
    pub(crate) async fn send(&self, request: &Request<Bytes>) -> Result<Answer, Silent> {
        if let Some(kept) = self.kept().await {
            match self.exchange(kept, request).await {
                Ok(answer) => return Ok(answer),
                Err(failed) if failed.unsent || is_safe(request.method()) => {}
                Err(failed) => {
                    return Err(match failed.silent {
                        Silent::Closed { why, .. } => Silent::Closed { kept: true, why },
                        silent => silent,
                    });
                }
            }
        }
        let fresh = self.open().await?;
        let answer = self.exchange(fresh, request).await;
        answer.map_err(|failed| failed.silent)
    }

    /// A connection that was used before and is not known to be closed.
    async fn kept(&self) -> Option<SendRequest<Full<Bytes>>> {
        loop {
            let mut sender = self.idle().pop()?;
            if sender.ready().await.is_ok() {
                return Some(sender);
            }
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<SendRequest<Full<Bytes>>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn open(&self) -> Result<SendRequest<Full<Bytes>>, Silent> {
        let stream = self.connect().await.map_err(Silent::Unreachable)?;
        let (sender, connection) = handshake(TokioIo::new(Prompt(stream)))
            .await
            .map_err(|error| closed(&error))?;
        // It ends with its sender, or with the server.
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn exchange(
        &self,
        mut sender: SendRequest<Full<Bytes>>,
        request: &Request<Bytes>,
    ) -> Result<Answer, Failed> {
        let sent = sender.send_request(request.clone().map(Full::new)).await;
        let response = sent.map_err(|error| Failed {
            unsent: error.is_canceled(),
            silent: closed(&error),
        })?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, MAX_BODY as usize).collect().await;
        let body = body.map_err(|error| Failed {
            unsent: false,
            silent: match error.is::<LengthLimitError>() {
                true => Silent::TooLarge,
                false => closed(&*error),
            },
        })?;
        if !sender.is_closed() {
            self.idle().push(sender);
        }
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body: body.to_bytes(),
        })
    }
}

fn closed(error: &dyn std::error::Error) -> Silent {
    Silent::Closed {
        kept: false,
        why: error.to_string(),
    }
}

fn is_safe(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE].contains(method)
}
