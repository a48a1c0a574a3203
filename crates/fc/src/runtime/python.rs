//! Python functions.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use tempfile::TempDir;

use crate::runtime::frames::{FunctionFacts, NetworkFacts, Say};
use crate::runtime::instance::PythonInstance;
use crate::runtime::interpreter::Interpreter;
use crate::runtime::{Instance, Runtime, StartError};
use crate::spawn::{Order, Spawner};
use crate::{Function, Launch, RuntimeName};

/// The program that every Python instance runs.
const BOOTSTRAP: &str = include_str!("bootstrap.py");

/// Where programs are looked for by a handler and its children.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Starts instances of Python functions with one interpreter.
///
/// An instance's compiled modules are kept in a private directory for as long as the runtime lives, never beside the
/// function's code.
#[derive(Debug)]
pub struct PythonRuntime {
    spawner: Spawner,
    interpreter: Interpreter,
    home: Arc<TempDir>,
}

impl PythonRuntime {
    /// A runtime that uses `interpreter`, and for handlers that need oss2 one that
    /// [`prepare_oss2`](crate::prepare_oss2) returned.
    ///
    /// Writes the bootstrap to a private temporary directory and starts a thread. Errors come from these two.
    pub fn new(interpreter: Interpreter) -> io::Result<Self> {
        let home = tempfile::Builder::new().prefix("localyun-fc-").tempdir()?;
        fs::write(home.path().join("bootstrap.py"), BOOTSTRAP)?;
        Ok(Self {
            spawner: Spawner::new()?,
            interpreter,
            home: home.into(),
        })
    }

    /// The interpreter that handlers run on.
    pub fn interpreter(&self) -> &Interpreter {
        &self.interpreter
    }

    fn order(&self, function: &Function, launch: &Launch, code: &Path, temporary: &Path) -> Order {
        let bootstrap = self.home.path().join("bootstrap.py");
        Order {
            program: self.interpreter.program().to_owned(),
            arguments: vec!["-u".into(), "-W".into(), "ignore".into(), bootstrap.into()],
            environment: environment(function, launch, code, temporary),
            directory: code.to_owned(),
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
        let scratch = tempfile::Builder::new()
            .prefix("localyun-fc-")
            .tempdir()
            .map_err(StartError::Spawn)?;
        let unreadable = |source| StartError::Code {
            path: function.code.clone(),
            source,
        };
        let code = function
            .place(&scratch.path().join("code"))
            .map_err(unreadable)?;
        let temporary = scratch.path().join("tmp");
        fs::create_dir(&temporary).map_err(StartError::Spawn)?;

        let order = self.order(function, launch, &code, &temporary);
        let started = self.spawner.spawn(order).await.map_err(StartError::Spawn)?;
        let init = Say::Init {
            function: &facts(function, launch),
            network: network(launch),
            code: &text(&code),
            pycache: &text(&self.home.path().join("pycache")),
        };
        let mut instance = PythonInstance::begin(
            started,
            init,
            function.timeout,
            [scratch.into(), Arc::clone(&self.home)],
        )
        .await?;
        instance.log_line(&format!(
            "FunctionCompute {} runtime inited.",
            function.runtime
        ));
        Ok(Box::new(instance))
    }
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
    NetworkFacts {
        host: emulator.ip().to_string(),
        port: emulator.port(),
        allow_other_hosts: launch.network.allow_other_hosts,
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Everything that a handler finds in its environment (`spec/fc.md` §1.9, the column for 3.0), and nothing of ours.
fn environment(
    function: &Function,
    launch: &Launch,
    code: &Path,
    temporary: &Path,
) -> Vec<(OsString, OsString)> {
    let mut variables: BTreeMap<String, OsString> = BTreeMap::new();
    let mut set = |name: &str, value: OsString| variables.insert(name.to_owned(), value);
    set("PATH", PATH.into());
    set("HOME", temporary.into());
    set("TMPDIR", temporary.into());
    set("LANG", "C.UTF-8".into());
    set("TZ", "UTC".into());
    for (name, value) in &function.environment {
        set(name, value.into());
    }
    set("PYTHONIOENCODING", "utf-8:surrogateescape".into());
    set("FC_FUNC_CODE_PATH", code.into());
    set("FC_ACCOUNT_ID", launch.account_id.clone().into());
    set("FC_REGION", launch.region.clone().into());
    set("FC_FUNCTION_NAME", function.name.clone().into());
    set("FC_FUNCTION_HANDLER", function.handler.clone().into());
    set(
        "FC_FUNCTION_MEMORY_SIZE",
        function.memory_mb.to_string().into(),
    );
    set("FC_INSTANCE_ID", launch.instance_id.clone().into());
    set("FC_CUSTOM_LISTEN_PORT", "9000".into());
    set(version_variable(function.runtime), version(function).into());
    if let Some(credentials) = &launch.credentials {
        set(
            "ALIBABA_CLOUD_ACCESS_KEY_ID",
            credentials.access_key_id.clone().into(),
        );
        set(
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
            credentials.access_key_secret.clone().into(),
        );
        set(
            "ALIBABA_CLOUD_SECURITY_TOKEN",
            credentials.security_token.clone().into(),
        );
    }
    variables
        .into_iter()
        .map(|(name, value)| (name.into(), value))
        .collect()
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
