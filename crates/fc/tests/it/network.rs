//! What a handler reaches (`spec/fc.md` §6.6).

use std::net::SocketAddr;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::bench::Bench;

/// Stands for the emulator: answers every request with its first line and its `Host`.
pub(crate) async fn emulator() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                let mut buffer = [0; 4096];
                let length = stream.read(&mut buffer).await.unwrap();
                request.extend(&buffer[..length]);
            }
            let request = String::from_utf8(request).unwrap();
            let host = request
                .lines()
                .find(|line| line.to_lowercase().starts_with("host:"))
                .unwrap();
            let body = format!("{} | {host}", request.lines().next().unwrap());
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all((head + &body).as_bytes()).await.unwrap();
        }
    });
    address
}

const BUCKET: &str = "oss-demo.oss-cn-shenzhen-internal.aliyuncs.com";

#[tokio::test]
async fn urllib_reaches_the_emulator_under_the_real_name() {
    let source = format!(
        "import urllib.request\ndef handler(event, context):\n    \
         return urllib.request.urlopen('http://{BUCKET}/key', timeout=30).read()\n"
    );
    let bench = Bench::new(&source).emulator(emulator().await);
    assert_eq!(
        bench.answer().await,
        format!("GET /key HTTP/1.1 | Host: {BUCKET}")
    );
}

#[tokio::test]
async fn http_client_reaches_the_emulator_under_the_real_name() {
    let source = format!(
        "\
import http.client
def handler(event, context):
    connection = http.client.HTTPConnection('{BUCKET}', timeout=30)
    connection.request('PUT', '/a', b'')
    return connection.getresponse().read()
"
    );
    let bench = Bench::new(&source).emulator(emulator().await);
    assert_eq!(
        bench.answer().await,
        format!("PUT /a HTTP/1.1 | Host: {BUCKET}")
    );
}

#[tokio::test]
async fn a_name_given_to_connect_and_asyncio_reach_the_emulator() {
    let source = format!(
        "\
import asyncio, socket
REQUEST = b'GET / HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n'
def plain():
    with socket.socket() as sock:
        sock.connect(('{BUCKET}', 80))
        sock.sendall(REQUEST)
        return sock.makefile('rb').read()[-26:].decode()
async def streams():
    reader, writer = await asyncio.open_connection('{BUCKET}', 80)
    writer.write(REQUEST)
    answer = await reader.read()
    writer.close()
    return answer[-26:].decode()
def handler(event, context):
    return [plain(), asyncio.new_event_loop().run_until_complete(streams())]
"
    );
    let bench = Bench::new(&source).emulator(emulator().await);
    let expected = "GET / HTTP/1.1 | Host: h";
    let answers = bench.json().await;
    for answer in answers.as_array().unwrap() {
        assert!(answer.as_str().unwrap().ends_with(expected), "{answer}");
    }
}

/// The sentence that `statement` fails with.
async fn refusal(statement: &str) -> String {
    let source = format!(
        "\
import socket
def handler(event, context):
    try:
        {statement}
    except OSError as error:
        return str(error)
    return 'no error'
"
    );
    Bench::new(&source).answer().await
}

#[tokio::test]
async fn tls_to_the_cloud_is_refused_with_a_way_out() {
    let sentence = refusal(&format!("socket.create_connection(('{BUCKET}', 443))")).await;
    assert!(
        sentence.contains("TLS for real host names is not available yet"),
        "{sentence}"
    );
    assert!(sentence.contains("http://"), "{sentence}");
    let other = refusal(&format!("socket.create_connection(('{BUCKET}', 22))")).await;
    assert!(
        other.contains("stands in for port 80 of this host only"),
        "{other}"
    );
}

#[tokio::test]
async fn other_hosts_are_refused_by_name_and_by_address() {
    let statements = [
        "socket.create_connection(('example.com', 80))",
        "socket.getaddrinfo('example.com', 443)",
        "socket.getaddrinfo(b'EXAMPLE.com.', 443)",
        "socket.gethostbyname('example.com')",
        "socket.gethostbyname_ex('aliyuncs.com.evil.example')",
        "socket.create_connection(('192.0.2.1', 80))",
        "socket.socket().connect(('192.0.2.1', 80))",
        "socket.socket().connect_ex(('notaliyuncs.com', 80))",
        "socket.socket(socket.AF_INET6).connect(('2001:db8::1', 80))",
        "socket.socket(socket.AF_INET6).connect(('::ffff:192.0.2.1', 80, 0, 0))",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('192.0.2.1', 53))",
    ];
    for statement in statements {
        let sentence = refusal(statement).await;
        assert!(
            sentence.contains("is not part of the emulated cloud"),
            "{statement}: {sentence}"
        );
    }
}

#[tokio::test]
async fn other_hosts_can_be_allowed_but_never_the_real_cloud() {
    let source = format!(
        "\
import socket
def outcome(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(address)
            return sock.getpeername()[0]
        except OSError as error:
            return type(error).__name__
def handler(event, context):
    return [outcome(('127.0.0.2', 53)), outcome(('{BUCKET}', 80)), outcome(('{BUCKET}', 443))]
"
    );
    let mut bench = Bench::new(&source);
    bench.launch.network.allow_other_hosts = true;
    assert_eq!(
        bench.json().await,
        json!(["127.0.0.2", "127.0.0.1", "NotReachable"])
    );
}

#[tokio::test]
async fn loopback_and_local_sockets_stay_open() {
    let source = "\
import socket
def handler(event, context):
    with socket.socket() as server:
        server.bind(('127.0.0.1', 0))
        server.listen()
        for host in ('127.0.0.1', 'localhost', 'bucket.localhost'):
            socket.create_connection((host, server.getsockname()[1])).close()
    one, two = socket.socketpair()
    one.sendall(b'x')
    socket.gethostbyname(socket.gethostname())
    return two.recv(1)
";
    assert_eq!(Bench::new(source).answer().await, "x");
}

#[tokio::test]
async fn children_inherit_a_proxy_that_the_handler_itself_does_not_see() {
    let source = "\
import os, subprocess
def handler(event, context):
    own = [name for name in os.environ if 'proxy' in name.lower()]
    child = subprocess.check_output('echo $http_proxy $HTTPS_PROXY $no_proxy', shell=True)
    return [own, child.decode().split()]
";
    let proxy = "http://127.0.0.1:9";
    let expected = json!([[], [proxy, proxy, "localhost,127.0.0.1,::1"]]);
    assert_eq!(Bench::new(source).json().await, expected);
}

#[tokio::test]
async fn a_child_that_honours_the_proxy_reaches_the_emulator() {
    let source = format!(
        "\
import subprocess, sys
CHILD = '''
import urllib.request
print(urllib.request.urlopen('http://{BUCKET}/key', timeout=30).read().decode(), end='')
'''
def handler(event, context):
    return subprocess.check_output([sys.executable, '-c', CHILD])
"
    );
    let bench = Bench::new(&source).emulator(emulator().await);
    assert_eq!(
        bench.answer().await,
        format!("GET http://{BUCKET}/key HTTP/1.1 | Host: {BUCKET}")
    );
}
