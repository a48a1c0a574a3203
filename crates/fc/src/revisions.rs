//! Functions made ready to run: code unpacked, settings read.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use gateway::Fault;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::rows::FunctionRow;
use crate::{
    CustomProgram, DEFAULT_PORT, Function, HealthCheck, Hook, Revision, RevisionKey, RuntimeName,
    Withheld, blocking, fault, package,
};

/// How many revisions are kept unpacked although nothing runs them. Those in use are kept by who uses them.
const KEPT: usize = 64;

type Cell = Arc<OnceCell<Arc<Revision>>>;

/// The revisions that were used last, unpacked once each.
#[derive(Debug, Default)]
pub(crate) struct Revisions(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    cells: HashMap<RevisionKey, (Cell, u64)>,
    uses: u64,
}

impl Revisions {
    /// The revision of this key. `code` brings the package when it is not unpacked yet; many may ask at once.
    pub(crate) async fn get(
        &self,
        key: &RevisionKey,
        row: &FunctionRow,
        version_id: &str,
        packages: impl Future<Output = Result<Packages, Fault>>,
    ) -> Result<Arc<Revision>, Fault> {
        let cell = self.cell(key);
        let revision = cell.get_or_try_init(|| async {
            let unpacked = unpacked(packages.await?).await?;
            Ok::<_, Fault>(Arc::new(revision(key, row, version_id, unpacked)?))
        });
        revision.await.cloned()
    }

    /// Forgets every revision of a function. Those under way keep theirs.
    pub(crate) fn forget(&self, key: &RevisionKey) {
        self.lock()
            .cells
            .retain(|kept, _| !kept.is_same_function(key));
    }

    /// Makes room by forgetting what was not used for longest.
    fn cell(&self, key: &RevisionKey) -> Cell {
        let mut kept = self.lock();
        kept.uses += 1;
        let now = kept.uses;
        if let Some((cell, used)) = kept.cells.get_mut(key) {
            *used = now;
            return cell.clone();
        }
        if kept.cells.len() >= KEPT {
            let oldest = kept.cells.iter().min_by_key(|(_, (_, used))| *used);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                kept.cells.remove(&oldest);
            }
        }
        let cell = Cell::default();
        kept.cells.insert(key.clone(), (cell.clone(), now));
        cell
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// What a function is made of, packed.
#[derive(Debug)]
pub(crate) struct Packages {
    pub(crate) code: Bytes,
    /// In the order in which the function names them.
    pub(crate) layers: Vec<Bytes>,
}

/// The same in folders, which go with the revision.
struct Unpacked {
    code: TempDir,
    /// All of them in one folder. None where there are none.
    layers: Option<TempDir>,
}

async fn unpacked(packages: Packages) -> Result<Unpacked, Fault> {
    blocking::apart(move || {
        let code = folder(&packages.code)?;
        let mut layers = None;
        for layer in &packages.layers {
            let next = folder(layer)?;
            match &layers {
                None => layers = Some(next),
                Some(first) => {
                    package::merge(next.path(), first.path()).map_err(Fault::internal)?
                }
            }
        }
        Ok(Unpacked { code, layers })
    })
    .await?
}

fn folder(package: &Bytes) -> Result<TempDir, Fault> {
    let folder = tempfile::Builder::new().prefix("localyun-code-").tempdir();
    let folder = folder.map_err(Fault::internal)?;
    package::unpack(package, folder.path()).map_err(Fault::internal)?;
    Ok(folder)
}

fn revision(
    key: &RevisionKey,
    row: &FunctionRow,
    version_id: &str,
    unpacked: Unpacked,
) -> Result<Revision, Fault> {
    let runtime: RuntimeName = row
        .text("runtime")
        .parse()
        .map_err(|unknown: crate::UnknownRuntime| fault::runtime_not_here(&unknown.to_string()))?;
    let mut function = Function::new(
        &row.name,
        row.text("handler"),
        runtime,
        unpacked.code.path(),
    );
    let layers = unpacked.layers.as_ref();
    function.layers = layers.map(|layers| layers.path().to_owned());
    function.timeout = Duration::from_secs(row.number("timeout").unwrap_or(3));
    function.memory_mb = row
        .number("memorySize")
        .and_then(|mb| u32::try_from(mb).ok())
        .unwrap_or(512);
    function.environment = environment(row);
    function.qualifier = key.qualifier.to_string();
    function.version_id = version_id.to_owned();
    function.service = key.service.as_deref().unwrap_or_default().to_owned();
    function.withheld = Withheld::read(row.text("disableInjectCredentials"));
    function.custom = program(row);
    if !function.service.is_empty() {
        function.custom.hook_headers = hook_headers(row);
    }
    let log = row.settings.get("logConfig").and_then(Value::as_object);
    let log = |name| {
        let text = log.and_then(|log| log.get(name)?.as_str());
        text.unwrap_or_default().to_owned()
    };
    function.log_project = log("project");
    function.log_store = log("logstore");
    let concurrency = row.number("instanceConcurrency");
    Ok(Revision {
        initializer: hook(row, "initializer"),
        pre_stop: hook(row, "preStop"),
        pre_freeze: hook(row, "preFreeze"),
        instance_concurrency: concurrency.and_then(|n| u32::try_from(n).ok()).unwrap_or(1),
        _unpacked: [Some(unpacked.code), unpacked.layers]
            .into_iter()
            .flatten()
            .collect(),
        ..Revision::of_folder(key.clone(), function)
    })
}

/// What the settings say of the program of a custom runtime; FC 2.0 has the port and the check in fields of their own.
fn program(row: &FunctionRow) -> CustomProgram {
    let config = row.settings.get("customRuntimeConfig");
    let field = |name| config.and_then(|config| config.get(name));
    let words = |name| {
        let words = field(name).and_then(Value::as_array).into_iter().flatten();
        words.filter_map(Value::as_str).map(str::to_owned)
    };
    let port = field("port").and_then(Value::as_u64);
    let port = port.or_else(|| row.number("caPort"));
    let check = field("healthCheckConfig");
    let check = check.or_else(|| row.settings.get("customHealthCheckConfig"));
    CustomProgram {
        command: words("command").chain(words("args")).collect(),
        port: port
            .and_then(|port| u16::try_from(port).ok())
            .unwrap_or(DEFAULT_PORT),
        health_check: check.and_then(health_check),
        hook_headers: Vec::new(),
    }
}

fn hook_headers(row: &FunctionRow) -> Vec<(&'static str, String)> {
    let initializer = hook(row, "initializer");
    let named = [
        ("initializer", "x-fc-function-initializer"),
        ("preStop", "x-fc-instance-lifecycle-pre-stop-handler"),
        ("preFreeze", "x-fc-instance-lifecycle-pre-freeze-handler"),
    ];
    let handlers = named.into_iter();
    let handlers = handlers.filter_map(|(name, header)| Some((header, hook(row, name)?.handler)));
    let timeout = initializer.map(|hook| ("x-fc-initialization-timeout", hook.timeout.to_string()));
    handlers.chain(timeout).collect()
}

fn health_check(config: &Value) -> Option<HealthCheck> {
    let path = config
        .get("httpGetUrl")?
        .as_str()
        .filter(|path| !path.is_empty())?;
    let count = |name, default| {
        let given = config.get(name).and_then(Value::as_u64);
        given.and_then(|n| n.try_into().ok()).unwrap_or(default)
    };
    let seconds = |name, default: u32| Duration::from_secs(count(name, default).into());
    Some(HealthCheck {
        path: path.to_owned(),
        initial_delay: seconds("initialDelaySeconds", 0),
        period: seconds("periodSeconds", 3),
        timeout: seconds("timeoutSeconds", 1),
        failure_threshold: count("failureThreshold", 3),
        success_threshold: count("successThreshold", 1),
    })
}

fn environment(row: &FunctionRow) -> BTreeMap<String, String> {
    let variables = row.settings.get("environmentVariables");
    let variables = variables.and_then(Value::as_object).into_iter().flatten();
    let pairs = variables.map(|(name, value)| {
        let text = value.as_str().unwrap_or_default();
        (name.clone(), text.to_owned())
    });
    pairs.collect()
}

/// What the lifecycle says of one hook; FC 2.0 has the initializer in two fields of their own.
fn hook(row: &FunctionRow, name: &str) -> Option<Hook> {
    let own = (name == "initializer").then(|| row.text("initializer"));
    if let Some(handler) = own.filter(|handler| !handler.is_empty()) {
        return Some(Hook {
            handler: handler.to_owned(),
            timeout: row.number("initializationTimeout").unwrap_or(3),
        });
    }
    let hook = row.settings.get("instanceLifecycleConfig")?.get(name)?;
    let handler = hook.get("handler")?.as_str().filter(|h| !h.is_empty())?;
    Some(Hook {
        handler: handler.to_owned(),
        timeout: hook.get("timeout").and_then(Value::as_u64).unwrap_or(3),
    })
}
