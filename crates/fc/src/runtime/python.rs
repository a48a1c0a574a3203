//! Python functions.

use std::collections::HashMap;
use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use tempfile::TempDir;

use crate::isolation::{Isolation, Machine, Rooms, Scratch, readable_directory};
use crate::runtime::bootstrap;
use crate::runtime::environment;
use crate::runtime::frames::{FunctionFacts, NetworkFacts, Say};
use crate::runtime::instance::{Parting, Premises, PythonInstance, Terms};
use crate::runtime::interpreter::Interpreter;
use crate::runtime::places;
use crate::runtime::{Instance, Runtime, StartError};
use crate::spawn::{NetworkOrder, Order};
use crate::{Function, Launch, RuntimeName};

/// Where an instance finds our own things behind walls.
const HOME: &str = "/var/fc/runtime";
const CACHE: &str = "/var/fc/cache";

/// What a debugger takes in an instance, in bytes.
const DEBUGGER_MEMORY: u64 = 256 << 20;

/// Starts instances of Python functions with one interpreter.
///
/// The code of a function is never written to: an instance has it behind a layer that takes its changes, or has a copy.
/// Compiled modules are shared by the instances of the same code for as long as there are any.
#[derive(Debug)]
pub struct PythonRuntime {
    isolation: Arc<Isolation>,
    interpreter: Interpreter,
    home: Arc<TempDir>,
    caches: Mutex<HashMap<PathBuf, Weak<TempDir>>>,
}

/// Paths as the process sees them.
struct Places {
    common: places::Places,
    home: PathBuf,
    cache: PathBuf,
}

impl PythonRuntime {
    /// A runtime that uses `interpreter`, and for handlers that need oss2 one that
    /// [`prepare_oss2`](crate::prepare_oss2) returned.
    ///
    /// Writes the bootstrap to a private temporary directory; errors come from that.
    pub fn new(interpreter: Interpreter, isolation: Arc<Isolation>) -> io::Result<Self> {
        let home = readable_directory()?;
        bootstrap::write(home.path(), interpreter.compiled())?;
        Ok(Self {
            isolation,
            interpreter,
            home: home.into(),
            caches: Mutex::default(),
        })
    }

    /// The interpreter that handlers run on.
    pub fn interpreter(&self) -> &Interpreter {
        &self.interpreter
    }

    /// What keeps its instances apart.
    pub fn isolation(&self) -> &Isolation {
        &self.isolation
    }

    /// Where the compiled modules of this code are kept.
    fn cache(&self, machine: &Machine, code: &Path, scratch: &Scratch) -> io::Result<Arc<TempDir>> {
        if !machine.can_share() {
            return Ok(tempfile::tempdir_in(scratch.path())?.into());
        }
        let mut caches = self.caches.lock().unwrap_or_else(PoisonError::into_inner);
        caches.retain(|_, cache| cache.strong_count() > 0);
        if let Some(cache) = caches.get(code).and_then(Weak::upgrade) {
            return Ok(cache);
        }
        let cache = Arc::new(temporary_directory()?);
        caches.insert(code.to_owned(), Arc::downgrade(&cache));
        Ok(cache)
    }

    /// Where `pip install --user` has put packages, as the documents for dependencies say (`PYTHONUSERBASE=/code/python`).
    /// They were installed with the cloud's version of Python, which may be another than this one.
    fn user_packages(&self, function: &Function) -> Vec<String> {
        let mut variables = function.environment.iter();
        let base = variables.find(|(name, _)| *name == "PYTHONUSERBASE");
        let (major, minor, _) = self.interpreter.version();
        let versions = [Some((major, minor)), function.runtime.python()];
        let folders = base.into_iter().flat_map(|(_, base)| {
            let below = versions.iter().flatten().map(|&version| packages(version));
            below.map(|folder| text(&Path::new(base).join(folder)))
        });
        folders.collect()
    }

    /// What the process is to see, and where.
    async fn place(
        &self,
        machine: &Machine,
        function: &Function,
        scratch: Scratch,
        cache: &TempDir,
    ) -> io::Result<(Places, Option<Rooms>, Scratch)> {
        let (common, rooms, scratch) = places::furnish(machine, function, scratch).await?;
        let Some(mut rooms) = rooms else {
            let places = Places {
                common,
                home: self.home.path().to_owned(),
                cache: cache.path().to_owned(),
            };
            return Ok((places, None, scratch));
        };
        rooms.bind(self.home.path(), HOME.as_ref(), false);
        rooms.bind(cache.path(), CACHE.as_ref(), true);
        for folder in self.interpreter.folders() {
            rooms.show(folder);
        }
        let places = Places {
            common,
            home: HOME.into(),
            cache: CACHE.into(),
        };
        Ok((places, Some(rooms), scratch))
    }

    /// What a process reads besides its own directory and the system.
    fn shows(&self) -> Vec<PathBuf> {
        let folders = self.interpreter.folders().iter().cloned();
        folders.chain([self.home.path().to_owned()]).collect()
    }

    fn order(&self, function: &Function, launch: &Launch, places: &Places) -> Order {
        let bootstrap = places.home.join(bootstrap::PROGRAM);
        Order {
            program: self.interpreter.program().to_owned(),
            arguments: vec!["-u".into(), "-W".into(), "ignore".into(), bootstrap.into()],
            environment: environment(function, launch, places),
            directory: places.common.code.clone(),
            shows: self.shows(),
            ..Order::default()
        }
    }
}

#[async_trait]
impl Runtime for PythonRuntime {
    async fn start(
        &self,
        function: &Function,
        launch: &Launch,
    ) -> Result<Box<dyn Instance>, StartError> {
        let scratch = Scratch::new().map_err(StartError::Spawn)?;
        let unreadable = |source| StartError::Code {
            path: function.code.clone(),
            source,
        };
        let machine = self.isolation.machine().await;
        let machine = machine.map_err(StartError::Spawn)?;
        let cache = self.cache(machine, &function.code, &scratch);
        let cache = cache.map_err(StartError::Spawn)?;
        let placed = self.place(machine, function, scratch, &cache).await;
        let (places, mut rooms, scratch) = placed.map_err(unreadable)?;
        let mut network = network(launch);
        let parting = part(machine, function, rooms.as_mut(), launch, &mut network);

        let order = self.order(function, launch, &places);
        let debugged = function.debug.is_some();
        let debugger = if debugged { DEBUGGER_MEMORY } else { 0 };
        let terms = Terms {
            time_limit: if debugged {
                Duration::MAX
            } else {
                function.timeout
            },
            memory_limit: (u64::from(function.memory_mb) << 20) + debugger,
            walled: rooms.is_some(),
        };
        let started = machine.start(order, &scratch, rooms, terms.memory_limit);
        let started = started.await.map_err(StartError::Spawn)?;
        let init = Say::Init {
            function: &facts(function, launch),
            network,
            code: &text(&places.common.code),
            layers: &places
                .common
                .layers
                .as_deref()
                .map(text)
                .unwrap_or_default(),
            search: &search(function.runtime, &places),
            user_packages: &self.user_packages(function),
            pycache: &text(&places.cache),
            debug: function.debug,
            withheld: function.withheld,
        };
        let premises = Premises {
            scratch,
            shared: [cache, Arc::clone(&self.home)],
            parting,
            isolation: Arc::clone(&self.isolation),
        };
        let mut instance = PythonInstance::begin(started, init, terms, premises).await?;
        instance.log_line(&format!(
            "FunctionCompute {} runtime inited.",
            function.runtime
        ));
        Ok(Box::new(instance))
    }
}

fn temporary_directory() -> io::Result<TempDir> {
    tempfile::Builder::new().prefix("localyun-fc-").tempdir()
}

fn facts<'a>(function: &'a Function, launch: &'a Launch) -> FunctionFacts<'a> {
    FunctionFacts {
        name: &function.name,
        handler: &function.handler,
        memory: function.memory_mb,
        timeout: function.timeout.as_secs(),
        qualifier: &function.qualifier,
        version_id: &function.version_id,
        service: &function.service,
        log_project: &function.log_project,
        log_store: &function.log_store,
        region: &launch.region,
        account_id: &launch.account_id,
        context: if function.runtime.has_reduced_context() {
            "reduced"
        } else {
            "classic"
        },
    }
}

fn network(launch: &Launch) -> NetworkFacts {
    let emulator = launch.network.reachable();
    let server = launch.network.server;
    NetworkFacts {
        host: emulator.ip().to_string(),
        port: emulator.port(),
        server: server.map(|server| (server.ip().to_string(), server.port())),
        allow_other_hosts: launch.network.allow_other_hosts,
    }
}

/// Gives rooms a network of their own where all are to have one. Nothing but the emulator could be reached from there, so
/// that is not for those who may reach others, nor for those whom a debugger is to reach.
fn part(
    machine: &Machine,
    function: &Function,
    rooms: Option<&mut Rooms>,
    launch: &Launch,
    network: &mut NetworkFacts,
) -> Option<Parting> {
    let stays = launch.network.allow_other_hosts || function.debug.is_some();
    let rooms = rooms.filter(|_| machine.parts_all() && !stays)?;
    let emulator = launch.network.reachable();
    let server = launch.network.server.map(|server| server.port());
    let mut ports = vec![80, emulator.port()];
    ports.extend(server);
    ports.sort_unstable();
    ports.dedup();
    let order = NetworkOrder { ports };
    machine.part(rooms, order.clone());
    network.host = Ipv4Addr::LOCALHOST.to_string();
    Some(Parting { order, emulator })
}

/// Where this version of Python has packages, below a prefix.
fn packages((major, minor): (u8, u8)) -> String {
    format!("lib/python{major}.{minor}/site-packages")
}

/// Where modules of layers are looked for, behind the code and before all else (spec/fc.md §1.9).
fn search(runtime: RuntimeName, places: &Places) -> Vec<String> {
    let installed = runtime.python().map(packages);
    let installed = installed.map(|folder| format!("python/{folder}"));
    let below: Vec<_> = installed.into_iter().chain(["python".to_owned()]).collect();
    let layers = places.common.layers.iter();
    let folders = layers.flat_map(|layers| below.iter().map(|folder| layers.join(folder)));
    folders.map(|folder| text(&folder)).collect()
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Everything that a handler finds in its environment, and nothing of ours.
fn environment(function: &Function, launch: &Launch, places: &Places) -> Vec<(String, String)> {
    let mut variables = environment::base(function, launch, &places.common);
    let encoding = "utf-8:surrogateescape".to_owned();
    variables.insert("PYTHONIOENCODING".to_owned(), encoding);
    variables.into_iter().collect()
}
