//! Custom runtimes: servers in any language, and programs that ask for their requests (`spec/fc.md` §2, §6.8).

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use fc::{
    CustomRuntime, Function, Host, HttpRequest, Invocation, Invoked, Network, Pool, PoolLimits,
    Revision, Runtime, RuntimeName, Runtimes, SandboxLevel, StartCode, StartError, Tool,
};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;

use crate::bench::{Bench, NOWHERE, interpreter, isolation, text};
use crate::pool::{request, revision, states};
use crate::processes::eventually;

/// A server whose requests say what it is to do.
const SERVER: &str = r#"
import json, os, socket, sys, threading, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

waiting = {}
lock = threading.Lock()

def meet(count):
    with lock:
        barrier = waiting.setdefault(count, threading.Barrier(count))
    barrier.wait(60)

def attempt(action):
    try:
        return action()
    except OSError as error:
        return type(error).__name__

class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    served = 0
    def do(self):
        body = self.rfile.read(int(self.headers.get('content-length', 0))).decode()
        self.served += 1
        command, _, rest = (body or self.headers.get('do', '')).partition(' ')
        if command == 'meet':
            meet(int(rest))
        elif command == 'wait':
            threading.Event().wait()
        elif command == 'grow':
            held = bytearray(int(rest) << 20)
        elif command == 'once' and self.served > 1:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        elif command == 'large':
            return self.answer(b'x' * (int(rest) << 20))
        elif command == 'print':
            print(rest, flush=True)
        if self.path in ('/initialize', '/pre-stop', '/pre-freeze'):
            print('asked for', self.path, flush=True)
            target = f"{os.environ['EMULATOR']}/{self.command}{self.path}/{self.headers['x-fc-control-path']}"
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(target, timeout=20).read()
        found = {'pid': os.getpid(), 'method': self.command, 'path': self.path, 'body': body,
                 'headers': {name.lower(): value for name, value in self.headers.items()}}
        if command == 'fetch':
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            found['fetched'] = attempt(lambda: opener.open(rest, timeout=20).read().decode())
        if command == 'connect':
            host, port = rest.split()
            found['fetched'] = attempt(lambda: socket.create_connection((host, int(port)), 20) and 'connected')
        self.answer(json.dumps(found).encode())
    def answer(self, body):
        self.send_response(201)
        self.send_header('x-of-server', 'yes')
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_GET = do_POST = do_PUT = do
    def log_message(self, *args):
        pass

class Server(ThreadingHTTPServer):
    request_queue_size = 128
Server((ADDRESS, PORT), Handler).serve_forever()
"#;

pub(crate) fn program(address: &str, port: &str) -> Bench {
    let source = SERVER.replace("ADDRESS", &format!("'{address}'"));
    let mut bench = Bench::new("").runtime(RuntimeName::CustomDebian10);
    bench.write("server.py", &source.replace("PORT", port));
    bench.function.custom.command = vec!["python3".into(), "server.py".into()];
    bench
}

pub(crate) fn server() -> Bench {
    program("0.0.0.0", "9000")
}

pub(crate) async fn runtime(level: SandboxLevel) -> CustomRuntime {
    let tools = vec![Tool::python(&interpreter().await)];
    CustomRuntime::new(isolation(level).await, tools).unwrap()
}

#[derive(Debug)]
struct Programs(Arc<dyn Runtime>);

#[async_trait]
impl Runtimes for Programs {
    async fn of(&self, _function: &Function) -> Result<Arc<dyn Runtime>, String> {
        Ok(Arc::clone(&self.0))
    }
}

pub(crate) async fn pool_at(level: SandboxLevel, emulator: std::net::SocketAddr) -> Arc<Pool> {
    let runtimes = Arc::new(Programs(Arc::new(runtime(level).await)));
    let network = OnceLock::from(Network {
        emulator,
        server: None,
        allow_other_hosts: false,
    });
    Arc::new(Pool::new(runtimes, network.into(), PoolLimits::default()))
}

async fn pool() -> Arc<Pool> {
    pool_at(SandboxLevel::Auto, NOWHERE).await
}

pub(crate) fn shared(bench: &Bench, concurrency: u32) -> Arc<Revision> {
    let mut revision = revision(bench, 1);
    revision.instance_concurrency = concurrency;
    Arc::new(revision)
}

/// Ids have to differ: they name instances and requests.
pub(crate) fn numbered(event: &str) -> Invocation {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    request(&format!("1-64f6cd87-{number:08x}-0123456789ab"), event)
}

pub(crate) async fn call(pool: &Pool, revision: &Arc<Revision>, event: &str) -> Invoked {
    pool.invoke(revision, numbered(event)).await.unwrap()
}

pub(crate) fn json(invoked: &Invoked) -> Value {
    let outcome = &invoked.outcome;
    assert_eq!(outcome.error, None, "{}", text(&outcome.log));
    serde_json::from_slice(&outcome.body).unwrap()
}

pub(crate) async fn pid(pool: &Pool, revision: &Arc<Revision>, event: &str) -> (String, i64) {
    let invoked = call(pool, revision, event).await;
    let pid = json(&invoked)["pid"].as_i64().unwrap();
    (invoked.instance_id, pid)
}

pub(crate) async fn has_own_network() -> bool {
    let report = isolation(SandboxLevel::Auto).await.report().await;
    report.unwrap().own_network
}

#[tokio::test]
async fn a_server_stays_warm_and_is_frozen_meanwhile() {
    let mut bench = server();
    let mark = format!("frozen-server-{}", std::process::id());
    let environment = &mut bench.function.environment;
    environment.insert("MARK".into(), mark.clone());
    let (pool, revision) = (pool().await, shared(&bench, 1));
    let first = pid(&pool, &revision, "").await;
    eventually("it is stopped", || async { states(&mark) == "T" }).await;
    assert_eq!(pid(&pool, &revision, "").await, first);
    assert_eq!((pool.report().instances, pool.report().idle), (1, 1));
}

#[tokio::test]
async fn requests_at_once_share_an_instance_up_to_its_concurrency() {
    let bench = server();
    let (pool, revision) = (pool().await, shared(&bench, 3));
    let calls = (0..6).map(|_| pid(&pool, &revision, "meet 3"));
    let mut instances = futures_util::future::join_all(calls).await;
    instances.sort();
    instances.dedup();
    assert_eq!(instances.len(), 2, "three each: {instances:?}");
    assert_eq!((pool.report().instances, pool.report().idle), (2, 2));
    let again = pid(&pool, &revision, "").await;
    assert!(instances.contains(&again), "{again:?} of {instances:?}");
}

#[tokio::test]
async fn a_caller_who_goes_takes_nobody_along() {
    let bench = server();
    let (pool, revision) = (pool().await, shared(&bench, 2));
    let first = pid(&pool, &revision, "").await;
    let (stays, stays_too) = (pool.clone(), revision.clone());
    let waiting = tokio::spawn(async move { pid(&stays, &stays_too, "meet 2").await });
    eventually("it has begun", || async { pool.report().idle == 0 }).await;
    let gone = tokio::time::timeout(Duration::from_millis(100), call(&pool, &revision, "wait"));
    assert!(gone.await.is_err());
    assert_eq!(pid(&pool, &revision, "meet 2").await, first);
    assert_eq!(waiting.await.unwrap(), first);
}

#[tokio::test]
async fn one_alone_takes_its_instance_along() {
    let bench = server();
    let (pool, revision) = (pool().await, shared(&bench, 1));
    let first = pid(&pool, &revision, "").await;
    let gone = tokio::time::timeout(Duration::from_millis(100), call(&pool, &revision, "wait"));
    assert!(gone.await.is_err());
    assert_ne!(pid(&pool, &revision, "").await, first);
}

#[tokio::test]
async fn a_request_runs_out_of_time() {
    for concurrency in [1, 2] {
        let bench = server().timeout(Duration::from_secs(1));
        let (pool, revision) = (pool().await, shared(&bench, concurrency));
        let first = pid(&pool, &revision, "").await;
        let outcome = call(&pool, &revision, "wait").await.outcome;
        assert_eq!(outcome.error.unwrap().as_str(), "UnhandledInvocationError");
        let body = text(&outcome.body);
        assert!(
            body.contains("Function timed out after 1 seconds"),
            "{body}"
        );
        assert_ne!(pid(&pool, &revision, "").await, first, "at {concurrency}");
    }
}

#[tokio::test]
async fn a_program_that_takes_too_much_memory_is_ended() {
    let mut bench = server();
    bench.function.memory_mb = 128;
    let (pool, revision) = (pool().await, shared(&bench, 1));
    let outcome = call(&pool, &revision, "grow 400").await.outcome;
    assert_eq!(outcome.error.unwrap().as_str(), "UnhandledInvocationError");
    let body = text(&outcome.body);
    assert!(body.contains("Process exited unexpectedly"), "{body}");
    pid(&pool, &revision, "").await;
}

#[tokio::test]
async fn an_answer_has_a_limit() {
    let bench = server();
    let (pool, revision) = (pool().await, shared(&bench, 1));
    let outcome = call(&pool, &revision, "large 32").await.outcome;
    assert_eq!((outcome.error, outcome.body.len()), (None, 32 << 20));
    let outcome = call(&pool, &revision, "large 33").await.outcome;
    assert_eq!(outcome.error.unwrap().as_str(), "UnhandledInvocationError");
    assert!(text(&outcome.body).contains("more than 32 MiB"));
}

fn over_http(
    method: Method,
    target: (&str, &str),
    extra: &[(&'static str, &'static str)],
) -> Invocation {
    let mut headers = HeaderMap::new();
    for (name, value) in extra {
        headers.insert(*name, HeaderValue::from_static(value));
    }
    let http = HttpRequest {
        method,
        version: http::Version::HTTP_11,
        path: target.0.into(),
        query: target.1.into(),
        headers,
        source: IpAddr::V4(Ipv4Addr::LOCALHOST),
        uri: target.0.into(),
    };
    Invocation {
        http: Some(http.into()),
        ..numbered("")
    }
}

#[tokio::test]
async fn requests_over_http_are_passed_through() {
    let bench = server();
    let (pool, revision) = (pool().await, shared(&bench, 1));
    let extra = [("host", "f.example.org"), ("x-of-client", "1")];
    let asked = over_http(Method::PUT, ("/a%20b", "c=%2F&d"), &extra);
    let invoked = pool.invoke(&revision, asked.clone()).await.unwrap();
    let answer = invoked.outcome.http.clone().unwrap();
    assert_eq!(
        (answer.status.as_u16(), &answer.headers["x-of-server"]),
        (201, &HeaderValue::from_static("yes"))
    );
    let seen = json(&invoked);
    assert_eq!(
        (&seen["method"], &seen["path"]),
        (&"PUT".into(), &"/a%20b?c=%2F&d".into())
    );
    let headers = &seen["headers"];
    assert_eq!(headers["host"], "f.example.org");
    assert_eq!(headers["x-of-client"], "1");
    assert_eq!(headers["x-fc-control-path"], "/http-invoke");
    assert_eq!(headers["x-fc-request-id"], asked.request_id.as_str());
    let event = call(&pool, &revision, "").await;
    assert_eq!(
        event.outcome.http, None,
        "status and headers of an event are lost"
    );
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_again_where_that_is_safe() {
    let bench = server();
    let (pool, revision) = (pool().await, shared(&bench, 1));
    let get = || over_http(Method::GET, ("/", ""), &[("do", "once")]);
    let first = pool.invoke(&revision, get()).await.unwrap();
    let second = pool.invoke(&revision, get()).await.unwrap();
    assert_eq!(json(&first)["pid"], json(&second)["pid"]);
    let broken = call(&pool, &revision, "once").await.outcome;
    assert_eq!(broken.error.unwrap().as_str(), "UnhandledInvocationError");
    let log = text(&broken.log);
    assert!(
        log.contains("keep idle connections for 15 minutes"),
        "{log}"
    );
    assert_eq!(
        json(&call(&pool, &revision, "once").await)["pid"],
        json(&first)["pid"]
    );
}

async fn refusal(bench: &Bench, budget: u64) -> (StartCode, String) {
    let runtime = runtime(SandboxLevel::Auto).await;
    let runtime = runtime.with_budget(Duration::from_secs(budget));
    match runtime.start(&bench.function, &bench.launch).await {
        Err(StartError::NotStarted(refused)) => (refused.code, refused.message),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_has_to_listen_where_the_cloud_looks() {
    let (code, message) = refusal(&program("127.0.0.1", "9000"), 3).await;
    assert_eq!(code, StartCode::NotStarted);
    let expected = "Function instance health check failed on port 9000 in 3 seconds.";
    assert!(message.starts_with(expected), "{message}");
    if has_own_network().await {
        assert!(message.contains("listens on 127.0.0.1 only"), "{message}");
    }
    let mut silent = Bench::new("").runtime(RuntimeName::CustomDebian11);
    silent.write("silent.sh", "echo here I am\nexec sleep 60\n");
    silent.function.custom.command = vec!["sh".into(), "/code/silent.sh".into()];
    silent.function.custom.port = 9001;
    let (code, message) = refusal(&silent, 1).await;
    assert_eq!(code, StartCode::NotStarted);
    assert_eq!(
        message,
        "Function instance health check failed on port 9001 in 1 seconds.\nLogs:\nhere I am"
    );
}
