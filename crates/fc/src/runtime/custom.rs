//! Programs in any language: HTTP servers, and programs that ask for their requests (`spec/fc.md` §2, §6.8).

mod api;
mod command;
mod headers;
mod health;
pub(crate) mod http_params;
mod instance;
mod ports;
mod prompt;
mod ready;
mod request;
mod server;
mod tool;
mod wires;

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tempfile::TempDir;
use tokio::time::timeout;

use crate::inner_network::{InnerNetwork, Listeners};
use crate::isolation::{Isolation, Scratch};
use crate::runtime::environment;
use crate::runtime::output::Output;
use crate::runtime::places::{self, Places};
use crate::runtime::tenant::Tenant;
use crate::runtime::{Instance, Runtime, StartError};
use crate::spawn::{Order, Started};
use crate::{Function, Launch};

use api::Api;
use command::{Command, NODE_BOOTSTRAP};
use headers::Facts;
use instance::{Core, CustomInstance};
use ports::Ports;
use server::{Reach, Server};
pub use tool::Tool;
use wires::Wires;

/// How long a program may take until it listens (`spec/fc.md` §2).
const START_BUDGET: Duration = Duration::from_secs(120);
/// Where our own programs are behind walls.
const HOME: &str = "/var/fc/runtime";
/// What runs handlers in Node.js, and what leads Node.js to the emulator in the host's network.
const PROGRAMS: [(&str, &str); 2] = [
    (NODE_BOOTSTRAP, include_str!("custom/bootstrap.js")),
    (NODE_NAMES, include_str!("custom/names.js")),
];
const NODE_NAMES: &str = "names.js";

/// Starts programs that are HTTP servers, or speak the runtime interface 2020-11-11.
///
/// Where the machine allows it, each has a network of its own, in which every port is its own, and `*.aliyuncs.com` leads
/// to the emulator whatever the language. Where it does not, a program whose code speaks of `FC_CUSTOM_LISTEN_PORT` or
/// `FC_SERVER_PORT` is given a free port there, and others wait for the one they want.
#[derive(Debug)]
pub struct CustomRuntime {
    isolation: Arc<Isolation>,
    tools: Vec<Tool>,
    budget: Duration,
    ports: Arc<Ports>,
    /// Where our own programs are.
    home: Arc<TempDir>,
}

impl CustomRuntime {
    /// A runtime whose programs find `tools` on their path.
    ///
    /// Writes the programs that come with us to a private temporary directory; errors come from that.
    pub fn new(isolation: Arc<Isolation>, tools: Vec<Tool>) -> io::Result<Self> {
        let home = tempfile::Builder::new().prefix("localyun-fc-").tempdir()?;
        for (name, text) in PROGRAMS {
            std::fs::write(home.path().join(name), text)?;
        }
        Ok(Self {
            isolation,
            tools,
            budget: START_BUDGET,
            ports: Arc::default(),
            home: home.into(),
        })
    }

    /// Another time in which programs have to be ready than the cloud's 120 seconds.
    #[must_use]
    pub fn with_budget(mut self, budget: Duration) -> Self {
        self.budget = budget;
        self
    }

    fn environment(
        &self,
        function: &Function,
        launch: &Launch,
        wires: &Wires,
        (places, home): (&Places, &Path),
    ) -> Vec<(String, String)> {
        let mut variables = environment::base(function, launch, places);
        if !function.environment.contains_key("PATH") {
            let tools = self.tools.iter().map(|tool| tool.folder.to_string_lossy());
            let folders: Vec<_> = tools.chain([environment::PATH.into()]).collect();
            let path = variables.entry("PATH".to_owned()).or_default();
            *path = path.replace(environment::PATH, &folders.join(":"));
        }
        let mut set = |name: &str, value: String| variables.insert(name.to_owned(), value);
        set(environment::LISTEN_PORT, wires.port.to_string());
        set(environment::SERVER_PORT, wires.port.to_string());
        set("FC_RUNTIME_API", wires.api_address.clone());
        if wires.network.is_none() {
            for (name, value) in environment::proxies(launch) {
                variables.entry(name).or_insert(value);
            }
            let names = format!("--require={}", home.join(NODE_NAMES).display());
            let options = variables.entry("NODE_OPTIONS".to_owned()).or_default();
            *options = format!("{options} {names}").trim_start().to_owned();
        }
        variables.into_iter().collect()
    }
}

#[async_trait]
impl Runtime for CustomRuntime {
    async fn start(
        &self,
        function: &Function,
        launch: &Launch,
    ) -> Result<Box<dyn Instance>, StartError> {
        let scratch = Scratch::new().map_err(StartError::Spawn)?;
        let machine = self.isolation.machine().await.map_err(StartError::Spawn)?;
        let placed = places::furnish(machine, function, scratch).await;
        let (places, mut rooms, scratch) = placed.map_err(|source| StartError::Code {
            path: function.code.clone(),
            source,
        })?;
        let home = match &mut rooms {
            Some(rooms) => {
                rooms.bind(self.home.path(), HOME.as_ref(), false);
                Path::new(HOME)
            }
            None => self.home.path(),
        };
        let command = Command::of(function, &places.code, home)?;
        let mut wires = self.wires(machine, function, launch).await?;
        let needs = self.tools.iter().flat_map(|tool| &tool.needs);
        if let Some(rooms) = &mut rooms {
            needs.clone().for_each(|folder| rooms.show(folder));
            let network = wires.network.clone();
            network.into_iter().for_each(|own| machine.part(rooms, own));
        }
        let order = Order {
            program: command.program.clone(),
            arguments: command.arguments.iter().map(Into::into).collect(),
            environment: self.environment(function, launch, &wires, (&places, home)),
            directory: places.code,
            shows: needs.cloned().collect(),
            stranger: true,
            ..Order::default()
        };
        let (memory, walled) = (u64::from(function.memory_mb) << 20, rooms.is_some());
        let started = machine.start(order, &scratch, rooms, memory).await;
        let started = started.map_err(StartError::Spawn)?;
        let core = self
            .connect(function, launch, started, scratch, &mut wires)
            .await?;
        let mut core = self.ready(core, function, &command).await?;
        if walled {
            core.tenant
                .process
                .look_behind_walls()
                .map_err(StartError::Spawn)?;
        }
        let core = Arc::new(core);
        if let Some(port) = wires.held.take() {
            let holder: Arc<dyn ports::Holder> = core.clone();
            port.is_held_by(Arc::downgrade(&holder));
            *core.port.lock().unwrap_or_else(|e| e.into_inner()) = Some(port);
        }
        Ok(Box::new(CustomInstance::new(core)))
    }
}

impl CustomRuntime {
    /// Takes over a process that has just been started.
    async fn connect(
        &self,
        function: &Function,
        launch: &Launch,
        started: Started,
        scratch: Scratch,
        wires: &mut Wires,
    ) -> Result<Core, StartError> {
        let Started {
            mut process,
            output,
            network,
            ..
        } = started;
        process.keep(Box::new((scratch, Arc::clone(&self.home))));
        let output = Output::new(output).map_err(StartError::Spawn)?;
        let (mut reach, mut listeners) = (Reach::Here, Listeners::new());
        if let (Some(channel), Some(order)) = (network, &wires.network) {
            let emulator = launch.network.reachable();
            let entered = InnerNetwork::enter(channel, order, 1, emulator);
            let (inner, own) = timeout(self.budget, entered)
                .await
                .map_err(|_| StartError::Spawn(io::ErrorKind::TimedOut.into()))?
                .map_err(StartError::Spawn)?;
            (reach, listeners) = (Reach::Inside(inner), own);
        }
        let api = listeners.pop().or_else(|| wires.api.take());
        let api = api.map(|listener| Api::serve(listener, wires.api_prefix.clone()));
        Ok(Core {
            tenant: Tenant::new(process, output, u64::from(function.memory_mb) << 20),
            server: Server::new(reach, wires.port).into(),
            api,
            facts: Facts::new(function, launch),
            health_check: function.custom.health_check.clone(),
            time_limit: function.timeout,
            spoiled: AtomicBool::new(false),
            under_way: AtomicUsize::new(0),
            expected: AtomicBool::new(true),
            ailing: AtomicBool::new(false),
            pauses: AtomicU64::new(0),
            port: Mutex::new(None),
            _isolation: Arc::clone(&self.isolation),
        })
    }
}
