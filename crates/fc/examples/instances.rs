//! Figures of the host in process, without HTTP: cold and warm invocations, and the memory of warm instances.
//!
//! ```text
//! cargo run --release -p localyun-fc --example instances [PYTHON]
//! ```
//!
//! Cold starts take turns with what no host can do without: the start of the interpreter, and the import of the module. Only
//! the differences and ratios to that count. With an interpreter that has oss2 it also measures cold starts that import it.

#![allow(clippy::unwrap_used, reason = "a measurement may panic")]

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use fc::{
    Function, Host, HostEnvironment, Interpreter, Invocation, Isolation, Launcher, Network, Pool,
    PoolLimits, PythonRuntime, Revision, RevisionKey, Runtime, RuntimeName, Runtimes, SandboxLevel,
};
use rustix::time::{ClockId, clock_gettime};
use tokio::task::JoinSet;

const HANDLER: &str = "def handler(event, context):\n    return event\n";
const OSS2: &str = "import oss2\ndef handler(event, context):\n    return event\n";
const COLD: usize = 25;
/// Between cold starts: what the kernel does for one makes the next cheaper, which is not how they come.
const QUIET: Duration = Duration::from_millis(100);
const REQUESTS: usize = 4000;

#[derive(Debug)]
struct OnePython(Arc<PythonRuntime>);

#[async_trait]
impl Runtimes for OnePython {
    async fn of(&self, _function: &Function) -> Result<Arc<dyn Runtime>, String> {
        Ok(Arc::clone(&self.0) as _)
    }
}

fn main() -> ExitCode {
    if let Some(code) = fc::launch_if_asked() {
        return code;
    }
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.enable_all().build().unwrap().block_on(measure());
    ExitCode::SUCCESS
}

async fn measure() {
    let environment = HostEnvironment::new(std::env::vars_os());
    let chosen = std::env::args_os().nth(1).map(PathBuf::from);
    let found = Interpreter::find(RuntimeName::Python310, chosen.as_deref(), &environment).await;
    let interpreter = found.unwrap();
    println!("interpreter {:?}", interpreter.version());
    let mut hosts = Vec::new();
    for level in [SandboxLevel::None, SandboxLevel::Auto, SandboxLevel::Strict] {
        let isolation = Arc::new(Isolation::new(Launcher::this_program(), level));
        let report = isolation.report().await.unwrap();
        let (active, memory, reason) = (report.level, report.memory, report.reason);
        println!("level {level}: {active}, memory by {memory} {reason:?}");
        let python = PythonRuntime::new(interpreter.clone(), isolation).unwrap();
        hosts.push((level, Arc::new(python)));
    }
    cold(&interpreter, &hosts, ("bare", "json", HANDLER)).await;
    if interpreter.has_oss2() {
        cold(&interpreter, &hosts, ("oss2", "oss2", OSS2)).await;
    }
    for (level, python) in &hosts {
        println!("level {level}");
        for freeze in [true, false] {
            for callers in [1, 8, 64] {
                warm(python, callers, freeze).await;
            }
        }
        memory(python).await;
    }
}

/// A handler's first answer at each level, and the interpreter alone, in turns.
async fn cold(
    interpreter: &Interpreter,
    hosts: &[(SandboxLevel, Arc<PythonRuntime>)],
    (name, module, source): (&str, &str, &str),
) {
    let (_folder, revision) = revision(source);
    let mut alone = Vec::new();
    let mut times = vec![Vec::new(); hosts.len()];
    for _ in 0..COLD {
        tokio::time::sleep(QUIET).await;
        alone.push(start_of_interpreter(interpreter, module));
        for ((_, python), times) in hosts.iter().zip(&mut times) {
            tokio::time::sleep(QUIET).await;
            let pool = pool(python, 1, true);
            times.push(one(&pool, &revision, 0).await);
        }
    }
    let base = median(&mut alone);
    show(&format!("python -c 'import {module}'"), alone, "");
    for ((level, _), mut times) in hosts.iter().zip(times) {
        let half = median(&mut times);
        let more = (half.as_secs_f64() - base.as_secs_f64()) * 1e3;
        let ratio = half.as_secs_f64() / base.as_secs_f64();
        let compared = format!(": {more:+.1} ms, {ratio:.2} x");
        show(&format!("cold, {name}, {level}"), times, &compared);
    }
}

/// What no host can do without.
fn start_of_interpreter(interpreter: &Interpreter, module: &str) -> Duration {
    let before = now();
    let mut command = Command::new(interpreter.program());
    let status = command.args(["-c", &format!("import {module}")]).status();
    assert!(status.unwrap().success());
    now() - before
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) / 2]
}

async fn warm(python: &Arc<PythonRuntime>, callers: usize, freeze: bool) {
    let (_folder, revision) = revision(HANDLER);
    let pool = Arc::new(pool(python, callers, freeze));
    start_all(&pool, &revision, callers).await;
    let before = now();
    let mut requests = JoinSet::new();
    for _ in 0..callers {
        let (pool, revision) = (Arc::clone(&pool), Arc::clone(&revision));
        requests.spawn(async move {
            let mut times = Vec::new();
            for number in 0..REQUESTS / callers {
                times.push(one(&pool, &revision, number).await);
            }
            times
        });
    }
    let times = requests.join_all().await.concat();
    let rate = times.len() as f64 / (now() - before).as_secs_f64();
    let frozen = if freeze { "" } else { ", not frozen" };
    show(
        &format!("warm, {callers} callers{frozen}"),
        times,
        &format!(", {rate:.0}/s"),
    );
}

async fn memory(python: &Arc<PythonRuntime>) {
    let (_folder, revision) = revision(HANDLER);
    let pool = Arc::new(pool(python, 20, true));
    // Those that were measured before are ended, but may not be gone.
    while descendants().programs > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let before = descendants();
    start_all(&pool, &revision, 20).await;
    let after = descendants();
    let instances = pool.report().instances;
    let per = |kibibytes: u64| kibibytes as f64 / 1024.0 / instances as f64;
    let resident = per(after.resident.saturating_sub(before.resident));
    let shared_once = per(after.proportional.saturating_sub(before.proportional));
    println!(
        "  {instances} warm instances, MiB each: {resident:.1} resident, {shared_once:.1} proportional"
    );
}

async fn start_all(pool: &Arc<Pool>, revision: &Arc<Revision>, count: usize) {
    let mut starters = JoinSet::new();
    for number in 0..count {
        let (pool, revision) = (Arc::clone(pool), Arc::clone(revision));
        starters.spawn(async move { one(&pool, &revision, number).await });
    }
    starters.join_all().await;
}

async fn one(pool: &Pool, revision: &Arc<Revision>, number: usize) -> Duration {
    let invocation = Invocation {
        request_id: format!("1-00000000-00000000-{number:012x}"),
        event: "sixteen bytes ok".into(),
        ..Invocation::default()
    };
    let before = now();
    let outcome = pool.invoke(revision, invocation).await.unwrap().outcome;
    assert!(outcome.error.is_none(), "{outcome:?}");
    now() - before
}

/// The processes below this one.
#[derive(Default)]
struct Descendants {
    /// KiB.
    resident: u64,
    /// KiB, with what several share counted once.
    proportional: u64,
    /// Those that are not launchers, some of which always wait.
    programs: usize,
}

fn descendants() -> Descendants {
    let mut all = vec![std::process::id().to_string()];
    let (mut found, mut next) = (Descendants::default(), 0);
    while let Some(pid) = all.get(next).cloned() {
        // A process or thread may have gone since it was listed.
        let tasks = std::fs::read_dir(format!("/proc/{pid}/task"));
        for task in tasks.into_iter().flatten().flatten() {
            let children = std::fs::read_to_string(task.path().join("children"));
            let children = children.unwrap_or_default();
            all.extend(children.split_ascii_whitespace().map(str::to_owned));
        }
        if next > 0 {
            found.add(&pid);
        }
        next += 1;
    }
    found
}

impl Descendants {
    fn add(&mut self, pid: &str) {
        let read =
            |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
        let text = read("smaps_rollup");
        let field = |name| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
            number.map_or(0, |number| number.parse::<u64>().unwrap())
        };
        self.resident += field("Rss:");
        self.proportional += field("Pss:");
        let command = read("cmdline");
        self.programs += usize::from(!command.is_empty() && !command.contains("__fc_launch"));
    }
}

fn pool(python: &Arc<PythonRuntime>, most: usize, freeze: bool) -> Pool {
    let limits = PoolLimits {
        per_function: most,
        freeze,
        ..PoolLimits::default()
    };
    let network = Arc::new(OnceLock::from(Network::NOWHERE));
    Pool::new(Arc::new(OnePython(Arc::clone(python))), network, limits)
}

fn revision(source: &str) -> (tempfile::TempDir, Arc<Revision>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.py"), source).unwrap();
    let function = Function::new("f", "index.handler", RuntimeName::Python310, folder.path());
    let key = RevisionKey {
        account: "1".into(),
        region: "cn-hangzhou".into(),
        service: None,
        function: "f".into(),
        qualifier: "LATEST".into(),
        revision: 1,
    };
    (folder, Arc::new(Revision::of_folder(key, function)))
}

fn now() -> Duration {
    Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap()
}

fn show(name: &str, mut times: Vec<Duration>, more: &str) {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e3;
    let (least, half, most) = (at(0), at(50), at(99));
    println!("  {name:<30} min {least:.3}, p50 {half:.3}, p99 {most:.3} ms{more}");
}
