//! Runtimes turn functions into instances, and instances answer invocations.

pub(crate) mod bootstrap;
pub(crate) mod custom;
pub(crate) mod environment;
pub(crate) mod frames;
pub(crate) mod instance;
pub(crate) mod interpreter;
pub(crate) mod output;
pub(crate) mod packages;
pub(crate) mod places;
pub(crate) mod python;
pub(crate) mod tenant;

use std::fmt;
use std::io;
use std::path::PathBuf;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Function, Hook, Invocation, Launch, Outcome};

/// Starts instances of functions.
#[async_trait]
pub trait Runtime: fmt::Debug + Send + Sync {
    /// Starts an instance: a process that is ready for its first invocation. The handler's module is not imported
    /// yet; that is part of the first invocation, and of its time.
    async fn start(
        &self,
        function: &Function,
        launch: &Launch,
    ) -> Result<Box<dyn Instance>, StartError>;
}

/// One running instance, one request at a time. Dropping it kills everything that it runs.
#[async_trait]
pub trait Instance: fmt::Debug + Send {
    /// Runs one request. Never fails: what goes wrong is part of the outcome. When the future is dropped before its
    /// end, the instance is of no further use and should be dropped too.
    async fn invoke(&mut self, invocation: Invocation) -> Outcome;

    /// Runs the program of a stage of its life, with the id and the keys of `invocation`. `Err` has the outcome of a
    /// stage that failed; after that the instance is of no further use.
    async fn pass(
        &mut self,
        stage: Stage,
        hook: &Hook,
        invocation: &Invocation,
    ) -> Result<(), Outcome>;

    /// Makes sure, after the initializer, that it is fit for requests, and goes on looking where the function says so.
    async fn settle(&mut self) -> Result<(), StartError> {
        Ok(())
    }

    /// Takes what was written since the last request, its stages included.
    fn take_log(&mut self) -> Bytes;

    /// Another handle on the same instance, for one that takes several requests at a time. None for all others. The
    /// instance lives until the last handle is dropped.
    fn another(&self) -> Option<Box<dyn Instance>> {
        None
    }

    /// Stops all its threads and processes until [`Instance::thaw`], as the cloud does between requests. It is not to
    /// be used before.
    fn freeze(&mut self);

    /// Lets a frozen instance go on. Does nothing to one that runs.
    fn thaw(&mut self);

    /// Whether it can take another request. Not after a timeout, an exit, or an invocation that was dropped.
    fn is_alive(&self) -> bool;
}

/// A point in an instance's life at which a program of the function may run (`spec/fc.md` §1.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Before the first request.
    Initialize,
    /// Before it is frozen.
    PreFreeze,
    /// Before it ends.
    PreStop,
}

impl Stage {
    /// What the lines of the log call it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Initialize => "Initialize",
            Self::PreFreeze => "PreFreeze",
            Self::PreStop => "PreStop",
        }
    }
}

/// Starts an instance, runs one request and ends the instance, its process group included.
pub async fn invoke_once(
    runtime: &dyn Runtime,
    function: &Function,
    launch: &Launch,
    invocation: Invocation,
) -> Result<Outcome, StartError> {
    let mut instance = runtime.start(function, launch).await?;
    instance.settle().await?;
    Ok(instance.invoke(invocation).await)
}

/// Why an instance could not be started.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The code of the function cannot be read.
    Code {
        /// The directory or file that was given.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The process could not be created.
    Spawn(io::Error),
    /// The program of a custom runtime did not get ready, by its own fault.
    NotStarted(NotStarted),
    /// The process did not get ready; with what it printed.
    NotReady {
        /// Why we gave up.
        reason: String,
        /// What it printed until then.
        output: String,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code { path, source } => {
                write!(f, "cannot read the code at `{}`: {source}", path.display())
            }
            Self::Spawn(source) => write!(f, "cannot start the runtime's process: {source}"),
            Self::NotStarted(refused) => f.write_str(&refused.message),
            Self::NotReady { reason, output } if output.is_empty() => {
                write!(f, "the runtime's process did not get ready: {reason}")
            }
            Self::NotReady { reason, output } => {
                write!(
                    f,
                    "the runtime's process did not get ready: {reason}; it printed:\n{output}"
                )
            }
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Code { source, .. } | Self::Spawn(source) => Some(source),
            Self::NotReady { .. } | Self::NotStarted(_) => None,
        }
    }
}

/// Why a program did not get ready, in the words of the cloud.
#[derive(Debug)]
pub struct NotStarted {
    /// Which kind of failure.
    pub code: StartCode,
    /// The sentence for the caller; the log follows it where there is one.
    pub message: String,
}

impl NotStarted {
    /// The log that explains it.
    pub(crate) fn with_log(mut self, log: &str) -> Self {
        if !log.is_empty() {
            self.message.push_str("\nLogs:\n");
            self.message.push_str(log.trim_end());
        }
        self
    }
}

impl From<NotStarted> for StartError {
    fn from(refused: NotStarted) -> Self {
        Self::NotStarted(refused)
    }
}

/// The wire codes of programs that do not start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartCode {
    /// Its server does not answer.
    NotStarted,
    /// It has ended.
    Exited,
    /// Its file is not there.
    FileNotFound,
    /// Its file cannot be executed.
    FilePermission,
}
