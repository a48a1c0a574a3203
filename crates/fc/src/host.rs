//! Where functions run: what the control plane asks.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tempfile::TempDir;

use crate::{Function, Invocation, Logs, Outcome, Runtime, StartError};

/// Which state of which function. Two revisions that have the same key run the same code with the same settings.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RevisionKey {
    /// The main account's uid.
    pub account: Arc<str>,
    /// Such as `cn-hangzhou`.
    pub region: Arc<str>,
    /// The service of FC 2.0; none in FC 3.0.
    pub service: Option<Arc<str>>,
    /// The function's name.
    pub function: Arc<str>,
    /// The version or alias as the request names it, `LATEST` without one.
    pub qualifier: Arc<str>,
    /// Grows with every change to code or settings, of the service too, and never comes back: not even for a later
    /// function of the same name.
    pub revision: u64,
}

impl RevisionKey {
    /// Whether both are states of one function, whatever the qualifier.
    pub fn is_same_function(&self, other: &Self) -> bool {
        self.account == other.account
            && self.region == other.region
            && self.service == other.service
            && self.function == other.function
    }
}

/// A program that runs at one point of an instance's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// `file.function`, as of a function.
    pub handler: String,
    /// Seconds: 1–300 for the initializer, 1–90 for the others.
    pub timeout: u64,
}

/// A state of a function that can be run. Its code stays unpacked for as long as anybody holds the revision, so an
/// instance keeps it for its life.
#[derive(Debug)]
pub struct Revision {
    /// Which one it is.
    pub key: RevisionKey,
    /// Code and settings. [`Function::code`] is the unpacked package: shared by all instances, to be read only.
    pub function: Function,
    /// Runs once in an instance, before its first request.
    pub initializer: Option<Hook>,
    /// Runs before an instance ends.
    pub pre_stop: Option<Hook>,
    /// Runs before an instance is frozen (FC 2.0).
    pub pre_freeze: Option<Hook>,
    /// How many requests an instance takes at a time: 1, or up to 200 for custom runtimes.
    pub instance_concurrency: u32,
    /// The folders with the code and the layers, removed with the revision.
    pub(crate) _unpacked: Vec<TempDir>,
}

impl Revision {
    /// A revision of code that lies in a folder which outlives it, without hooks.
    pub fn of_folder(key: RevisionKey, function: Function) -> Self {
        Self {
            key,
            function,
            initializer: None,
            pre_stop: None,
            pre_freeze: None,
            instance_concurrency: 1,
            _unpacked: Vec::new(),
        }
    }
}

/// An instance that lives.
#[derive(Debug, Clone)]
pub struct InstanceReport {
    /// What it runs.
    pub key: RevisionKey,
    /// The published version, empty for what is not published.
    pub version_id: String,
    /// Its name; empty while it starts.
    pub id: String,
    /// How long it has lived.
    pub age: Duration,
}

/// How one request to a function ended, and where.
#[derive(Debug, Clone)]
pub struct Invoked {
    /// What came of it.
    pub outcome: Outcome,
    /// The instance that had it: `X-Fc-Instance-Id`.
    pub instance_id: String,
}

/// Runs functions.
#[async_trait]
pub trait Host: fmt::Debug + Send + Sync + 'static {
    /// Runs one request. What goes wrong inside the function is part of the outcome.
    ///
    /// When the future is dropped the caller has gone: the invocation is cancelled, and its instance is not used again.
    async fn invoke(
        &self,
        revision: &Arc<Revision>,
        invocation: Invocation,
    ) -> Result<Invoked, HostError>;

    /// Says that requests with this key, or an older one of the same function, no longer come, because the function
    /// was changed or deleted. Those under way go on to their end.
    fn retire(&self, _key: &RevisionKey) {}

    /// Says how many instances of these are held on to although nobody asks for them, and of no others.
    fn hold(&self, _held: Vec<(RevisionKey, usize)>) {}

    /// Starts an instance, with its initializer, that waits for a request. The inner error is the outcome of an initializer
    /// that failed.
    async fn provide(
        &self,
        _revision: &Arc<Revision>,
        _invocation: Invocation,
    ) -> Result<Result<(), Invoked>, HostError> {
        let why = "this host keeps no instances".to_owned();
        Err(HostError::Exhausted(why))
    }

    /// Where it keeps what hooks have logged that run outside of requests.
    fn logs(&self) -> Arc<Logs> {
        Arc::default()
    }

    /// The instances that live, in the order in which they came.
    fn instances(&self) -> Vec<InstanceReport> {
        Vec::new()
    }

    /// Takes no more requests, ends what waits for one, and returns when no instance lives any more.
    async fn shutdown(&self) {}
}

/// Why a request did not get to the function.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum HostError {
    /// As many instances run as may: `ResourceExhausted`. The text says which limit.
    Exhausted(String),
    /// There is nothing that could run this runtime. The text names the runtime and what to do.
    NoRuntime(String),
    /// An instance could not be started.
    Start(Arc<StartError>),
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exhausted(text) | Self::NoRuntime(text) => f.write_str(text),
            Self::Start(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for HostError {}

/// Finds what runs a function. An interpreter is looked for when the first function asks for one.
#[async_trait]
pub trait Runtimes: fmt::Debug + Send + Sync + 'static {
    /// The runtime of this function. The error is a sentence that names the runtime and says what to do.
    async fn of(&self, function: &Function) -> Result<Arc<dyn Runtime>, String>;
}

/// `c-<8 hex>-<8 hex>-<12 hex>` of the request that started the instance: request ids are unique.
pub(crate) fn instance_id(request_id: &str) -> String {
    let mut hex = request_id.bytes().filter(u8::is_ascii_hexdigit);
    let mut take = |n: usize| -> String {
        let digits = hex.by_ref().take(n);
        digits.map(|b| char::from(b.to_ascii_lowercase())).collect()
    };
    // The first group of an id in the form of FC 3.0 is always `1`.
    let (first, second, third) = (take(8), take(8), take(12));
    format!("c-{first}-{second}-{third}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_named_after_its_request() {
        assert_eq!(
            instance_id("1-5f9e8a1b-0c2d3e4f-112233445566"),
            "c-15f9e8a1-b0c2d3e4-f11223344556"
        );
    }
}
