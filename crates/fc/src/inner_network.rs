//! The host's end of an instance's own network (`spec/fc.md` §6.5, §6.6).
//!
//! Inside, nothing is there but loopback. Some ports on 127.0.0.1 lead to the emulator, and a name server says that all
//! of `aliyuncs.com` is 127.0.0.1, so that a client in any language reaches the emulated cloud at
//! `http://….aliyuncs.com` without knowing of it.

mod dns;

pub(crate) use dns::answer;

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as Channel;
use std::sync::Arc;
use std::time::Duration;

use rustix::net::sockopt::{socket_domain, socket_type};
use rustix::net::{AddressFamily, SocketType};
use tokio::io::{Interest, copy_bidirectional};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket, UnixStream};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::spawn::{NetworkOrder, descriptors, server};

/// The most connections that an instance may have to the emulator at a time. More wait.
const CONNECTIONS: usize = 512;
/// The longest question to a name server that is answered.
const LONGEST_QUESTION: usize = 512;

/// How long nobody is let in after an error: one connection's, or that the host has no descriptor left, which it will
/// not have the next moment either.
pub(crate) const AFTER_REFUSAL: Duration = Duration::from_millis(20);

/// The host's end. Everything that it serves ends when this is dropped.
#[derive(Debug)]
pub(crate) struct InnerNetwork {
    channel: Mutex<UnixStream>,
    _tasks: JoinSet<()>,
}

/// What is listened on inside, apart from what leads to the emulator.
pub(crate) type Listeners = Vec<TcpListener>;

impl InnerNetwork {
    /// Takes what the new network gives to the host, and begins to serve it. The first `own` ports of the order are the
    /// caller's; the others lead to `emulator`.
    pub(crate) async fn enter(
        channel: Channel,
        order: &NetworkOrder,
        own: usize,
        emulator: SocketAddr,
    ) -> io::Result<(Self, Listeners)> {
        channel.set_nonblocking(true)?;
        let channel = UnixStream::from_std(channel)?;
        let (mut listeners, mut tasks) = (Listeners::new(), JoinSet::new());
        for number in 0..order.ports.len() {
            let listener = std::net::TcpListener::from(receive(&channel).await?);
            let listener = TcpListener::from_std(listener)?;
            if number < own {
                listeners.push(listener);
            } else {
                tasks.spawn(relay(listener, emulator));
            }
        }
        let names = std::net::UdpSocket::from(receive(&channel).await?);
        tasks.spawn(answer_names(UdpSocket::from_std(names)?));
        let channel = Mutex::new(channel);
        let _tasks = tasks;
        Ok((Self { channel, _tasks }, listeners))
    }

    /// A connection to a server inside that listens on all addresses.
    pub(crate) async fn connect(&self, port: u16) -> io::Result<TcpStream> {
        self.connect_to(server(port).into()).await
    }

    /// A connection to an address inside.
    pub(crate) async fn connect_to(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let socket = {
            let channel = self.channel.lock().await;
            channel.writable().await?;
            channel.try_write(&[0])?;
            receive(&channel).await?
        };
        // What is behind the walls could have taken over who sends it.
        let (domain, kind) = (socket_domain(&socket)?, socket_type(&socket)?);
        if domain != AddressFamily::INET || kind != SocketType::STREAM {
            return Err(io::Error::other("a socket of another kind came"));
        }
        let socket = std::net::TcpStream::from(socket);
        socket.set_nonblocking(true)?;
        let socket = TcpSocket::from_std_stream(socket);
        socket.connect(address).await
    }
}

async fn receive(channel: &UnixStream) -> io::Result<OwnedFd> {
    let take = || descriptors::receive(channel);
    channel.async_io(Interest::READABLE, take).await
}

/// Passes connections on to the emulator.
async fn relay(listener: TcpListener, emulator: SocketAddr) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < CONNECTIONS => {
                match accepted {
                    Ok((inner, _)) => drop(connections.spawn(pass_on(inner, emulator))),
                    Err(_) => sleep(AFTER_REFUSAL).await,
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn pass_on(mut inner: TcpStream, emulator: SocketAddr) {
    let passed = async {
        let mut outer = TcpStream::connect(emulator).await?;
        outer.set_nodelay(true)?;
        inner.set_nodelay(true)?;
        copy_bidirectional(&mut inner, &mut outer).await
    };
    if let Err(error) = passed.await {
        tracing::debug!(%error, "a connection from a function to the emulator has ended");
    }
}

async fn answer_names(socket: UdpSocket) {
    let socket = Arc::new(socket);
    let mut question = [0; LONGEST_QUESTION];
    loop {
        let Ok((length, client)) = socket.recv_from(&mut question).await else {
            continue;
        };
        if let Some(answer) = dns::answer(&question[..length]) {
            // Whoever does not get it asks again.
            let _ = socket.send_to(&answer, client).await;
        }
    }
}
