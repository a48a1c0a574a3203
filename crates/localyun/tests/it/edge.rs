//! A server on a socket, and what clients can do to it without a good request.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use gateway::{AuthMode, Clock};
use localyun::{Cloud, Config, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A server that looks at no signature, with the bucket `demo`.
struct Running {
    cloud: Arc<Cloud>,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Running {
    async fn new() -> Self {
        let config = Config {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            auth: AuthMode::Off,
            buckets: vec!["demo".parse().expect("a bucket")],
            ..Config::default()
        };
        let cloud = Cloud::new(config, Clock::system()).await.expect("a cloud");
        let server = Server::bind(cloud.clone()).await.expect("a free port");
        let address = server.address();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(server.run(async { drop(stopped.await) }));
        Self {
            cloud,
            address,
            stop,
            serving,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address)
            .await
            .expect("a connection")
    }

    /// Sends a request, the `Host` header apart, and returns the answer.
    async fn ask(&self, line_and_headers: &[u8]) -> String {
        let mut stream = self.connect().await;
        let host = format!("\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address);
        let request = [line_and_headers, host.as_bytes()].concat();
        stream.write_all(&request).await.expect("it is sent");
        answer(&mut stream).await
    }

    async fn uploads(&self) -> usize {
        let view = self.cloud.store.meta.view().await.expect("a view");
        let rows = view.cursor(b"pending/").take(usize::MAX).await;
        rows.expect("the rows").len()
    }
}

/// All that comes until the end of the connection.
async fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("an answer");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn an_upload_that_stands_still_does_not_hold_up_a_reset() {
    let server = Running::new().await;
    let mut stuck = server.connect().await;
    let head = "PUT /demo/k HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\nConnection: close\r\n\r\n";
    let part = vec![b'x'; 200_000];
    stuck.write_all(head.as_bytes()).await.expect("it is sent");
    stuck.write_all(&part).await.expect("it is sent");
    while server.uploads().await == 0 {
        tokio::task::yield_now().await;
    }
    let (reset, beside) = tokio::join!(
        server.ask(b"POST /_localyun/reset HTTP/1.1\r\nContent-Length: 0"),
        server.ask(b"GET /demo/k HTTP/1.1"),
    );
    assert!(reset.starts_with("HTTP/1.1 200"), "{reset}");
    assert!(beside.starts_with("HTTP/1.1 404"), "{beside}");
    stuck.shutdown().await.expect("it is closed");
    let ended = answer(&mut stuck).await;
    assert!(ended.starts_with("HTTP/1.1 503"), "{ended}");
    assert_eq!(server.uploads().await, 0);
}

#[tokio::test]
async fn a_client_that_never_spoke_does_not_hold_up_the_end() {
    let server = Running::new().await;
    let mut silent = server.connect().await;
    // Once this is answered, the connection before it was accepted too.
    let health = server.ask(b"GET /_localyun/health HTTP/1.1").await;
    assert!(health.starts_with("HTTP/1.1 200"), "{health}");
    drop(server.stop);
    let half_of_the_drain = Duration::from_secs(5);
    let ended = tokio::time::timeout(half_of_the_drain, server.serving).await;
    ended.expect("nobody is waited for").expect("no panic");
    assert_eq!(answer(&mut silent).await, "");
}

#[tokio::test]
async fn web_pages_do_not_get_to_the_admin_api() {
    let server = Running::new().await;
    let own = format!("http://{}", server.address);
    let reset = "POST /_localyun/reset HTTP/1.1\r\nContent-Length: 0";
    let with = |origins: &[&[u8]]| {
        let lines = origins.iter().flat_map(|o| [b"\r\nOrigin: ", *o].concat());
        reset.bytes().chain(lines).collect::<Vec<u8>>()
    };
    let own = own.as_bytes();
    let answered = server.ask(&with(&[])).await;
    assert!(answered.starts_with("HTTP/1.1 200"), "{answered}");
    let pages: [&[&[u8]]; 6] = [
        &[own],
        &[b"http://example.com"],
        &[b"null"],
        &[b""],
        &[b"http://\xff"],
        &[own, b"http://example.com"],
    ];
    for origins in pages {
        let refused = server.ask(&with(origins)).await;
        assert!(
            refused.starts_with("HTTP/1.1 403"),
            "{origins:?}: {refused}"
        );
    }
}

#[tokio::test]
async fn the_clock_goes_no_farther_in_many_steps_than_in_one() {
    let server = Running::new().await;
    let step = |years: i64| {
        let body = format!("{{\"advance_seconds\": {}}}", years * 31_557_600);
        let length = body.len();
        let head = "POST /_localyun/clock HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n";
        format!("{head}Content-Length: {length}\r\n\r\n{body}")
    };
    for (years, status) in [(60, 200), (60, 400), (-60, 200), (-99, 200), (-60, 400)] {
        let mut stream = server.connect().await;
        let request = step(years);
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it is sent");
        let answer = answer(&mut stream).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{years}: {answer}"
        );
    }
}
