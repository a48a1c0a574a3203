//! A failure as the caller will see it.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use http::{HeaderName, HeaderValue, StatusCode};

/// What may stand behind a fault: logged once, never shown.
pub type Source = Box<dyn StdError + Send + Sync>;

/// A failure on its way to the wire: status, code, EC, message and further elements.
///
/// Faults are made by one constructor function per wire code, in the `fault` module of the service. That is the
/// only place where the code's text stands.
pub struct Fault(Box<Inner>);

struct Inner {
    status: StatusCode,
    code: &'static str,
    ec: Option<&'static str>,
    message: Cow<'static, str>,
    details: Vec<Detail>,
    headers: Vec<(HeaderName, HeaderValue)>,
    source: Option<Source>,
}

/// A further element of an error body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// An element with text.
    Text(&'static str, String),
    /// An element with elements.
    Group(&'static str, Vec<(&'static str, String)>),
}

impl Fault {
    /// A fault with the HTTP status (a number known when the constructor is written), code and message.
    pub fn new(status: u16, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            code,
            ec: None,
            message: message.into(),
            details: Vec::new(),
            headers: Vec::new(),
            source: None,
        }))
    }

    /// Something of ours broke. What it was goes to the log, not to the caller.
    pub fn internal(source: impl Into<Source>) -> Self {
        Self::new(
            500,
            "InternalError",
            "We encountered an internal error. Please try again.",
        )
        .because(source)
    }

    /// Adds the vendor's fine-grained error code.
    #[must_use]
    pub fn ec(mut self, ec: &'static str) -> Self {
        self.0.ec = Some(ec);
        self
    }

    /// Adds an element to the error body, after those already there.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.details.push(Detail::Text(name, value.into()));
        self
    }

    /// Adds an element that holds elements.
    #[must_use]
    pub fn with_group(mut self, name: &'static str, parts: Vec<(&'static str, String)>) -> Self {
        self.0.details.push(Detail::Group(name, parts));
        self
    }

    /// Adds a response header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Replaces the message, where a product words a common failure its own way.
    #[must_use]
    pub fn message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.0.message = message.into();
        self
    }

    /// Keeps what stands behind the failure for the log.
    #[must_use]
    pub fn because(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The code on the wire, such as `NoSuchKey`.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The vendor's fine-grained error code, such as `0026-00000001`.
    pub fn ec_code(&self) -> Option<&'static str> {
        self.0.ec
    }

    /// The sentence on the wire.
    pub fn text(&self) -> &str {
        &self.0.message
    }

    /// Further elements of the body, in order.
    pub fn details(&self) -> &[Detail] {
        &self.0.details
    }

    /// Further response headers.
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.0.headers
    }

    /// What stands behind the failure.
    pub fn cause(&self) -> Option<&(dyn StdError + Send + Sync)> {
        self.0.source.as_deref()
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault")
            .field("status", &self.0.status.as_u16())
            .field("code", &self.0.code)
            .field("ec", &self.0.ec)
            .field("message", &self.0.message)
            .field("details", &self.0.details)
            .field("source", &self.0.source)
            .finish()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.message)
    }
}

impl StdError for Fault {}

impl From<store::Error> for Fault {
    fn from(error: store::Error) -> Self {
        Self::internal(error)
    }
}
