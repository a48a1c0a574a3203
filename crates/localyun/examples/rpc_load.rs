//! Load of signed RPC calls over connections that are kept, one call in flight on each. `scripts/bench` runs it.
//!
//! ```sh
//! rpc_load ADDRESS prepare                                      # makes the role that is assumed
//! rpc_load ADDRESS GetCallerIdentity|AssumeRole CONNECTIONS SECONDS PID
//! rpc_load ADDRESS /1k CONNECTIONS SECONDS PID                  # the same without a signature, for a server that does nothing
//! rpc_load ADDRESS @FILE CONNECTIONS SECONDS PID                # the request in a file, again and again, as it is
//! ```
//!
//! Prints one JSON object with the fields of the load generator's rows.

use std::error::Error;
use std::time::Duration;

use gateway::Clock;
use http::HeaderMap;
use serde_json::json;
use signature::{Payload, Query, Secret, Signable, encode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

type Failure = Box<dyn Error + Send + Sync>;

const ROLE: &str = "acs:ram::1234567890123456:role/bench";
const TRUST: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":["acs:ram::1234567890123456:root"]}}]}"#;
/// Clock ticks a second, of all Linux systems.
const TICKS: f64 = 100.0;

/// The target of a signed call.
fn signed(action: &str, nonce: &str) -> String {
    let (version, more): (&str, &[(&str, &str)]) = match action {
        "CreateRole" => (
            "2015-05-01",
            &[("RoleName", "bench"), ("AssumeRolePolicyDocument", TRUST)],
        ),
        "AssumeRole" => (
            "2015-04-01",
            &[("RoleArn", ROLE), ("RoleSessionName", "bench")],
        ),
        _ => ("2015-04-01", &[]),
    };
    let timestamp = Clock::system()
        .wall()
        .format("%Y-%m-%dT%H:%M:%SZ")
        .to_string();
    let mut pairs = vec![
        ("Action", action),
        ("Version", version),
        ("Format", "JSON"),
        ("AccessKeyId", "localyun"),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
        ("SignatureNonce", nonce),
        ("Timestamp", &timestamp),
    ];
    pairs.extend(more);
    let query = Query::from_pairs(pairs);
    let request = Signable {
        method: "GET",
        path: "/",
        query: &query,
        form: None,
        headers: &HeaderMap::new(),
        resource: None,
        payload: Payload::Bytes(b""),
    };
    let signature = signature::rpc_v1::sign(&request, &Secret::new("localyun"));
    format!(
        "/?{}&Signature={}",
        query.raw(),
        encode::component(&signature)
    )
}

struct Connection {
    socket: TcpStream,
    address: String,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: &str) -> Result<Self, Failure> {
        let socket = TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        Ok(Self {
            socket,
            address: address.to_owned(),
            buffer: Vec::with_capacity(16 << 10),
        })
    }

    async fn call(&mut self, target: &str) -> Result<(), Failure> {
        let head = format!("GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        self.exchange(head.as_bytes()).await
    }

    /// One call, to the last byte of its answer.
    async fn exchange(&mut self, request: &[u8]) -> Result<(), Failure> {
        self.socket.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.socket.read_buf(&mut self.buffer).await? == 0 {
                return Err("the connection ended".into());
            }
            if let Some(whole) = whole(&self.buffer)? {
                break match whole {
                    200 => Ok(()),
                    status => {
                        Err(format!("{status}: {}", String::from_utf8_lossy(&self.buffer)).into())
                    }
                };
            }
        }
    }
}

/// The status of an answer, once it is there as a whole.
fn whole(answer: &[u8]) -> Result<Option<u16>, Failure> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&answer[..end])?;
    let status = head.split(' ').nth(1).ok_or("no status")?.parse()?;
    let mut fields = head.lines().filter_map(|line| line.split_once(": "));
    let length = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.ok_or("no content-length")?.1.parse()?;
    Ok((answer.len() >= end + 4 + length).then_some(status))
}

/// Latencies, and what went wrong.
async fn work(
    address: String,
    what: String,
    number: usize,
    seconds: f64,
) -> Result<Vec<Duration>, Failure> {
    let mut connection = Connection::open(&address).await?;
    let ready = what.strip_prefix('@').map(std::fs::read).transpose()?;
    let (clock, mut took) = (Clock::system(), Vec::new());
    while clock.monotonic().as_secs_f64() < seconds {
        let nonce = format!("{}-{number}-{}", std::process::id(), took.len());
        let target = if what.starts_with(['/', '@']) {
            what.clone()
        } else {
            signed(&what, &nonce)
        };
        let begun = clock.monotonic();
        match &ready {
            Some(request) => connection.exchange(request).await?,
            None => connection.call(&target).await?,
        }
        took.push(clock.monotonic() - begun);
    }
    Ok(took)
}

/// The processor time of a process, in seconds.
fn cpu(pid: &str) -> Result<f64, Failure> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no stat")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
    Ok(ticks / TICKS)
}

async fn measure(
    address: &str,
    what: &str,
    connections: usize,
    seconds: f64,
    pid: &str,
) -> Result<(), Failure> {
    let (clock, before) = (Clock::system(), cpu(pid)?);
    let tasks: Vec<_> = (0..connections)
        .map(|number| tokio::spawn(work(address.to_owned(), what.to_owned(), number, seconds)))
        .collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await??);
    }
    let (elapsed, used) = (clock.monotonic().as_secs_f64(), cpu(pid)? - before);
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
    let row = json!({
        "ops_s": took.len() as f64 / elapsed,
        "p50_us": at(0.5),
        "p99_us": at(0.99),
        "server_cpu_us_op": used * 1e6 / took.len() as f64,
        "errors": 0,
    });
    println!("{row}");
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        [address, "prepare"] => {
            Connection::open(address)
                .await?
                .call(&signed("CreateRole", "0"))
                .await
        }
        [address, what, connections, seconds, pid] => {
            measure(address, what, connections.parse()?, seconds.parse()?, pid).await
        }
        _ => Err("usage: rpc_load ADDRESS prepare | ADDRESS WHAT CONNECTIONS SECONDS PID".into()),
    }
}
