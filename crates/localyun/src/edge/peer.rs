//! Whose the other end of a connection is: the kernel knows, for programs of this machine.
//!
//! `/proc/net/tcp` has the inode of every socket of this network namespace, and processes show which inodes they have.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The files, one for each family of addresses. Machines without IPv6 do not have the second one.
const TABLES: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];
/// How often a table is read. Rows that move while it is read can be left out.
const LOOKS: usize = 2;

/// The inode of the socket that a connection to us comes from. 0 if it was closed already; none if it is of another
/// machine or of another network namespace, or where there is no such file.
pub(super) fn inode(peer: SocketAddr, local: SocketAddr) -> Option<u64> {
    let ends = (canonical(peer), canonical(local));
    let mut readable = false;
    for file in std::iter::repeat_n(TABLES, LOOKS).flatten() {
        let Ok(table) = fs::read_to_string(file) else {
            continue;
        };
        readable = true;
        if let Some(inode) = find(&table, ends) {
            return Some(inode);
        }
    }
    // A socket that was reset leaves its row at once, while what it has sent can still be read.
    (readable && is_of_this_machine(ends)).then_some(0)
}

/// Whether the addresses say that the other end is in this network namespace.
fn is_of_this_machine((near, far): (SocketAddr, SocketAddr)) -> bool {
    near.ip().is_loopback() || far.ip().is_loopback() || near.ip() == far.ip()
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

fn find(table: &str, (near, far): (SocketAddr, SocketAddr)) -> Option<u64> {
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let here = read(fields.next()?)?;
        let there = read(fields.next()?)?;
        let inode = fields.nth(6)?;
        (here == near && there == far).then(|| inode.parse().ok())?
    })
}

/// `0100007F:11E1`: words of an address as the machine has them in memory, and the port.
fn read(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let mut bytes = Vec::with_capacity(16);
    for word in address.as_bytes().chunks(8) {
        let word = u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?;
        bytes.extend(word.to_ne_bytes());
    }
    let ip = match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(four) => IpAddr::from(Ipv4Addr::from(four)),
        Err(_) => Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).to_canonical(),
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;
    use std::net::TcpStream;
    use std::os::fd::AsRawFd;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_inode_of_a_client_is_the_one_that_it_has_open() {
        for host in ["127.0.0.1", "[::1]"] {
            let Ok(listener) = TcpListener::bind(format!("{host}:0")) else {
                continue;
            };
            let local = listener.local_addr().unwrap();
            let client = TcpStream::connect(local).unwrap();
            let (_accepted, peer) = listener.accept().unwrap();
            let open = fs::read_link(format!("/proc/self/fd/{}", client.as_raw_fd())).unwrap();
            let found = inode(peer, local).unwrap();
            assert_eq!(open.to_str(), Some(&*format!("socket:[{found}]")));
        }
    }

    #[tokio::test]
    async fn a_client_that_has_reset_its_connection_is_one_of_this_machine() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let local = listener.local_addr().unwrap();
        let client = tokio::net::TcpStream::connect(local).await.unwrap();
        let (mut accepted, peer) = listener.accept().unwrap();
        let said = b"what was sent";
        assert_eq!(client.try_write(said).unwrap(), said.len());
        client.set_zero_linger().unwrap();
        drop(client);
        let table = fs::read_to_string(TABLES[0]).unwrap();
        assert_eq!(find(&table, (peer, local)), None, "its row is gone");
        let heard = accepted.read(&mut [0; 64]).unwrap();
        assert_eq!(heard, said.len(), "its words are still there");
        assert_eq!(inode(peer, local), Some(0));
    }

    #[test]
    fn another_machine_has_no_row() {
        let (near, far) = (([192, 0, 2, 1], 1).into(), ([192, 0, 2, 2], 80).into());
        assert_eq!(inode(near, far), None);
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn lines_of_both_families_are_read() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
             0: 0100007F:B5E2 0100007F:11E1 01 00000000:00000000 00:00000000 00000000     0        0 4711 1 0\n   \
             1: 0000000000000000FFFF00000100007F:B5E3 0000000000000000FFFF00000100007F:11E1 01 00000000:00000000 \
             00:00000000 00000000     0        0 4712 1 0\n";
        let ends = |port: u16| {
            let ip = Ipv4Addr::LOCALHOST;
            ((ip, port).into(), (ip, 4577).into())
        };
        assert_eq!(find(table, ends(46562)), Some(4711));
        assert_eq!(find(table, ends(46563)), Some(4712));
        assert_eq!(find(table, ends(46564)), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_left(text in "[0-9A-F:é]{0,40}") {
            let _ = read(&text);
        }
    }
}
