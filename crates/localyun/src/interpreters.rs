//! The interpreters of this machine, as runtimes of functions.

mod python_spec;

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use fc::{
    CustomRuntime, Function, HostEnvironment, Interpreter, Isolation, Launcher, PythonRuntime,
    Runtime, RuntimeName, Runtimes, SandboxLevel, Tool,
};
use tokio::sync::OnceCell;

pub use python_spec::PythonSpec;
pub(crate) use python_spec::pythons;

/// The package that handlers get on top of an interpreter's own library, where their code speaks of it.
const OSS2: &str = "oss2";

/// Where interpreters and their packages come from.
#[derive(Debug, Clone, Default)]
pub struct InterpreterConfig {
    /// The interpreters that were named, instead of those that are found.
    pub python: Vec<PythonSpec>,
    /// Where packages for functions are kept; below the home directory if absent.
    pub cache: Option<PathBuf>,
    /// The variables of this process. They never reach a handler.
    pub environment: HostEnvironment,
    /// The home directory.
    pub home: Option<PathBuf>,
    /// How much functions are kept from this machine.
    pub sandbox: SandboxLevel,
    /// Whether this program begins with [`fc::launch_if_asked`]. Health can try out then what keeps functions apart; else
    /// the first function does.
    pub launches: bool,
}

impl InterpreterConfig {
    /// What the variables of a process say.
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let variables: Vec<_> = variables.into_iter().collect();
        let home = variables.iter().find(|(name, _)| name == "HOME");
        Self {
            home: home.map(|(_, value)| value.into()),
            environment: HostEnvironment::new(variables),
            ..Self::default()
        }
    }

    /// What was asked for and contradicts itself, as a sentence.
    pub(crate) fn contradiction(&self, allow_other_hosts: bool) -> Option<&'static str> {
        let contradicts = allow_other_hosts && self.sandbox == SandboxLevel::Strict;
        contradicts.then_some(
            "with --sandbox strict functions reach nothing but the emulator: leave out --allow-other-hosts, or use \
             --sandbox auto",
        )
    }

    /// The interpreter for a function; with oss2 where its code speaks of it. `say` is told what a person should know.
    pub(crate) async fn find(
        &self,
        function: &Function,
        say: &(dyn Fn(&str) + Sync),
    ) -> Result<PythonRuntime, String> {
        let isolation = Arc::new(self.isolation());
        tell(&isolation, say).await?;
        self.prepare(function.runtime, function.mentions(OSS2), isolation, say)
            .await
    }

    /// What keeps functions apart, as far as this machine allows. The program has to begin with
    /// [`fc::launch_if_asked`].
    fn isolation(&self) -> Isolation {
        Isolation::new(Launcher::this_program(), self.sandbox)
    }

    async fn prepare(
        &self,
        runtime: RuntimeName,
        with_oss2: bool,
        isolation: Arc<Isolation>,
        say: &(dyn Fn(&str) + Sync),
    ) -> Result<PythonRuntime, String> {
        let environment = &self.environment;
        let mut interpreter = self.interpreter(runtime).await?;
        if let Some(warning) = interpreter.warning() {
            say(warning);
        }
        let cache = self.cache();
        let built_in = |cache: &PathBuf| fc::with_built_in(runtime, &interpreter, cache);
        let installed = cache.as_ref().ok().and_then(built_in);
        if let Some(installed) = installed {
            interpreter = installed;
        } else if with_oss2 {
            let cache = cache?;
            let prepared = fc::prepare_oss2(interpreter, &cache, environment, say).await;
            interpreter = prepared.map_err(|error| error.to_string())?;
        }
        PythonRuntime::new(interpreter, isolation).map_err(|error| error.to_string())
    }

    /// The interpreters of this machine that programs are started with, wherever they are installed.
    async fn tools(&self) -> (Vec<Tool>, Option<u32>) {
        let python = self.interpreter(RuntimeName::Python310);
        let python = python.await.ok().map(|found| Tool::python(&found));
        let (node, version) = Tool::node(&self.environment).await.unzip();
        (python.into_iter().chain(node).collect(), version)
    }

    /// The interpreter that was named for a runtime, or is found for it.
    pub(crate) async fn interpreter(&self, runtime: RuntimeName) -> Result<Interpreter, String> {
        let named = PythonSpec::of(&self.python, runtime);
        let found = Interpreter::find(runtime, named, &self.environment).await;
        found.map_err(|error| error.to_string())
    }

    /// Where packages for functions are kept.
    pub(crate) fn cache(&self) -> Result<PathBuf, &'static str> {
        let below = |home: &Path| home.join(".cache/localyun");
        let cache = self.cache.clone();
        cache
            .or_else(|| self.home.as_deref().map(below))
            .ok_or("there is no home directory to keep packages in; name a directory with --cache")
    }
}

/// Finds out what keeps functions apart, and says where that is less than was asked for.
async fn tell(isolation: &Isolation, say: &(dyn Fn(&str) + Sync)) -> Result<(), String> {
    let report = isolation.report().await.map_err(|e| e.to_string())?;
    if let Some(reason) = report.reason {
        say(&match report.level {
            SandboxLevel::None => {
                format!("functions run without namespaces of their own: {reason}")
            }
            level => format!("functions are kept apart at level {level} only: {reason}"),
        });
    }
    Ok(())
}

type Cell = Arc<OnceCell<Arc<dyn Runtime>>>;

/// What runs functions that are programs, and which Node.js it has.
#[derive(Debug)]
struct Programs {
    runtime: Arc<CustomRuntime>,
    node: Option<u32>,
    warned: AtomicBool,
}

impl Programs {
    /// Whether there is what the runtime needs. Says once when that is another version.
    fn check(&self, runtime: RuntimeName) -> Result<(), String> {
        let Some(wanted) = runtime.node() else {
            return Ok(());
        };
        let found = self.node.ok_or_else(|| {
            format!(
                "no Node.js is on the path to run {runtime} functions; install Node.js {wanted}"
            )
        })?;
        if found != wanted && !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "{runtime} runs on Node.js {found} here and on Node.js {wanted} in the cloud"
            );
        }
        Ok(())
    }
}

/// The interpreters that were found, each once. What fails is tried again.
#[derive(Debug)]
pub(crate) struct Interpreters {
    config: InterpreterConfig,
    isolation: Arc<Isolation>,
    /// Done once it was said what keeps functions apart.
    told: OnceCell<()>,
    programs: OnceCell<Programs>,
    found: Mutex<HashMap<(RuntimeName, bool), Cell>>,
}

impl Interpreters {
    pub(crate) fn new(config: InterpreterConfig) -> Self {
        Self {
            isolation: Arc::new(config.isolation()),
            config,
            told: OnceCell::new(),
            programs: OnceCell::new(),
            found: Mutex::default(),
        }
    }

    /// What keeps functions apart.
    pub(crate) fn isolation(&self) -> &Isolation {
        &self.isolation
    }

    /// The same, once it was said what that is.
    pub(crate) async fn told(&self) -> Result<Arc<Isolation>, String> {
        let say = |sentence: &str| tracing::warn!("{sentence}");
        let tell = || tell(&self.isolation, &say);
        self.told.get_or_try_init(tell).await?;
        Ok(self.isolation.clone())
    }

    /// What runs functions that are programs themselves.
    async fn programs(&self) -> Result<&Programs, String> {
        let programs = self.programs.get_or_try_init(|| async {
            let isolation = self.told().await?;
            let (tools, node) = self.config.tools().await;
            let runtime = CustomRuntime::new(isolation, tools).map_err(|e| e.to_string())?;
            Ok::<_, String>(Programs {
                runtime: Arc::new(runtime),
                node,
                warned: AtomicBool::new(false),
            })
        });
        programs.await
    }
}

#[async_trait]
impl Runtimes for Interpreters {
    async fn of(&self, function: &Function) -> Result<Arc<dyn Runtime>, String> {
        let (runtime, with_oss2) = (function.runtime, function.mentions(OSS2));
        if runtime.python().is_none() {
            let programs = self.programs().await?;
            programs.check(runtime)?;
            return Ok(programs.runtime.clone());
        }
        let cell = {
            let mut found = self.found.lock().unwrap_or_else(|e| e.into_inner());
            found.entry((runtime, with_oss2)).or_default().clone()
        };
        let say = |sentence: &str| tracing::warn!("{sentence}");
        let prepared = cell.get_or_try_init(|| async {
            let isolation = self.told().await?;
            let config = &self.config;
            let python = config.prepare(runtime, with_oss2, isolation, &say).await?;
            Ok::<_, String>(Arc::new(python) as Arc<dyn Runtime>)
        });
        prepared.await.cloned()
    }
}
