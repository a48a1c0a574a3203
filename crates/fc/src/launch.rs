//! What an instance is told when it starts, and keeps for its life.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::Credentials;

/// Where and as whom an instance runs.
#[derive(Debug, Clone)]
pub struct Launch {
    /// `c-<8 hex>-…` in the cloud; seen by the handler as `FC_INSTANCE_ID`.
    pub instance_id: String,
    /// The main account's UID.
    pub account_id: String,
    /// Such as `cn-hangzhou`.
    pub region: String,
    /// The keys for the environment variables. Those of the context come with each invocation and may be newer.
    pub credentials: Option<Credentials>,
    /// What the handler reaches.
    pub network: Network,
}

/// What a handler reaches (`spec/fc.md` §6.6).
///
/// Inside the Python process `*.aliyuncs.com` leads to the emulator for port 80 and is refused for any other port;
/// loopback addresses are open; other hosts are refused. A real `*.aliyuncs.com` host is never looked up, and the
/// address of the metadata service never reached. See the crate's documentation for what is not enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Where functions get to the emulator. An unspecified address (`0.0.0.0`, `::`) is reached over loopback.
    pub emulator: SocketAddr,
    /// Where everybody else gets to it, if that is another place. What a function sends there goes to `emulator`.
    pub server: Option<SocketAddr>,
    /// Lifts the refusal of hosts that are not part of the cloud.
    pub allow_other_hosts: bool,
}

impl Network {
    /// A network in which nothing answers: where no server listens.
    pub const NOWHERE: Self = Self {
        emulator: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1),
        server: None,
        allow_other_hosts: false,
    };

    /// The emulator's address as a client has to write it.
    pub(crate) fn reachable(&self) -> SocketAddr {
        let ip = match self.emulator.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        SocketAddr::new(ip, self.emulator.port())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unspecified_listener_is_reached_over_loopback() {
        let reachable = |address: &str| {
            Network {
                emulator: address.parse().unwrap(),
                server: None,
                allow_other_hosts: false,
            }
            .reachable()
            .to_string()
        };
        assert_eq!(reachable("0.0.0.0:4577"), "127.0.0.1:4577");
        assert_eq!(reachable("[::]:4577"), "[::1]:4577");
        assert_eq!(reachable("10.0.0.7:80"), "10.0.0.7:80");
    }
}
