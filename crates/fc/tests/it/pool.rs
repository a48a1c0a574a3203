//! Warm instances (`spec/fc.md` §1.8, §6.2).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use fc::{
    Credentials, Function, Hook, Host, HostError, Instance, Invocation, Invoked, Launch, Network,
    Pool, PoolLimits, Revision, RevisionKey, Runtime, Runtimes, SandboxLevel, StartError, Withheld,
};
use tokio::sync::Semaphore;

use crate::bench::{Bench, NOWHERE, python, text};
use crate::processes::{alive, dies, eventually};

/// Every function runs on the machine's Python.
#[derive(Debug)]
struct OnePython(Arc<dyn Runtime>);

#[async_trait]
impl Runtimes for OnePython {
    async fn of(&self, _function: &Function) -> Result<Arc<dyn Runtime>, String> {
        Ok(Arc::clone(&self.0))
    }
}

async fn pool(limits: PoolLimits) -> Arc<Pool> {
    pool_at(SandboxLevel::None, limits).await
}

pub(crate) async fn pool_at(level: SandboxLevel, limits: PoolLimits) -> Arc<Pool> {
    let runtimes = Arc::new(OnePython(Arc::new(python(level).await)));
    let network = OnceLock::from(Network {
        emulator: NOWHERE,
        server: None,
        allow_other_hosts: false,
    });
    Arc::new(Pool::new(runtimes, network.into(), limits))
}

pub(crate) fn revision(bench: &Bench, number: u64) -> Revision {
    let key = RevisionKey {
        account: "1234567890123456".into(),
        region: "cn-shenzhen".into(),
        service: None,
        function: bench.function.name.as_str().into(),
        qualifier: "LATEST".into(),
        revision: number,
    };
    Revision::of_folder(key, bench.function.clone())
}

pub(crate) fn request(id: &str, event: &str) -> Invocation {
    Invocation {
        request_id: id.into(),
        event: event.to_owned().into(),
        ..Invocation::default()
    }
}

fn hook(handler: &str) -> Option<Hook> {
    Some(Hook {
        handler: handler.into(),
        timeout: 60,
    })
}

async fn call(pool: &Pool, revision: &Arc<Revision>, event: &str) -> Invoked {
    let invocation = request("1-64f6cd87-12345678-0123456789ab", event);
    pool.invoke(revision, invocation).await.unwrap()
}

async fn answer(pool: &Pool, revision: &Arc<Revision>, event: &str) -> String {
    let outcome = call(pool, revision, event).await.outcome;
    assert_eq!(outcome.error, None, "{}", text(&outcome.log));
    text(&outcome.body)
}

const COUNTER: &str = "\
import os
count = 0
def handler(event, context):
    global count
    count += 1
    return '%d %d' % (os.getpid(), count)
";

#[tokio::test]
async fn the_next_request_finds_the_instance_warm() {
    let bench = Bench::new(COUNTER);
    let (pool, revision) = (
        pool(PoolLimits::default()).await,
        revision(&bench, 1).into(),
    );
    let first = answer(&pool, &revision, "").await;
    let second = answer(&pool, &revision, "").await;
    assert_eq!(second, first.replace(" 1", " 2"));
    assert_eq!((pool.report().instances, pool.report().idle), (1, 1));
}

#[tokio::test]
async fn an_instance_that_waits_is_frozen() {
    let source = "\
import threading, time
seen = [0]
def tick():
    while True:
        seen[0] += 1
        time.sleep(0.001)
def handler(event, context):
    if event == b'start':
        threading.Thread(target=tick, daemon=True).start()
    before = seen[0]
    while seen[0] == before:
        time.sleep(0.001)
    return 'it ticks'
";
    let mut bench = Bench::new(source);
    let mark = format!("freeze-{}", std::process::id());
    let environment = &mut bench.function.environment;
    environment.insert("MARK".into(), mark.clone());
    let (pool, revision) = (
        pool(PoolLimits::default()).await,
        Arc::new(revision(&bench, 1)),
    );
    for event in ["start", "", ""] {
        assert_eq!(answer(&pool, &revision, event).await, "it ticks");
        eventually("it is stopped", || async { states(&mark) == "T" }).await;
    }
}

/// The states of the processes with this text in their environment, a letter each.
pub(crate) fn states(mark: &str) -> String {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let of = |process: std::fs::DirEntry| {
        let environment = std::fs::read(process.path().join("environ")).ok()?;
        String::from_utf8_lossy(&environment)
            .contains(mark)
            .then_some(())?;
        let stat = std::fs::read_to_string(process.path().join("stat")).ok()?;
        stat.rsplit_once(") ")?.1.chars().next()
    };
    processes.filter_map(of).collect()
}

#[tokio::test]
async fn as_many_instances_as_requests_up_to_the_cap() {
    let bench = Bench::new(
        "\
import os, time
def handler(event, context):
    open(event.decode() + str(os.getpid()), 'w').close()
    while not os.path.exists(event.decode() + 'go'):
        time.sleep(0.01)
",
    );
    let gate = tempfile::tempdir().unwrap();
    let event = format!("{}/", gate.path().display());
    let limits = PoolLimits {
        per_function: 2,
        ..PoolLimits::default()
    };
    let (pool, revision) = (pool(limits).await, Arc::new(revision(&bench, 1)));
    let busy = [1, 2].map(|_| {
        let (pool, revision, event) = (Arc::clone(&pool), Arc::clone(&revision), event.clone());
        tokio::spawn(async move { answer(&pool, &revision, &event).await })
    });
    let running = || async { gate.path().read_dir().unwrap().count() == 2 };
    eventually("both run", running).await;
    let refused = pool.invoke(&revision, request("1-a", &event)).await;
    assert!(matches!(refused, Err(HostError::Exhausted(text)) if text.contains("2 instances")));
    std::fs::write(gate.path().join("go"), "").unwrap();
    for request in busy {
        request.await.unwrap();
    }
    assert_eq!(pool.report().idle, 2);
    assert_eq!(answer(&pool, &revision, &event).await, "null");
}

#[tokio::test]
async fn the_one_that_waited_longest_makes_room() {
    let limits = PoolLimits {
        total: 2,
        ..PoolLimits::default()
    };
    let pool = pool(limits).await;
    let functions = ["one", "two", "three"].map(|name| {
        let mut bench = Bench::new(COUNTER);
        bench.function.name = name.into();
        let revision = Arc::new(revision(&bench, 1));
        (bench, revision)
    });
    for (_, revision) in &functions {
        assert!(answer(&pool, revision, "").await.ends_with(" 1"));
    }
    assert_eq!(pool.report().idle, 2);
    assert!(answer(&pool, &functions[1].1, "").await.ends_with(" 2"));
    assert!(answer(&pool, &functions[0].1, "").await.ends_with(" 1"));
}

#[tokio::test]
async fn an_instance_that_waited_too_long_ends() {
    let bench = Bench::new(COUNTER);
    let limits = PoolLimits {
        idle: Duration::from_millis(20),
        ..PoolLimits::default()
    };
    let (pool, revision) = (pool(limits).await, revision(&bench, 1).into());
    answer(&pool, &revision, "").await;
    eventually("it is gone", || async { pool.report().instances == 0 }).await;
    assert!(answer(&pool, &revision, "").await.ends_with(" 1"));
}

#[tokio::test]
async fn an_old_instance_gets_no_request() {
    let bench = Bench::new(COUNTER);
    let limits = PoolLimits {
        age: Duration::ZERO,
        ..PoolLimits::default()
    };
    let (pool, revision) = (pool(limits).await, revision(&bench, 1).into());
    answer(&pool, &revision, "").await;
    assert!(answer(&pool, &revision, "").await.ends_with(" 1"));
}

#[tokio::test]
async fn a_changed_function_gets_new_instances_and_disturbs_no_request() {
    let source = "\
import os, time
def handler(event, context):
    open(event.decode() + 'ready', 'w').close()
    while not os.path.exists(event.decode() + 'go'):
        time.sleep(0.01)
    return 'old'
";
    let (old, new) = (Bench::new(source), Bench::returning("'new'"));
    let gate = tempfile::tempdir().unwrap();
    let event = format!("{}/", gate.path().display());
    let pool = pool(PoolLimits::default()).await;
    let (first, second) = (Arc::new(revision(&old, 1)), Arc::new(revision(&new, 2)));
    let under_way = {
        let (pool, first, event) = (Arc::clone(&pool), Arc::clone(&first), event.clone());
        tokio::spawn(async move { answer(&pool, &first, &event).await })
    };
    let ready = gate.path().join("ready");
    eventually("the old one runs", || async { ready.exists() }).await;
    pool.retire(&first.key);
    assert_eq!(answer(&pool, &second, "").await, "new");
    std::fs::write(gate.path().join("go"), "").unwrap();
    assert_eq!(under_way.await.unwrap(), "old");
    let only_new = || async { (pool.report().instances, pool.report().idle) == (1, 1) };
    eventually("the old instance is gone", only_new).await;
}

#[tokio::test]
async fn no_instance_is_used_again_after_a_failure_of_the_platform() {
    let source = "\
import os, time
def handler(event, context):
    if event == b'exit':
        os._exit(3)
    if event == b'sleep':
        time.sleep(600)
    return os.getpid()
";
    let bench = Bench::new(source).timeout(Duration::from_secs(5));
    let (pool, revision) = (
        pool(PoolLimits::default()).await,
        Arc::new(revision(&bench, 1)),
    );
    for event in ["exit", "sleep"] {
        answer(&pool, &revision, "").await;
        assert!(call(&pool, &revision, event).await.outcome.error.is_some());
        assert_eq!(pool.report().instances, 0, "{event}");
    }
    answer(&pool, &revision, "").await;
    let cancelled = pool.invoke(&revision, request("1-a", "sleep"));
    let under_way = async { eventually("busy", || async { pool.report().idle == 0 }).await };
    tokio::select! {
        biased;
        _ = cancelled => panic!("the handler sleeps"),
        () = under_way => {}
    }
    assert_eq!(pool.report().instances, 0);
}

#[tokio::test]
async fn an_error_of_the_handler_leaves_the_instance_warm() {
    let source = COUNTER.replace(
        "return '%d %d' % (os.getpid(), count)",
        "raise ValueError(count)",
    );
    let bench = Bench::new(&source);
    let (pool, revision) = (
        pool(PoolLimits::default()).await,
        revision(&bench, 1).into(),
    );
    for count in ["\"1\"", "\"2\""] {
        let body = text(&call(&pool, &revision, "").await.outcome.body);
        assert!(body.contains(count), "{body}");
    }
}

const HOOKS: &str = "\
import os
order = []
def initialize(context):
    order.append('initialized with ' + context.request_id)
def stop(context):
    with open(order[-1], 'a') as file:
        file.write('stopped')
def handler(event, context):
    order.append(event.decode())
    return order[0]
def fail(context):
    raise ValueError('no database')
def hang(context):
    import time
    time.sleep(600)
";

#[tokio::test]
async fn the_initializer_runs_once_and_before_the_first_request() {
    let bench = Bench::new(HOOKS);
    let mut revision = revision(&bench, 1);
    revision.initializer = hook("index.initialize");
    let (pool, revision) = (pool(PoolLimits::default()).await, Arc::new(revision));
    let first = pool.invoke(&revision, request("1-a", "")).await.unwrap();
    assert_eq!(first.outcome.body, "initialized with 1-a");
    let log = text(&first.outcome.log);
    let expected = "\
FunctionCompute python3.10 runtime inited.
FC Initialize Start RequestId: 1-a
FC Initialize End RequestId: 1-a
FC Invoke Start RequestId: 1-a
FC Invoke End RequestId: 1-a
";
    assert_eq!(log, expected);
    let second = pool.invoke(&revision, request("1-b", "")).await.unwrap();
    assert_eq!(second.outcome.body, "initialized with 1-a");
}

#[tokio::test]
async fn an_initializer_that_fails_fails_the_request_and_the_instance() {
    for (handler, timeout, said) in [
        ("index.fail", 60, "no database"),
        ("index.absent", 60, "HandlerNotFound"),
        ("index.hang", 1, "Function timed out after 1 seconds"),
    ] {
        let bench = Bench::new(HOOKS);
        let mut revision = revision(&bench, 1);
        let handler = handler.into();
        revision.initializer = Some(Hook { handler, timeout });
        let (pool, revision) = (pool(PoolLimits::default()).await, Arc::new(revision));
        let ids = [1, 2].map(|n| format!("1-0000000{n}-00000000-000000000000"));
        let mut instances = Vec::new();
        for id in &ids {
            let failed = pool.invoke(&revision, request(id, "")).await.unwrap();
            let error = failed.outcome.error.unwrap();
            assert_eq!(error.as_str(), "InitializationError");
            let body = text(&failed.outcome.body);
            assert!(body.contains(said), "{body}");
            assert!(text(&failed.outcome.log).contains("FC Initialize End"));
            instances.push(failed.instance_id);
        }
        assert_ne!(instances[0], instances[1]);
        assert_eq!(pool.report().instances, 0);
    }
}

#[tokio::test]
async fn the_last_word_is_had_before_the_end() {
    let bench = Bench::new(HOOKS);
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("word");
    let mut revision = revision(&bench, 1);
    revision.pre_stop = hook("index.stop");
    let key = revision.key.clone();
    let (pool, revision) = (pool(PoolLimits::default()).await, Arc::new(revision));
    answer(&pool, &revision, file.to_str().unwrap()).await;
    assert!(!file.exists());
    pool.retire(&key);
    eventually("the instance is gone", || async {
        pool.report().instances == 0
    })
    .await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "stopped");
    answer(&pool, &revision, file.to_str().unwrap()).await;
    pool.shutdown().await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "stoppedstopped");
    let refused = pool.invoke(&revision, request("1-a", "")).await;
    assert!(matches!(refused, Err(HostError::Exhausted(_))));
}

#[tokio::test]
async fn keys_are_fresh_in_context_and_environment() {
    let bench = Bench::new(
        "\
import os
def handler(event, context):
    return context.credentials.access_key_id + ' ' + os.environ['ALIBABA_CLOUD_ACCESS_KEY_ID']
",
    );
    let (pool, revision) = (
        pool(PoolLimits::default()).await,
        Arc::new(revision(&bench, 1)),
    );
    for id in ["STS.one", "STS.two"] {
        let credentials = Credentials {
            access_key_id: id.into(),
            access_key_secret: "secret".into(),
            security_token: "token".into(),
        };
        let invocation = Invocation {
            credentials: Some(credentials),
            ..request("1-a", "")
        };
        let body = pool.invoke(&revision, invocation).await.unwrap().outcome;
        assert_eq!(text(&body.body), format!("{id} {id}"));
    }
}

#[tokio::test]
async fn keys_are_withheld_from_where_they_are_not_wanted() {
    let mut bench = Bench::new(
        "\
import os
def handler(event, context):
    keys = context.credentials
    return [keys.access_key_id, keys.security_token, os.environ.get('ALIBABA_CLOUD_ACCESS_KEY_ID', '')]
",
    )
    .credentials();
    for (environment, requests) in [(false, false), (true, false), (false, true), (true, true)] {
        bench.function.withheld = Withheld {
            environment,
            requests,
        };
        let outcome = bench.run().await;
        let found: [String; 3] = serde_json::from_slice(&outcome.body).unwrap();
        let [id, token] = [("STS.id", requests), ("the-token", requests)]
            .map(|(value, withheld)| if withheld { "" } else { value });
        let of_environment = if environment { "" } else { "STS.id" };
        assert_eq!(found, [id, token, of_environment]);
    }
}

#[tokio::test]
async fn nothing_is_left_of_a_dropped_pool() {
    let bench = Bench::returning("__import__('os').getpgrp()");
    let (pool, revision) = (
        pool(PoolLimits::default()).await,
        revision(&bench, 1).into(),
    );
    let answer: i64 = answer(&pool, &revision, "").await.parse().unwrap();
    drop(pool);
    if alive(answer) > 0 {
        dies(answer).await;
    }
}

#[tokio::test]
async fn instances_that_are_held_stay_although_nobody_asks_for_them() {
    let bench = Bench::new(COUNTER);
    let limits = PoolLimits {
        per_function: 2,
        idle: Duration::from_millis(50),
        ..PoolLimits::default()
    };
    let pool = pool(limits).await;
    let [held, other] = [1, 2].map(|number| Arc::new(revision(&bench, number)));
    pool.hold(vec![(held.key.clone(), 1)]);
    for id in ["1-a", "1-b"] {
        let made = pool.provide(&held, request(id, "")).await.unwrap();
        made.expect("there is no initializer that could fail");
    }
    // The first one may have had to go before the second one was there.
    let one = || async { pool.report().instances == 1 };
    eventually("one too many has gone", one).await;
    // It is found warm, and does not make room for another revision's.
    let first = answer(&pool, &held, "").await;
    for _ in 0..2 {
        answer(&pool, &other, "").await;
    }
    assert_eq!(answer(&pool, &held, "").await, first.replace(" 1", " 2"));
    pool.hold(Vec::new());
    let none = || async { pool.report().instances == 0 };
    eventually("nothing is held", none).await;
}

/// Starts nothing, and counts the attempts. Each has to be let go.
#[derive(Debug)]
struct Refusing(Semaphore, AtomicUsize);

#[async_trait]
impl Runtime for Refusing {
    async fn start(
        &self,
        _function: &Function,
        _launch: &Launch,
    ) -> Result<Box<dyn Instance>, StartError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.acquire().await.unwrap().forget();
        Err(StartError::Spawn(std::io::ErrorKind::Unsupported.into()))
    }
}

#[tokio::test]
async fn who_waits_for_an_instance_that_does_not_start_waits_once() {
    let refusing = Arc::new(Refusing(Semaphore::new(0), AtomicUsize::new(0)));
    let runtimes = Arc::new(OnePython(refusing.clone()));
    let network = Arc::new(OnceLock::new());
    let pool = Pool::new(runtimes, network, PoolLimits::default());
    let bench = Bench::returning("1");
    let mut revision = revision(&bench, 1);
    revision.instance_concurrency = 10;
    let revision = Arc::new(revision);
    let ask = |id: &str| pool.invoke(&revision, request(id, ""));
    let all = futures_util::future::join_all(["1-a", "1-b", "1-c", "1-d"].map(ask));
    // All of them have come before the first is let go: futures that are joined are polled in turn.
    let let_go = async { refusing.0.add_permits(1) };
    let (refused, ()) = futures_util::future::join(all, let_go).await;
    for one in refused {
        let Err(HostError::Start(error)) = one else {
            panic!("{one:?}");
        };
        assert!(matches!(*error, StartError::Spawn(_)), "{error}");
    }
    assert_eq!(refusing.1.load(Ordering::Relaxed), 1);
    // Who comes later has an attempt of its own.
    refusing.0.add_permits(1);
    assert!(ask("1-e").await.is_err());
    assert_eq!(refusing.1.load(Ordering::Relaxed), 2);
    assert_eq!(pool.report().instances, 0);
}
