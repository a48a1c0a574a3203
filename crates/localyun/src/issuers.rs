//! Fetching what the issuers of OpenID Connect tokens publish: from this machine only, and over plain http.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use identity::oidc::Issuers;
use tokio::net::TcpStream;

/// How long an issuer may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest answer that is read, in bytes.
const MOST: usize = 256 << 10;

/// The issuers on this machine's loopback addresses. Nothing is looked up, and no redirection is followed, so nothing
/// else can be reached.
#[derive(Debug)]
pub(crate) struct Loopback;

#[async_trait]
impl Issuers for Loopback {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, String> {
        let uri: Uri = url.parse().map_err(|e| format!("{url}: {e}"))?;
        let address = address(&uri).ok_or_else(|| {
            format!(
                "{url} is not http on 127.0.0.1, [::1] or localhost, and nothing else is fetched"
            )
        })?;
        let fetched = tokio::time::timeout(PATIENCE, get(&uri, address)).await;
        let fetched = fetched.map_err(|_| format!("{url} did not answer in time"))?;
        fetched.map_err(|error| format!("{url}: {error}"))
    }
}

/// Where a URL leads, if it leads nowhere but to this machine.
fn address(uri: &Uri) -> Option<SocketAddr> {
    if uri.scheme_str() != Some("http") {
        return None;
    }
    let ip = match uri.host()? {
        "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        "[::1]" => IpAddr::V6(Ipv6Addr::LOCALHOST),
        host => host.parse().ok()?,
    };
    let port = uri.port_u16().unwrap_or(80);
    ip.is_loopback().then(|| SocketAddr::new(ip, port))
}

async fn get(
    uri: &Uri,
    address: SocketAddr,
) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let target = uri.path_and_query().map_or("/", |path| path.as_str());
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let request = Request::get(target)
        .header(header::HOST, host)
        .header(header::ACCEPT, "application/json")
        .body(Empty::<Bytes>::new())?;
    let exchange = async {
        let response = sender.send_request(request).await?;
        let status = response.status();
        if status != http::StatusCode::OK {
            return Err(format!("answers {status}").into());
        }
        let body = Limited::new(response.into_body(), MOST).collect().await?;
        Ok(body.to_bytes().to_vec())
    };
    // Whichever ends first: a connection that ends before its answer leaves the exchange with an error.
    let mut exchange = std::pin::pin!(exchange);
    tokio::select! {
        done = &mut exchange => done,
        _ = connection => exchange.await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_reached() {
        let leads = |url: &str| address(&url.parse().unwrap());
        assert_eq!(leads("http://127.0.0.1:80/x"), "127.0.0.1:80".parse().ok());
        assert_eq!(leads("http://127.9.9.9:1"), "127.9.9.9:1".parse().ok());
        assert_eq!(leads("http://[::1]:8/x"), "[::1]:8".parse().ok());
        assert_eq!(leads("http://localhost/x"), "127.0.0.1:80".parse().ok());
        for elsewhere in [
            "https://127.0.0.1/",
            "http://10.0.0.1/",
            "http://0.0.0.0/",
            "http://[::]/",
            "http://example.com/",
            "http://localhost.example.com/",
            "http://169.254.169.254/",
            "/x",
        ] {
            assert_eq!(leads(elsewhere), None, "{elsewhere}");
        }
    }

    #[tokio::test]
    async fn what_cannot_be_fetched_is_said() {
        let said = Loopback.fetch("https://idp.example.com/x").await;
        assert!(said.unwrap_err().contains("nothing else is fetched"));
        let said = Loopback.fetch("http://127.0.0.1:1/x").await;
        assert!(said.unwrap_err().starts_with("http://127.0.0.1:1/x: "));
    }
}
