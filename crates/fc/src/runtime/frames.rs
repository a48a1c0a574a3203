//! The language between the host and a process: `u32 header length, u32 body length`, big endian, then a JSON header
//! and a raw body. Every byte that comes in is a stranger's: the handler shares the descriptor with our bootstrap.

use std::fmt;
use std::io;

use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::web::kept;
use crate::{Credentials, HttpAnswer, HttpRequest, Tracing, Withheld};

/// The longest header that a process may send: that of an answer over HTTP, whose own headers the bootstrap limits.
const MAX_HEADER: u32 = 256 << 10;
/// The longest response: the cloud's limit of a synchronous invocation.
pub(crate) const MAX_BODY: u32 = 32 << 20;

/// What the host says.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Say<'a> {
    /// Once, before anything else.
    Init {
        function: &'a FunctionFacts<'a>,
        network: NetworkFacts,
        code: &'a str,
        /// Empty without layers.
        layers: &'a str,
        /// Folders in which modules are looked for, too.
        search: &'a [String],
        /// Folders that come behind the standard library.
        user_packages: &'a [String],
        pycache: &'a str,
        /// Where a debugger is waited for.
        debug: Option<u16>,
        withheld: Withheld,
    },
    /// One request; the event is the body.
    Invoke {
        request_id: &'a str,
        credentials: &'a Credentials,
        retry_count: u32,
        tracing: &'a Tracing,
    },
    /// One request over HTTP that the handler answers itself (WSGI); what it brings is the body.
    Http {
        request_id: &'a str,
        credentials: &'a Credentials,
        retry_count: u32,
        tracing: &'a Tracing,
        http: HttpFacts<'a>,
    },
    /// A program of another name than the handler, which gets the context only.
    Pass {
        request_id: &'a str,
        handler: &'a str,
        credentials: &'a Credentials,
        retry_count: u32,
        tracing: &'a Tracing,
    },
}

impl Say<'_> {
    /// The request that this is part of; empty for the first frame.
    pub(crate) fn request_id(&self) -> &str {
        match self {
            Self::Init { .. } => "",
            Self::Invoke { request_id, .. }
            | Self::Http { request_id, .. }
            | Self::Pass { request_id, .. } => request_id,
        }
    }
}

/// What the context is made of, apart from the request.
#[derive(Debug, Serialize)]
pub(crate) struct FunctionFacts<'a> {
    pub(crate) name: &'a str,
    pub(crate) handler: &'a str,
    pub(crate) memory: u32,
    pub(crate) timeout: u64,
    pub(crate) qualifier: &'a str,
    pub(crate) version_id: &'a str,
    /// The service of FC 2.0; empty in FC 3.0.
    pub(crate) service: &'a str,
    pub(crate) log_project: &'a str,
    pub(crate) log_store: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account_id: &'a str,
    /// `classic` or `reduced`.
    pub(crate) context: &'static str,
}

/// A request over HTTP, but for its body.
#[derive(Debug, Serialize)]
pub(crate) struct HttpFacts<'a> {
    method: &'a str,
    /// Such as `HTTP/1.1`.
    protocol: String,
    path: &'a str,
    query: &'a str,
    uri: &'a str,
    source: String,
    /// The values as Latin-1, which is how WSGI wants bytes.
    headers: Vec<(String, String)>,
}

impl<'a> HttpFacts<'a> {
    pub(crate) fn of(request: &'a HttpRequest) -> Self {
        Self {
            method: request.method.as_str(),
            protocol: format!("{:?}", request.version),
            path: &request.path,
            query: &request.query,
            uri: &request.uri,
            source: request.source.to_string(),
            headers: kept::pairs(&request.headers),
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct NetworkFacts {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The host and port that stand for the same.
    pub(crate) server: Option<(String, u16)>,
    pub(crate) allow_other_hosts: bool,
}

/// What a process may say.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Heard {
    /// It can take requests.
    Ready {},
    /// The end of the request `id`; the body is the answer.
    Result { id: String, form: Form },
    /// The end of the request `id` over HTTP, with the status and the headers of its answer.
    Answer {
        id: String,
        status: u16,
        headers: Vec<(String, String)>,
    },
}

/// The head of an answer that a process gave. `None` if it cannot be one.
pub(crate) fn answer(status: u16, headers: &[(String, String)]) -> Option<HttpAnswer> {
    Some(HttpAnswer {
        status: StatusCode::from_u16(status).ok()?,
        headers: kept::headers(headers)?,
    })
}

/// What a result's body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Form {
    /// The handler's text or bytes.
    Raw,
    /// Another value of the handler, as JSON.
    Json,
    /// The description of an error.
    Error,
}

/// Why the conversation cannot go on.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The other end is closed, or cannot be used.
    Gone(io::Error),
    /// A response above [`MAX_BODY`].
    TooLarge,
    /// Anything that our bootstrap never says.
    Nonsense(String),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone(source) => write!(f, "the control channel is closed ({source})"),
            Self::TooLarge => f.write_str("the response is larger than 32 MiB"),
            Self::Nonsense(what) => write!(f, "the process broke the protocol: {what}"),
        }
    }
}

impl From<io::Error> for Broken {
    fn from(source: io::Error) -> Self {
        Self::Gone(source)
    }
}

/// Sends one frame.
pub(crate) async fn say<W: AsyncWrite + Unpin>(
    to: &mut W,
    header: &Say<'_>,
    body: &[u8],
) -> Result<(), Broken> {
    let header = serde_json::to_vec(header).map_err(|error| Broken::Nonsense(error.to_string()))?;
    let too_long = |_| Broken::TooLarge;
    let mut start = Vec::with_capacity(8 + header.len());
    start.extend(u32::try_from(header.len()).map_err(too_long)?.to_be_bytes());
    start.extend(u32::try_from(body.len()).map_err(too_long)?.to_be_bytes());
    start.extend(header);
    to.write_all(&start).await?;
    to.write_all(body).await?;
    Ok(())
}

/// Receives one frame.
pub(crate) async fn hear<R: AsyncRead + Unpin>(from: &mut R) -> Result<(Heard, Bytes), Broken> {
    let header_length = from.read_u32().await?;
    let body_length = from.read_u32().await?;
    if header_length > MAX_HEADER {
        return Err(Broken::Nonsense(format!(
            "a header of {header_length} bytes"
        )));
    }
    let header = take(from, header_length).await?;
    let heard =
        serde_json::from_slice(&header).map_err(|error| Broken::Nonsense(error.to_string()))?;
    if body_length > MAX_BODY {
        return Err(Broken::TooLarge);
    }
    Ok((heard, take(from, body_length).await?.into()))
}

/// Reads exactly `length` bytes. Memory grows with what arrives, not with what was announced.
async fn take<R: AsyncRead + Unpin>(from: &mut R, length: u32) -> Result<Vec<u8>, Broken> {
    let mut bytes = Vec::with_capacity(length.min(64 << 10) as usize);
    from.take(length.into()).read_to_end(&mut bytes).await?;
    if bytes.len() < length as usize {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(header: &str, body: &[u8]) -> Vec<u8> {
        let mut bytes = (header.len() as u32).to_be_bytes().to_vec();
        bytes.extend((body.len() as u32).to_be_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(body);
        bytes
    }

    fn heard(bytes: &[u8]) -> Result<(Heard, Bytes), Broken> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(hear(&mut &bytes[..]))
    }

    #[test]
    fn a_result_is_read() {
        let (header, body) = heard(&frame(
            r#"{"kind":"result","id":"1-a","form":"raw"}"#,
            b"\0\xff",
        ))
        .unwrap();
        assert_eq!(
            header,
            Heard::Result {
                id: "1-a".into(),
                form: Form::Raw
            }
        );
        assert_eq!(body.as_ref(), b"\0\xff");
    }

    #[test]
    fn unknown_frames_fields_and_lengths_are_refused() {
        for header in [
            r#"{"kind":"surprise"}"#,
            r#"{"kind":"ready","more":1}"#,
            r#"{"kind":"result","id":"1","form":"odd"}"#,
            r#"{"kind":"result","form":"raw"}"#,
            "[]",
            "",
        ] {
            assert!(
                matches!(heard(&frame(header, b"")), Err(Broken::Nonsense(_))),
                "{header}"
            );
        }
        assert!(matches!(heard(&[0xff; 64]), Err(Broken::Nonsense(_))));
        let mut oversize = frame(r#"{"kind":"ready"}"#, b"");
        oversize[4..8].copy_from_slice(&(MAX_BODY + 1).to_be_bytes());
        assert!(matches!(heard(&oversize), Err(Broken::TooLarge)));
    }

    #[test]
    fn a_frame_that_ends_early_is_the_end_of_the_channel() {
        let whole = frame(r#"{"kind":"ready"}"#, b"body");
        for length in 0..whole.len() {
            assert!(
                matches!(heard(&whole[..length]), Err(Broken::Gone(_))),
                "{length}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            let _ = heard(&bytes);
        }
    }
}
