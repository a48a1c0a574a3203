//! Handlers that do what they should not: they fail in the documented way, and the host and other functions go on.

use std::sync::Arc;
use std::time::Duration;

use fc::{Host, MemoryLimit, Outcome, Pool, PoolLimits, Revision, SandboxLevel};

use crate::bench::{Bench, isolation, text};
use crate::pool::{pool_at, request, revision};

/// A pool with a bystander that is warm already.
struct Scene {
    level: SandboxLevel,
    pool: Arc<Pool>,
    bystander: (Bench, Arc<Revision>),
}

impl Scene {
    async fn at(level: SandboxLevel) -> Self {
        let mut bench = Bench::new(
            "\
count = 0
def handler(event, context):
    global count
    count += 1
    return count
",
        );
        bench.function.name = "bystander".into();
        let revision = Arc::new(revision(&bench, 1));
        let pool = pool_at(level, PoolLimits::default()).await;
        let scene = Self {
            level,
            pool,
            bystander: (bench, revision),
        };
        assert_eq!(scene.call(&scene.bystander.1).await.body, "1");
        scene
    }

    async fn call(&self, revision: &Arc<Revision>) -> Outcome {
        let invoked = self.pool.invoke(revision, request("1-a", "")).await;
        invoked.unwrap().outcome
    }

    /// What became of a request to `bench`. The bystander's instance must have come through it.
    async fn suffer(&self, bench: &Bench) -> Outcome {
        let outcome = self.call(&Arc::new(revision(bench, 1))).await;
        assert_eq!(self.call(&self.bystander.1).await.body, "2");
        outcome
    }
}

async fn scenes() -> Vec<Scene> {
    let mut scenes = vec![Scene::at(SandboxLevel::None).await];
    scenes.extend(walled().await);
    scenes.extend(strict().await);
    scenes
}

/// A scene behind stricter walls, on machines that allow them.
async fn strict() -> Option<Scene> {
    let level = SandboxLevel::Strict;
    let active = isolation(level).await.report().await.unwrap().level;
    match active == level {
        true => Some(Scene::at(level).await),
        false => None,
    }
}

/// A scene behind walls, on machines that allow them.
async fn walled() -> Option<Scene> {
    let level = isolation(SandboxLevel::Auto)
        .await
        .report()
        .await
        .unwrap()
        .level;
    match level {
        SandboxLevel::Auto => Some(Scene::at(level).await),
        _ => None,
    }
}

/// Checks at each level that a handler with these lines fails with a message that begins so.
async fn fails(lines: &str, timeout: Duration, message: &str) {
    let source = format!("import os, signal, sys, time\ndef handler(event, context):\n{lines}");
    for scene in scenes().await {
        let bench = Bench::new(&source).timeout(timeout);
        let outcome = scene.suffer(&bench).await;
        let body: serde_json::Value = serde_json::from_slice(&outcome.body).unwrap();
        let said = body["errorMessage"].as_str().unwrap();
        assert!(
            said.starts_with(message),
            "{}: {said}\n{}",
            scene.level,
            text(&outcome.log)
        );
        let error = outcome.error.unwrap().as_str();
        assert_eq!(error, "UnhandledInvocationError");
        assert_eq!(body["errorType"], serde_json::Value::Null);
        assert_eq!(
            scene.pool.report().instances,
            1,
            "only the bystander's is left"
        );
    }
}

const SHORT: Duration = Duration::from_secs(2);
const LONG: Duration = Duration::from_secs(60);
const EXITED: &str = "Process exited unexpectedly before completing request (duration: ";

#[tokio::test]
async fn an_endless_loop() {
    let said = "Function timed out after 2 seconds (maxMemoryUsage: ";
    fails("    while True:\n        pass\n", SHORT, said).await;
}

#[tokio::test]
async fn an_endless_loop_that_ignores_every_signal() {
    let lines = "    # The last two cannot be ignored.
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        pass
";
    fails(lines, SHORT, "Function timed out after 2 seconds").await;
}

#[tokio::test]
async fn a_process_that_stops_itself() {
    let lines = "    os.kill(os.getpid(), signal.SIGSTOP)\n";
    fails(lines, SHORT, "Function timed out after 2 seconds").await;
}

#[tokio::test]
async fn a_process_that_exits_or_kills_itself() {
    for lines in [
        "    os._exit(0)\n",
        "    sys.exit('enough')\n",
        "    os.kill(os.getpid(), signal.SIGKILL)\n",
        "    os.abort()\n",
        "    import ctypes\n    ctypes.string_at(0)\n",
    ] {
        fails(lines, LONG, EXITED).await;
    }
}

#[tokio::test]
async fn more_memory_than_there_is() {
    let lines = "    hoard = []
    try:
        while True:
            hoard.append(bytearray(8 << 20))
    except MemoryError:
        return 'caught'
";
    let source = format!("def handler(event, context):\n{lines}");
    for scene in scenes().await {
        let mut bench = Bench::new(&source);
        bench.function.memory_mb = 128;
        let outcome = scene.suffer(&bench).await;
        let body = text(&outcome.body);
        // Faster than polling looks, it may run into the fuse.
        let polling =
            isolation(scene.level).await.report().await.unwrap().memory == MemoryLimit::Polling;
        assert!(
            body.contains(EXITED) || polling && body == "caught",
            "{body}"
        );
        assert!(outcome.max_memory < 1 << 30, "{}", outcome.max_memory);
    }
}

#[tokio::test]
async fn more_memory_than_there_is_in_a_child() {
    let source = "\
import subprocess, sys
def handler(event, context):
    return subprocess.call([sys.executable, '-c', 'x = [bytearray(8 << 20) for _ in range(10000)]'])
";
    for scene in scenes().await {
        let mut bench = Bench::new(source);
        bench.function.memory_mb = 128;
        let outcome = scene.suffer(&bench).await;
        // Either all of the instance is killed, or the child that took it.
        let body = text(&outcome.body);
        assert!(
            body.contains(EXITED) || body == "-9" || body == "1",
            "{body}"
        );
    }
}

#[tokio::test]
async fn more_processes_than_there_may_be() {
    let source = "\
import os, time
def handler(event, context):
    started = 0
    try:
        while started < 1200:
            if os.fork() == 0:
                time.sleep(600)
                os._exit(0)
            started += 1
    except OSError as error:
        return [started < 1024, type(error).__name__]
    return 'no end'
";
    for scene in scenes().await {
        if !isolation(scene.level)
            .await
            .report()
            .await
            .unwrap()
            .processes
        {
            continue;
        }
        let mut bench = Bench::new(source);
        bench.function.memory_mb = 4096;
        let outcome = scene.suffer(&bench).await;
        let body: serde_json::Value = serde_json::from_slice(&outcome.body).unwrap();
        assert_eq!(
            body,
            serde_json::json!([true, "BlockingIOError"]),
            "{}",
            scene.level
        );
    }
}

#[tokio::test]
async fn more_output_than_anyone_reads() {
    let source = "\
import os
def handler(event, context):
    for _ in range(1000):
        os.write(1, b'x' * 65536)
    return 'done'
";
    for scene in scenes().await {
        let outcome = scene.suffer(&Bench::new(source)).await;
        assert_eq!(outcome.body, "done");
        assert!(outcome.log.len() < 17 << 20);
    }
}

#[tokio::test]
async fn descriptors_that_were_not_opened_by_the_handler() {
    fails("    os.closerange(0, 1000)\n", LONG, EXITED).await;
}

#[tokio::test]
async fn nonsense_on_the_control_channel() {
    let find = "    control = [int(fd) for fd in os.listdir('/proc/self/fd') if int(fd) > 2
               and os.path.exists('/proc/self/fd/' + fd)
               and os.readlink('/proc/self/fd/' + fd).startswith('socket:')][0]
";
    for bytes in [
        "b'\\xff' * 4096",
        "b'\\0\\0\\0\\2\\0\\0\\0\\0{}'",
        "b'HTTP/1.1 200 OK\\r\\n\\r\\n'",
    ] {
        let lines = format!("{find}    os.write(control, {bytes})\n    time.sleep(600)\n");
        fails(&lines, LONG, EXITED).await;
    }
}

/// Behind walls only: without them it would end every process of whoever runs the tests.
#[tokio::test]
async fn a_signal_to_everybody() {
    let source = "\
import os, signal, subprocess
def handler(event, context):
    assert os.getpid() == 2 and os.environ['FC_FUNC_CODE_PATH'] == '/code', 'no walls'
    child = subprocess.Popen(['sleep', '600'])
    os.kill(-1, signal.SIGKILL)
    return child.wait()
";
    for scene in walled().await.into_iter().chain(strict().await) {
        assert_eq!(scene.suffer(&Bench::new(source)).await.body, "-9");
    }
}

#[tokio::test]
async fn the_environment_of_the_host() {
    let source = "\
import glob
def handler(event, context):
    found = ''
    for path in glob.glob('/proc/*/environ') + glob.glob('/proc/*/cmdline'):
        try:
            found += open(path).read()
        except OSError:
            pass
    return 'CARGO' in found
";
    // This program was started by cargo, or under its name.
    assert!(std::env::vars_os().any(|(name, _)| name.to_string_lossy().starts_with("CARGO")));
    for scene in walled().await.into_iter().chain(strict().await) {
        assert_eq!(scene.suffer(&Bench::new(source)).await.body, "false");
    }
}

#[tokio::test]
async fn the_code_of_another_function() {
    for scene in scenes().await {
        let source = "\
import os
def handler(event, context):
    for root, _, files in os.walk(os.environ['TMPDIR'] + '/..'):
        for name in files:
            if name == 'index.py':
                with open(os.path.join(root, name), 'w') as file:
                    file.write('broken')
";
        scene.suffer(&Bench::new(source)).await;
        let (bench, _) = &scene.bystander;
        let kept = std::fs::read_to_string(bench.folder().join("index.py")).unwrap();
        assert!(kept.contains("count += 1"));
    }
}
