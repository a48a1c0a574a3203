//! Sockets: accepting, HTTP/1.1, draining.

mod desk;
mod outbox;
mod outside;
mod peer;
mod prompt;
mod quiet;

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use fc::Host;
use futures_util::FutureExt;
use gateway::Client;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::Cloud;
use crate::admin::Admin;
use desk::{Desk, Way};
use outbox::Outbox;
use outside::Outside;
use prompt::Prompt;
use quiet::{Activity, Quiet};

/// How long a client may take to send its first byte.
const FIRST_BYTE: Duration = Duration::from_secs(30);
/// How long the requests under way get when the server stops.
const DRAIN: Duration = Duration::from_secs(10);
/// The room for a request's head. The real service takes far less; what is between is refused by the service.
const HEAD_BUFFER: usize = 128 << 10;
/// So many bytes of a body are gathered before they are written, if they are there: the fewer writes, the less often the
/// client and this server wait for each other.
const WRITTEN_AT_ONCE: usize = 1 << 20;
/// How often bodies that nobody owns are swept and the leases of running uploads renewed; a lease lasts 15 minutes.
const SWEEP: Duration = Duration::from_secs(300);
/// The first byte of a TLS handshake.
const TLS_HANDSHAKE: u8 = 0x16;

/// A cloud on a socket.
#[derive(Debug)]
pub struct Server {
    desk: Desk,
    listeners: Vec<(Door, TcpListener)>,
    /// Of the main listeners, the first one first.
    addresses: Vec<SocketAddr>,
    metadata: Option<SocketAddr>,
    functions: SocketAddr,
    outbox: Option<Outbox>,
}

/// Which listener a connection came in through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Main,
    Metadata,
    /// What functions have for the main one, and as their proxy.
    Functions,
}

/// Why a server cannot listen.
#[derive(Debug)]
pub struct BindError {
    /// The address.
    pub address: SocketAddr,
    /// Whether it is the one of the metadata service.
    pub metadata: bool,
    /// What the system says.
    pub source: io::Error,
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot listen on {}: {}", self.address, self.source)
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl Server {
    /// Binds the listen addresses of the cloud's configuration.
    pub async fn bind(cloud: Arc<Cloud>) -> Result<Self, BindError> {
        let config = cloud.config();
        let (mut listeners, mut addresses) = (Vec::new(), Vec::new());
        for wanted in std::iter::once(config.listen).chain(config.listen_also.clone()) {
            let (listener, address) = listen(Door::Main, wanted).await?;
            listeners.push((Door::Main, listener));
            addresses.push(address);
        }
        let mut metadata = None;
        if let Some(wanted) = config.metadata {
            let (listener, address) = listen(Door::Metadata, wanted).await?;
            listeners.push((Door::Metadata, listener));
            metadata = Some(address);
        }
        let (listener, functions) = listen(Door::Functions, beside(config.listen)).await?;
        listeners.push((Door::Functions, listener));
        if let Some(address) = addresses.first() {
            cloud.listens_on(*address, functions);
        }
        let admin = Admin::new(cloud.clone(), near(&addresses), metadata);
        let outside = Outside {
            allowed: config.allow_other_hosts,
            own: addresses.iter().copied().chain([functions]).collect(),
            names: config.hosts.clone(),
        };
        let desk = Desk {
            cloud,
            admin: Arc::new(admin),
            outside: Arc::new(outside),
        };
        Ok(Self {
            desk,
            listeners,
            addresses,
            metadata,
            functions,
            outbox: Outbox::here(),
        })
    }

    /// The first address, with the port that was picked.
    pub fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// All addresses, the metadata service's left aside. There is at least one.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// `http://…`, as clients write it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Where the metadata service listens, with the port that was picked.
    pub fn metadata_address(&self) -> Option<SocketAddr> {
        self.metadata
    }

    /// What functions have for the first address, and as their proxy: what comes in there is of functions.
    pub fn functions_address(&self) -> SocketAddr {
        self.functions
    }

    /// Whether only programs of this machine reach it, the metadata service left aside.
    pub fn is_near(&self) -> bool {
        near(&self.addresses)
    }

    /// What opens the admin API from elsewhere.
    pub fn admin(&self) -> &Admin {
        &self.desk.admin
    }

    /// The cloud behind the socket.
    pub fn cloud(&self) -> &Arc<Cloud> {
        &self.desk.cloud
    }

    /// Serves until `stop` is done. Then the requests and invocations under way may finish, and instances that wait say
    /// their last word, for 10 seconds at most in all; functions are served meanwhile.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        let (serving, stopping) = watch::channel(());
        let (_running, ending) = watch::channel(());
        let mut stop = pin!(stop);
        let mut sweep = tokio::time::interval(SWEEP);
        let attending = tokio::spawn(self.cloud().clone().attend(stopping.clone()));
        let timing = tokio::spawn(self.cloud().clone().keep_time());
        let providing = tokio::spawn(self.cloud().clone().provide());
        let delivering = self.outbox.clone().map(|outbox| {
            let deliver = async move { outbox.deliver().await };
            tokio::spawn(deliver).abort_handle()
        });
        loop {
            tokio::select! {
                (door, accepted) = self.accept() => match accepted {
                    Ok(accepted) if door == Door::Functions => self.connect(door, accepted, None, ending.clone()),
                    Ok(accepted) => self.connect(door, accepted, Some(graceful.watcher()), stopping.clone()),
                    Err(error) => refused_by_system(&error).await,
                },
                _ = sweep.tick() => {
                    // Beside the connections, not before them: there may be much to sweep on disk.
                    let cloud = self.cloud().clone();
                    tokio::spawn(async move { cloud.sweep().await });
                }
                () = &mut stop => break,
            }
        }
        timing.abort();
        providing.abort();
        drop(serving);
        self.listeners.retain(|(door, _)| *door == Door::Functions);
        tracing::info!("stopping: no new connections; letting requests under way finish");
        let (cloud, abort) = (self.cloud().clone(), attending.abort_handle());
        let finished =
            async { tokio::join!(graceful.shutdown(), attending, cloud.pool().shutdown()) };
        let mut finished = pin!(timeout(DRAIN, finished));
        let finished = loop {
            tokio::select! {
                finished = &mut finished => break finished,
                (door, accepted) = self.accept() => match accepted {
                    Ok(accepted) => self.connect(door, accepted, None, ending.clone()),
                    Err(error) => refused_by_system(&error).await,
                },
            }
        };
        if finished.is_err() {
            tracing::warn!(
                "stopped with requests or instances still under way after {} s",
                DRAIN.as_secs()
            );
        }
        // What is not settled waits in its row.
        abort.abort();
        if let Some(delivering) = delivering {
            delivering.abort();
        }
    }

    /// The next connection on any listener.
    async fn accept(&self) -> (Door, io::Result<(TcpStream, SocketAddr)>) {
        poll_fn(|cx| {
            for (door, listener) in &self.listeners {
                if let Poll::Ready(accepted) = listener.poll_accept(cx) {
                    return Poll::Ready((*door, accepted));
                }
            }
            Poll::Pending
        })
        .await
    }

    /// Serves a connection. One with a watcher may finish what it is about when `stopping` is closed; one without, which
    /// can become a tunnel, ends then.
    fn connect(
        &self,
        door: Door,
        (stream, peer): (TcpStream, SocketAddr),
        watcher: Option<Watcher>,
        mut stopping: watch::Receiver<()>,
    ) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        let local = match stream.local_addr() {
            Ok(local) => local,
            Err(error) => return tracing::debug!(%peer, %error, "a connection ended"),
        };
        let (desk, way) = (Arc::new(self.desk.clone()), Way { door, peer, local });
        let outbox = self.outbox.clone();
        tokio::spawn(async move {
            let begun = tokio::select! {
                begun = timeout(FIRST_BYTE, speaks_http(&stream, peer)) => begun,
                // A client that has asked for nothing yet holds nobody up.
                _ = stopping.changed() => return,
            };
            if begun != Ok(true) {
                return;
            }
            let (activity, client) = (Arc::new(Activity::default()), Client::connected());
            let quiet = Quiet::new(activity.clone());
            let stream = Prompt::new(stream, outbox, client.clone(), quiet);
            let service = service_fn(move |request| {
                let (desk, client) = (desk.clone(), client.clone());
                let answer = desk.serve(way, client, request, activity.begin());
                answer.map(Ok::<_, std::convert::Infallible>)
            });
            let connection = http1::Builder::new()
                .max_header_size(HEAD_BUFFER)
                .max_buf_size(WRITTEN_AT_ONCE)
                .half_close(true)
                .serve_connection(TokioIo::new(stream), service);
            let served = match watcher {
                Some(watcher) => watcher.watch(connection).await,
                None => tokio::select! {
                    served = connection.with_upgrades() => served,
                    _ = stopping.changed() => return,
                },
            };
            if let Err(error) = served {
                tracing::debug!(%peer, %error, "a connection ended");
            }
        });
    }
}

fn near(addresses: &[SocketAddr]) -> bool {
    addresses.iter().all(|address| address.ip().is_loopback())
}

/// Where functions come in: on this machine only, as there is a way out.
fn beside(main: SocketAddr) -> SocketAddr {
    let ip = match main.ip() {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    };
    SocketAddr::new(ip, 0)
}

async fn listen(door: Door, wanted: SocketAddr) -> Result<(TcpListener, SocketAddr), BindError> {
    let failed = |source| BindError {
        address: wanted,
        metadata: door == Door::Metadata,
        source,
    };
    let listener = TcpListener::bind(wanted).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Out of file descriptors or the like: the next try would fail at once too.
async fn refused_by_system(error: &io::Error) {
    tracing::error!(%error, "cannot accept a connection");
    tokio::time::sleep(Duration::from_millis(50)).await;
}

/// What the first byte says.
async fn speaks_http(stream: &TcpStream, peer: SocketAddr) -> bool {
    let mut first = [0];
    match stream.peek(&mut first).await {
        Ok(1) if first[0] == TLS_HANDSHAKE => {
            tracing::warn!(%peer, "a client began a TLS handshake; this version serves http only");
            false
        }
        Ok(read) => read > 0,
        Err(_) => false,
    }
}
