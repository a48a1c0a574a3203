//! What programs of custom runtimes reach, how they share ports, and programs that ask for their requests
//! (`spec/fc.md` §2, §6.5, §6.8).

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use fc::{Hook, Host, HostError, LogsOf, Runtime, RuntimeName, SandboxLevel, Withheld};
use serde_json::Value;
use tokio::time::timeout;

use crate::bench::{Bench, NOWHERE, text};
use crate::custom::{
    call, has_own_network, json, numbered, pid, pool_at, program, runtime, server, shared,
};
use crate::pool::revision;
use crate::processes::eventually;

/// A server that answers everything with one text, and gives the paths that it is asked for.
fn emulator(answer: &'static str) -> (std::net::SocketAddr, Receiver<String>) {
    use std::io::{Read, Write};
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (told, paths) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4096];
            let length = stream.read(&mut head).unwrap();
            let line = text(&head[..length]);
            let path = line.split(' ').nth(1).unwrap_or_default();
            let _ = told.send(path.to_owned());
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                answer.len()
            );
            let _ = stream.write_all([head.as_str(), answer].concat().as_bytes());
        }
    });
    (address, paths)
}

#[tokio::test]
async fn in_its_own_network_nothing_is_there_but_the_emulator() {
    if !has_own_network().await {
        return;
    }
    let (address, _) = emulator("the emulator");
    let hidden = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let bench = server();
    let pool = pool_at(SandboxLevel::Auto, address).await;
    let revision = shared(&bench, 1);
    let fetched =
        async |event: String| json(&call(&pool, &revision, &event).await)["fetched"].clone();
    for url in [
        "http://b.oss-cn-shenzhen-internal.aliyuncs.com/o".to_owned(),
        format!("http://{address}/"),
    ] {
        assert_eq!(
            fetched(format!("fetch {url}")).await,
            "the emulator",
            "{url}"
        );
    }
    assert_eq!(
        fetched("fetch http://example.com/".into()).await,
        "URLError"
    );
    assert_eq!(fetched("connect 93.184.215.14 80".into()).await, "OSError");
    let port = hidden.local_addr().unwrap().port();
    let refused = fetched(format!("connect 127.0.0.1 {port}")).await;
    assert_eq!(
        refused, "ConnectionRefusedError",
        "the host's loopback is another"
    );
    assert_eq!(
        fetched("connect oss-cn-shenzhen.aliyuncs.com 443".into()).await,
        "ConnectionRefusedError"
    );
}

#[tokio::test]
async fn hooks_are_requests_to_the_server() {
    let (address, paths) = emulator("noted");
    let mut bench = server();
    let environment = &mut bench.function.environment;
    environment.insert("EMULATOR".into(), format!("http://{address}"));
    let pool = pool_at(SandboxLevel::Auto, address).await;
    let mut revision = revision(&bench, 1);
    let hook = Hook {
        handler: "x".into(),
        timeout: 60,
    };
    revision.initializer = Some(hook.clone());
    revision.pre_freeze = Some(hook.clone());
    revision.pre_stop = Some(hook);
    let revision = Arc::new(revision);
    call(&pool, &revision, "").await;
    eventually("it waits", || async { pool.report().idle == 1 }).await;
    let seen: Vec<_> = paths.try_iter().collect();
    assert_eq!(
        seen,
        [
            "/POST/initialize//initialize",
            "/GET/pre-freeze//pre-freeze"
        ]
    );
    pool.retire(&revision.key);
    eventually("it has ended", || async { pool.report().instances == 0 }).await;
    let seen: Vec<_> = paths.try_iter().collect();
    assert_eq!(seen, ["/GET/pre-stop//pre-stop"]);
    let of = LogsOf {
        account: &revision.key.account,
        region: &revision.key.region,
        function: &revision.key.function,
    };
    let logged = || async { pool.logs().after(0, of).0 };
    eventually("it is logged", || async { !logged().await.is_empty() }).await;
    let log = logged().await.remove(0).text;
    assert!(text(&log).ends_with("asked for /pre-stop\n"), "{log:?}");
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test]
async fn without_networks_programs_take_turns_at_a_port() {
    let port = free_port();
    let bench = |name: &str| {
        let mut bench = program("0.0.0.0", &port.to_string());
        bench.function.custom.port = port;
        bench.function.name = name.into();
        bench
    };
    let benches = (bench("f"), bench("g"));
    let (f, g) = (shared(&benches.0, 1), shared(&benches.1, 1));
    let pool = pool_at(SandboxLevel::None, NOWHERE).await;
    for revision in [&f, &g, &f] {
        let name = json(&call(&pool, revision, "").await)["headers"]["x-fc-function-name"].clone();
        assert_eq!(name, *revision.key.function);
    }
    let both = futures_util::future::join(pid(&pool, &f, ""), pid(&pool, &g, "")).await;
    assert_ne!(both.0, both.1);
}

#[tokio::test]
async fn without_networks_a_program_keeps_its_port_for_the_request_it_was_started_for() {
    let port = free_port();
    let mut bench = program("0.0.0.0", &port.to_string());
    bench.function.custom.port = port;
    let runtime = runtime(SandboxLevel::None).await;
    let mut first = runtime.start(&bench.function, &bench.launch).await.unwrap();
    let second = timeout(
        Duration::from_secs(2),
        runtime.start(&bench.function, &bench.launch),
    );
    assert!(second.await.is_err(), "the port is not free");
    let outcome = first.invoke(numbered("")).await;
    assert_eq!(outcome.error, None, "{}", text(&outcome.body));
    // Now nothing is expected of it.
    let third = runtime.start(&bench.function, &bench.launch).await.unwrap();
    assert!(third.is_alive() && !first.is_alive());
}

#[tokio::test]
async fn keys_are_withheld_from_where_they_are_not_wanted() {
    let mut bench = server().credentials();
    let source = std::fs::read_to_string(bench.folder().join("server.py")).unwrap();
    let environ = "'key': os.environ.get('ALIBABA_CLOUD_ACCESS_KEY_ID'), 'pid'";
    bench.write("server.py", &source.replacen("'pid'", environ, 1));
    for (environment, requests) in [(false, false), (true, false), (false, true), (true, true)] {
        bench.function.withheld = Withheld {
            environment,
            requests,
        };
        let found: Value = serde_json::from_slice(&bench_run(&bench).await).unwrap();
        assert_eq!(found["key"].is_null(), environment, "{found}");
        for header in [
            "x-fc-access-key-id",
            "x-fc-access-key-secret",
            "x-fc-security-token",
        ] {
            assert_eq!(found["headers"][header].is_null(), requests, "{found}");
        }
    }
}

async fn bench_run(bench: &Bench) -> Vec<u8> {
    let runtime = runtime(SandboxLevel::Auto).await;
    let instance = runtime.start(&bench.function, &bench.launch).await;
    let outcome = instance.unwrap().invoke(bench.invocation.clone()).await;
    outcome.body.to_vec()
}

#[tokio::test]
async fn without_networks_programs_that_ask_get_a_free_port() {
    let bench = program("0.0.0.0", "int(os.environ['FC_CUSTOM_LISTEN_PORT'])");
    let pool = pool_at(SandboxLevel::None, NOWHERE).await;
    let revision = shared(&bench, 1);
    // Both wait for the other to begin, as far as the test can see: two instances live at once.
    let both = futures_util::future::join(pid(&pool, &revision, ""), pid(&pool, &revision, ""));
    let (one, other) = both.await;
    assert_ne!(one, other);
    assert_eq!(pool.report().instances, 2);
}

#[tokio::test]
async fn without_networks_a_port_of_somebody_else_is_told() {
    let taken = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let mut bench = server();
    bench.function.custom.port = taken.local_addr().unwrap().port();
    let pool = pool_at(SandboxLevel::None, NOWHERE).await;
    let refused = pool.invoke(&shared(&bench, 1), numbered("")).await;
    let Err(HostError::Start(error)) = refused else {
        panic!("{refused:?}");
    };
    assert!(
        error.to_string().contains("is taken by another program"),
        "{error}"
    );
}

/// Asks for requests as fc-runtime-go-sdk does.
const ASKING: &str = r#"#!/usr/bin/env python3
import json, os, urllib.error
from urllib.request import ProxyHandler, Request, build_opener
opener = build_opener(ProxyHandler({}))
api = os.environ['FC_RUNTIME_API']
base = 'http://' + api + '/2020-11-11/runtime/invocation/'
def post(path, body):
    try:
        with opener.open(Request(base + path, body)) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
while True:
    with opener.open(base + 'next') as request:
        event, headers = request.read(), request.headers
    id = headers['x-fc-request-id']
    found = {'pid': os.getpid(), 'api': api, 'type': headers['x-fc-function-type'], 'strange': post('another/response', b''),
             'path': post('../nowhere', b'')}
    assert post(id + '/response', json.dumps(found).encode()) == 200
    assert post(id + '/response', b'again') == 404
"#;

#[tokio::test]
async fn programs_that_ask_are_served_at_either_level() {
    use std::os::unix::fs::PermissionsExt;
    for level in [SandboxLevel::Auto, SandboxLevel::None] {
        let bench = Bench::new("").runtime(RuntimeName::Go1).handler("main");
        bench.write("main", ASKING);
        let file = bench.folder().join("main");
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
        let pool = pool_at(level, NOWHERE).await;
        let revision = shared(&bench, 1);
        let first = json(&call(&pool, &revision, "").await);
        assert_eq!(first, json(&call(&pool, &revision, "").await));
        assert_eq!(
            (&first["type"], &first["strange"], &first["path"]),
            (&"0".into(), &404.into(), &404.into())
        );
        let api = first["api"].as_str().unwrap();
        let (_, secret) = api.split_once('/').unwrap_or((api, ""));
        let alone = level == SandboxLevel::Auto && has_own_network().await;
        assert_eq!(secret.len(), if alone { 0 } else { 32 }, "{api}");
    }
}
