//! The proxy of functions: where a request that names a host leads, and the way out for those that may leave.
//!
//! Names of the cloud never lead out. Nor does what is refused because it is of this machine: through the proxy it would
//! come from us.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use gateway::host::{Endpoint, Family};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::Either;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::ext::ReasonPhrase;
use hyper_util::rt::TokioIo;
use identity::metadata::ADDRESS;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::desk::Answer;
use crate::dispatch::refuse;

/// How long another host may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(30);

/// What concerns one connection only (RFC 9110 §7.6.1), besides what `Connection` names.
const OF_ONE_CONNECTION: [HeaderName; 7] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// What is outside, and whether functions may go there.
#[derive(Debug)]
pub(super) struct Outside {
    /// Whether they may.
    pub(super) allowed: bool,
    /// Where this server listens.
    pub(super) own: Vec<SocketAddr>,
    /// Its further names.
    pub(super) names: Vec<String>,
}

/// Where the host of a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Part of the emulated cloud, or an address of this server.
    Inside,
    /// Another program of this machine.
    Beside,
    /// Another host.
    Elsewhere,
}

impl Outside {
    /// Answers what is not for this server, and for https whatever it is for. Gives everything else back.
    pub(super) async fn answer(
        &self,
        request: Request<Incoming>,
    ) -> Result<Answer, Request<Incoming>> {
        let tunnel = request.method() == Method::CONNECT;
        let Some(authority) = request.uri().authority().cloned() else {
            return Err(request);
        };
        let (status, text) = match self.place(&authority) {
            Place::Inside if tunnel => (StatusCode::NOT_IMPLEMENTED, no_https(&authority)),
            Place::Inside => return Err(request),
            Place::Beside => (StatusCode::FORBIDDEN, beside(&authority)),
            Place::Elsewhere if !self.allowed => (StatusCode::FORBIDDEN, no_way_out(&authority)),
            Place::Elsewhere => match self.leave(&authority, request).await {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    let text = format!("cannot ask `{authority}`: {error}");
                    (StatusCode::BAD_GATEWAY, text)
                }
            },
        };
        let text = format!("localyun: {text}");
        let mut answer = refuse(status, text.as_str());
        if tunnel && let Ok(reason) = ReasonPhrase::try_from(text.into_bytes()) {
            // Of a tunnel that is refused, clients show nothing else.
            answer.extensions_mut().insert(reason);
        }
        Ok(answer.map(Either::Left))
    }

    fn place(&self, authority: &Authority) -> Place {
        let host = authority.host().to_ascii_lowercase();
        let host = host.trim_end_matches('.');
        let cloud = [".aliyuncs.com", ".fcapp.run"];
        if host == "aliyuncs.com" || cloud.iter().any(|end| host.ends_with(end)) || host == ADDRESS
        {
            return Place::Inside;
        }
        let port = authority.port_u16().unwrap_or(80);
        let name = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(ip) = name.parse::<IpAddr>() {
            return self.place_of(SocketAddr::new(ip.to_canonical(), port));
        }
        let local = host == "localhost" || host.ends_with(".localhost");
        match Endpoint::read(host, &self.names).family {
            Family::Bare | Family::FcApp
                if !local || self.own.iter().any(|own| own.port() == port) =>
            {
                Place::Inside
            }
            Family::Bare | Family::FcApp => Place::Beside,
            _ => Place::Elsewhere,
        }
    }

    fn place_of(&self, address: SocketAddr) -> Place {
        let ip = address.ip();
        let is_own = |own: &SocketAddr| {
            own.port() == address.port() && (own.ip() == ip || own.ip().is_unspecified())
        };
        if self.own.iter().any(is_own) {
            return Place::Inside;
        }
        let near = match ip {
            IpAddr::V4(v4) => v4.is_link_local(),
            IpAddr::V6(v6) => v6.is_unicast_link_local(),
        };
        match near || ip.is_loopback() || ip.is_unspecified() {
            true => Place::Beside,
            false => Place::Elsewhere,
        }
    }

    async fn leave(
        &self,
        authority: &Authority,
        request: Request<Incoming>,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let default = match *request.method() == Method::CONNECT {
            true => 443,
            false => 80,
        };
        let port = authority.port_u16().unwrap_or(default);
        let reached = timeout(PATIENCE, self.connect(authority.host(), port)).await;
        let stream = reached.map_err(|_| format!("no answer in {PATIENCE:?}"))??;
        match *request.method() == Method::CONNECT {
            true => Ok(tunnel(request, stream)),
            false => forward(authority, request, stream).await,
        }
    }

    /// Connects to the first address of a host that is not on this machine.
    async fn connect(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let mut last = io::Error::other("its name leads to nothing outside of this machine");
        for address in lookup_host((name, port)).await? {
            let canonical = SocketAddr::new(address.ip().to_canonical(), port);
            let metadata = canonical.ip().to_string() == ADDRESS;
            if metadata || self.place_of(canonical) != Place::Elsewhere {
                continue;
            }
            match TcpStream::connect(canonical).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

fn no_https(authority: &Authority) -> String {
    format!(
        "https is not served yet, so {authority} is not answered; use an endpoint that begins with http://"
    )
}

fn no_way_out(authority: &Authority) -> String {
    format!(
        "`{authority}` is not part of the emulated cloud, and functions reach no other host; --allow-other-hosts, given \
         when the server starts, lets them"
    )
}

fn beside(authority: &Authority) -> String {
    format!("`{authority}` is on this machine, which functions ask without a proxy (no_proxy)")
}

/// Joins both ends for as long as they like.
fn tunnel(request: Request<Incoming>, mut stream: TcpStream) -> Answer {
    let upgrading = hyper::upgrade::on(request);
    tokio::spawn(async move {
        let joined = async {
            let mut own = TokioIo::new(upgrading.await.map_err(io::Error::other)?);
            copy_bidirectional(&mut own, &mut stream).await
        };
        if let Err(error) = joined.await {
            tracing::debug!(%error, "a tunnel of a function ended");
        }
    });
    Answer::new(Either::Left(gateway::ResponseBody::Empty))
}

/// Asks another host the same, and passes its answer on as it comes.
async fn forward(
    authority: &Authority,
    mut request: Request<Incoming>,
    stream: TcpStream,
) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = path.map_or_else(|| Uri::from_static("/"), Uri::from);
    let host = HeaderValue::from_str(authority.as_str())?;
    let headers = request.headers_mut();
    strip(headers);
    headers.insert(header::HOST, host);
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection for a function ended");
        }
    });
    let mut answer = sender.send_request(request).await?;
    strip(answer.headers_mut());
    Ok(answer.map(Either::Right))
}

fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|names| names.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    let further = ["keep-alive", "proxy-connection"].map(HeaderName::from_static);
    for name in named.iter().chain(&OF_ONE_CONNECTION).chain(&further) {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outside() -> Outside {
        Outside {
            allowed: true,
            own: vec![
                "127.0.0.1:4577".parse().unwrap(),
                "10.0.0.7:80".parse().unwrap(),
            ],
            names: vec!["localyun".to_owned()],
        }
    }

    #[test]
    fn a_host_has_its_place() {
        use Place::{Beside, Elsewhere, Inside};
        let outside = outside();
        for (host, place) in [
            ("oss-cn-hangzhou.aliyuncs.com", Inside),
            ("ECS.aliyuncs.com.:80", Inside),
            ("100.100.100.200", Inside),
            ("web-a.cn-hangzhou-vpc.fcapp.run", Inside),
            ("web-a.cn-hangzhou.fcapp.run.localhost:4577", Inside),
            ("web-a.cn-hangzhou.fcapp.run.localhost:4578", Beside),
            ("fcapp.run.example.com", Elsewhere),
            ("127.0.0.1:4577", Inside),
            ("[::ffff:127.0.0.1]:4577", Inside),
            ("10.0.0.7", Inside),
            ("localyun:9", Inside),
            ("bucket.localyun", Inside),
            ("localhost:4577", Inside),
            ("localhost:4578", Beside),
            ("127.0.0.1", Beside),
            ("[::1]:8080", Beside),
            ("0.0.0.0:8080", Beside),
            ("169.254.169.254", Beside),
            ("10.0.0.7:81", Elsewhere),
            ("example.com", Elsewhere),
            ("aliyuncs.com.example.com", Elsewhere),
        ] {
            let authority: Authority = host.parse().unwrap();
            assert_eq!(outside.place(&authority), place, "{host}");
        }
    }

    #[tokio::test]
    async fn a_name_of_this_machine_does_not_lead_out() {
        for (host, port) in [
            ("localhost", 9),
            ("127.0.0.1", 4577),
            ("100.100.100.200", 80),
        ] {
            let error = outside().connect(host, port).await.unwrap_err().to_string();
            assert!(error.contains("outside of this machine"), "{host}: {error}");
        }
    }

    #[test]
    fn what_concerns_one_connection_goes_no_further() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Own"),
            ("x-own", "1"),
            ("proxy-connection", "keep-alive"),
            ("proxy-authorization", "Basic x"),
            ("accept", "*/*"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        strip(&mut headers);
        let left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(left, ["accept"]);
    }
}
