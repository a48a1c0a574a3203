//! Python functions.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use async_trait::async_trait;
use tempfile::TempDir;

use crate::function::copy_tree;
use crate::isolation::{Isolation, Machine, Rooms, Scratch};
use crate::runtime::bootstrap;
use crate::runtime::frames::{FunctionFacts, NetworkFacts, Say};
use crate::runtime::instance::{Premises, PythonInstance, Terms};
use crate::runtime::interpreter::Interpreter;
use crate::runtime::{Instance, Runtime, StartError};
use crate::spawn::Order;
use crate::{Function, Launch, RuntimeName};

/// Where programs are looked for by a handler and its children.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Where an instance finds things behind walls.
const CODE: &str = "/code";
const TEMPORARY: &str = "/tmp";
const LAYERS: &str = "/opt";
const HOME: &str = "/var/fc/runtime";
const CACHE: &str = "/var/fc/cache";

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
    code: PathBuf,
    /// None without layers.
    layers: Option<PathBuf>,
    temporary: PathBuf,
    home: PathBuf,
    cache: PathBuf,
}

impl PythonRuntime {
    /// A runtime that uses `interpreter`, and for handlers that need oss2 one that
    /// [`prepare_oss2`](crate::prepare_oss2) returned.
    ///
    /// Writes the bootstrap to a private temporary directory; errors come from that.
    pub fn new(interpreter: Interpreter, isolation: Arc<Isolation>) -> io::Result<Self> {
        let home = temporary_directory()?;
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

    /// Where the compiled modules of this code are kept.
    fn cache(&self, code: &Path) -> io::Result<Arc<TempDir>> {
        let mut caches = self.caches.lock().unwrap_or_else(PoisonError::into_inner);
        caches.retain(|_, cache| cache.strong_count() > 0);
        if let Some(cache) = caches.get(code).and_then(Weak::upgrade) {
            return Ok(cache);
        }
        let cache = Arc::new(temporary_directory()?);
        caches.insert(code.to_owned(), Arc::downgrade(&cache));
        Ok(cache)
    }

    /// What the process is to see, and where.
    fn place(
        &self,
        machine: &Machine,
        function: &Function,
        scratch: &Scratch,
        cache: &TempDir,
    ) -> io::Result<(Places, Option<Rooms>)> {
        let temporary = scratch.path().join("tmp");
        fs::create_dir(&temporary)?;
        let Some(mut rooms) = machine.rooms(scratch)? else {
            let layers = function.layers.as_ref().map(|layers| {
                let copy = scratch.path().join("opt");
                copy_tree(layers, &copy).map(|()| copy)
            });
            let places = Places {
                code: function.copy_code(&scratch.path().join("code"))?,
                layers: layers.transpose()?,
                temporary,
                home: self.home.path().to_owned(),
                cache: cache.path().to_owned(),
            };
            return Ok((places, None));
        };
        rooms.bind(&temporary, TEMPORARY.as_ref(), true);
        rooms.bind(self.home.path(), HOME.as_ref(), false);
        rooms.bind(cache.path(), CACHE.as_ref(), true);
        let code = function.code.canonicalize()?;
        if code.is_dir() && machine.has_overlays() {
            rooms.overlay(&code, CODE.as_ref())?;
        } else {
            let copy = function.copy_code(&scratch.path().join("code"))?;
            rooms.bind(&copy, CODE.as_ref(), true);
        }
        let copy = scratch.path().join("opt");
        match &function.layers {
            Some(layers) if machine.has_overlays() => rooms.overlay(layers, LAYERS.as_ref())?,
            layers => {
                match layers {
                    Some(layers) => copy_tree(layers, &copy)?,
                    None => fs::create_dir(&copy)?,
                }
                rooms.bind(&copy, LAYERS.as_ref(), true);
            }
        }
        for folder in self.interpreter.folders() {
            rooms.show(folder);
        }
        let places = Places {
            code: CODE.into(),
            layers: function.layers.as_ref().map(|_| LAYERS.into()),
            temporary: TEMPORARY.into(),
            home: HOME.into(),
            cache: CACHE.into(),
        };
        Ok((places, Some(rooms)))
    }

    fn order(&self, function: &Function, launch: &Launch, places: &Places) -> Order {
        let bootstrap = places.home.join(bootstrap::PROGRAM);
        Order {
            program: self.interpreter.program().to_owned(),
            arguments: vec!["-u".into(), "-W".into(), "ignore".into(), bootstrap.into()],
            environment: environment(function, launch, places),
            directory: places.code.clone(),
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
        let cache = self.cache(&function.code).map_err(StartError::Spawn)?;
        let machine = self.isolation.machine().await;
        let machine = machine.map_err(StartError::Spawn)?;
        let placed = self.place(machine, function, &scratch, &cache);
        let (places, rooms) = placed.map_err(unreadable)?;

        let order = self.order(function, launch, &places);
        let terms = Terms {
            time_limit: function.timeout,
            memory_limit: u64::from(function.memory_mb) << 20,
            walled: rooms.is_some(),
        };
        let started = machine.start(order, rooms, terms.memory_limit);
        let started = started.await.map_err(StartError::Spawn)?;
        let init = Say::Init {
            function: &facts(function, launch),
            network: network(launch),
            code: &text(&places.code),
            layers: &places.layers.as_deref().map(text).unwrap_or_default(),
            search: &search(function.runtime, &places),
            pycache: &text(&places.cache),
        };
        let premises = Premises {
            scratch,
            shared: [cache, Arc::clone(&self.home)],
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

/// Where modules of layers are looked for, behind the code and before all else (spec/fc.md §1.9).
fn search(runtime: RuntimeName, places: &Places) -> Vec<String> {
    let (major, minor) = runtime.version();
    let packages = format!("python/lib/python{major}.{minor}/site-packages");
    let layers = places.layers.iter();
    let folders = layers.flat_map(|layers| [layers.join(&packages), layers.join("python")]);
    folders.map(|folder| text(&folder)).collect()
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Everything that a handler finds in its environment (`spec/fc.md` §1.9, the column for 3.0), and nothing of ours.
fn environment(function: &Function, launch: &Launch, places: &Places) -> Vec<(String, String)> {
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    let mut set = |name: &str, value: String| variables.insert(name.to_owned(), value);
    set("PATH", PATH.into());
    if let Some(layers) = &places.layers {
        set("PATH", format!("{}:{PATH}", text(&layers.join("bin"))));
        set("LD_LIBRARY_PATH", text(&layers.join("lib")));
    }
    set("HOME", text(&places.temporary));
    set("TMPDIR", text(&places.temporary));
    set("LANG", "C.UTF-8".into());
    set("TZ", "UTC".into());
    for (name, value) in &function.environment {
        set(name, value.clone());
    }
    set("PYTHONIOENCODING", "utf-8:surrogateescape".into());
    set("FC_FUNC_CODE_PATH", text(&places.code));
    set("FC_ACCOUNT_ID", launch.account_id.clone());
    set("FC_REGION", launch.region.clone());
    set("FC_FUNCTION_NAME", function.name.clone());
    set("FC_FUNCTION_HANDLER", function.handler.clone());
    set("FC_FUNCTION_MEMORY_SIZE", function.memory_mb.to_string());
    set("FC_INSTANCE_ID", launch.instance_id.clone());
    set("FC_CUSTOM_LISTEN_PORT", "9000".into());
    set(version_variable(function.runtime), version(function));
    if let Some(credentials) = &launch.credentials {
        set(
            "ALIBABA_CLOUD_ACCESS_KEY_ID",
            credentials.access_key_id.clone(),
        );
        set(
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
            credentials.access_key_secret.clone(),
        );
        set(
            "ALIBABA_CLOUD_SECURITY_TOKEN",
            credentials.security_token.clone(),
        );
    }
    variables.into_iter().collect()
}

/// Images of Debian 11 and later renamed it.
fn version_variable(runtime: RuntimeName) -> &'static str {
    match runtime {
        RuntimeName::Python3 | RuntimeName::Python39 | RuntimeName::Python310 => "FC_VER_ID",
        RuntimeName::Python312 => "FC_FUNCTION_VERSION",
    }
}

fn version(function: &Function) -> String {
    let version = if function.version_id.is_empty() {
        &function.qualifier
    } else {
        &function.version_id
    };
    version.clone()
}
