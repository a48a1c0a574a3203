//! How a program and the host reach each other.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

use super::CustomRuntime;
use super::ports::{self, Port};
use crate::isolation::Machine;
use crate::runtime::{NotStarted, StartCode, StartError, environment};
use crate::spawn::NetworkOrder;
use crate::{Function, Launch};

/// Where the interface for programs that ask is, in a network of their own.
const API_PORTS: [u16; 2] = [8998, 8997];
/// The port of HTTP, which the names of the cloud lead to.
const HTTP: u16 = 80;
/// How long a port may stay taken after the program that had it has ended.
const PORT_PATIENCE: Duration = Duration::from_secs(5);
/// How often it is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(20);

/// How a program is connected.
pub(super) struct Wires {
    pub(super) network: Option<NetworkOrder>,
    /// Of the interface, where the network is the host's.
    pub(super) api: Option<TcpListener>,
    pub(super) api_address: String,
    pub(super) api_prefix: String,
    /// Where the program listens.
    pub(super) port: u16,
    /// Of the host.
    pub(super) held: Option<Port>,
}

impl CustomRuntime {
    pub(super) async fn wires(
        &self,
        machine: &Machine,
        function: &Function,
        launch: &Launch,
    ) -> Result<Wires, StartError> {
        let wanted = function.custom.port;
        if machine.has_networks() && !launch.network.allow_other_hosts {
            let api = API_PORTS
                .into_iter()
                .find(|port| *port != wanted)
                .unwrap_or(API_PORTS[0]);
            let mut ports = vec![api];
            let server = launch.network.server.map(|server| server.port());
            let emulator = [HTTP, launch.network.reachable().port()];
            for port in emulator.into_iter().chain(server) {
                if port != wanted && !ports.contains(&port) {
                    ports.push(port);
                }
            }
            return Ok(Wires {
                network: Some(NetworkOrder { ports }),
                api: None,
                api_address: format!("127.0.0.1:{api}"),
                api_prefix: String::new(),
                port: wanted,
                held: None,
            });
        }
        let api = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let api = api.map_err(StartError::Spawn)?;
        let address = api.local_addr().map_err(StartError::Spawn)?;
        let prefix = format!("/{}", secret().map_err(StartError::Spawn)?);
        let asks = [environment::LISTEN_PORT, environment::SERVER_PORT];
        let (port, held) = match asks.iter().any(|name| function.speaks_of(name)) {
            _ if !function.runtime.listens() => (wanted, None),
            true => (ports::free().map_err(StartError::Spawn)?, None),
            false => (wanted, Some(self.hold(function, wanted).await?)),
        };
        Ok(Wires {
            network: None,
            api: Some(api),
            api_address: format!("{address}{prefix}"),
            api_prefix: prefix,
            port,
            held,
        })
    }

    /// Waits for a port of the host.
    async fn hold(&self, function: &Function, port: u16) -> Result<Port, StartError> {
        // Programs that ask for their requests listen nowhere.
        let held = timeout(self.budget, self.ports.take(port)).await;
        let busy = || NotStarted {
            code: StartCode::NotStarted,
            message: format!(
                "localyun: port {port} of this machine is used by another function, which function '{}' waits for: \
                 without networks of their own, programs that want the same port run one after the other",
                function.name
            ),
        };
        let held = held.map_err(|_| busy())?;
        let emptied = async {
            while !ports::is_free(port) {
                sleep(LOOK).await;
            }
        };
        let taken = || NotStarted {
            code: StartCode::NotStarted,
            message: format!("localyun: port {port} of this machine is taken by another program"),
        };
        timeout(PORT_PATIENCE, emptied).await.map_err(|_| taken())?;
        Ok(held)
    }
}

fn secret() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
