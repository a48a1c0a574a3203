//! A network of its own for an instance, which is a loopback interface and nothing else. Runs in the first process of its
//! namespaces.
//!
//! A socket belongs to the network in which it was made, whoever holds it. So the ones that the instance is to reach the
//! host by are made here, and given to the host, which listens on them; and whenever the host wants to reach the
//! instance, a fresh socket is made here for it to connect.

use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::thread;

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use rustix::net::{recv, sendto, socket_with};

use super::descriptors;
use super::order::NetworkOrder;

/// The port of name servers.
const DNS: u16 = 53;
/// The number of the loopback interface in every network.
const LOOPBACK: i32 = 1;

/// Messages and flags of `rtnetlink(7)` and `netdevice(7)`.
const RTM_NEWLINK: u16 = 16;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_ACK: u16 = 4;
const IFF_UP: u32 = 1;

/// Makes what the host is to listen on, and gives it to the host: the ports in their order, then the name server's.
pub(super) fn open(wanted: &NetworkOrder, host: &UnixStream) -> io::Result<()> {
    raise_loopback()?;
    for &port in &wanted.ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        descriptors::send(host, listener)?;
    }
    let names = UdpSocket::bind((Ipv4Addr::LOCALHOST, DNS))?;
    names.set_nonblocking(true)?;
    descriptors::send(host, names)
}

/// For each byte that comes from the host a new socket goes there. Ends when the host does.
pub(super) fn make_sockets(mut host: UnixStream) -> io::Result<()> {
    let serve = move || {
        let mut byte = [0];
        while host.read_exact(&mut byte).is_ok() {
            // Without a socket the host waits in vain for its answer; it has a time limit.
            let sent = fresh_socket().and_then(|socket| descriptors::send(&host, socket));
            if sent.is_err() {
                return;
            }
        }
    };
    let builder = thread::Builder::new().stack_size(64 << 10);
    builder.spawn(serve).map(drop)
}

fn fresh_socket() -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(socket_with(
        AddressFamily::INET,
        SocketType::STREAM,
        flags,
        None,
    )?)
}

/// Switches the loopback interface on; its addresses come by themselves.
fn raise_loopback() -> io::Result<()> {
    let kind = SocketType::RAW;
    let socket = socket_with(
        AddressFamily::NETLINK,
        kind,
        SocketFlags::CLOEXEC,
        // The protocol 0 of netlink is that of routes and interfaces.
        None,
    )?;
    let kernel = SocketAddrNetlink::new(0, 0);
    sendto(&socket, &raise_request(), SendFlags::empty(), &kernel)?;
    let mut answer = [0; 1024];
    let (_, length) = recv(&socket, &mut answer[..], RecvFlags::empty())?;
    // After the header of 16 bytes an acknowledgement has the negative number of an error, or 0.
    let code = answer[..length].get(16..20);
    let code = code.and_then(|bytes| Some(i32::from_ne_bytes(bytes.try_into().ok()?)));
    match code {
        Some(0) => Ok(()),
        Some(code) => Err(io::Error::from_raw_os_error(-code)),
        None => Err(io::Error::other("the kernel's answer is too short")),
    }
}

/// A `struct nlmsghdr` and a `struct ifinfomsg`.
fn raise_request() -> [u8; 32] {
    let mut message = [0; 32];
    let mut put = |at: usize, bytes: &[u8]| message[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &32u32.to_ne_bytes());
    put(4, &RTM_NEWLINK.to_ne_bytes());
    put(6, &(NLM_F_REQUEST | NLM_F_ACK).to_ne_bytes());
    put(8, &1u32.to_ne_bytes());
    put(20, &LOOPBACK.to_ne_bytes());
    put(24, &IFF_UP.to_ne_bytes());
    put(28, &IFF_UP.to_ne_bytes());
    message
}

/// Where the host reaches a server in a network of its own. Whoever listens on all addresses is there; whoever listens on
/// 127.0.0.1 only is not, as in the cloud.
pub(crate) fn server(port: u16) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, 2), port)
}
