//! Function Compute: runtimes, and the control plane to come.
//!
//! What exists today is the runtime host: it starts one operating system process per function instance and passes it
//! one request at a time. [`PythonRuntime`] starts instances of Python functions, [`Pool`] keeps them warm between
//! requests, and [`invoke_once`] runs a single request the way `localyun invoke` does.
//!
//! # What is isolated, and what is not
//!
//! An instance has its own session and process group, an empty environment plus the variables that the cloud gives,
//! no descriptor of the host, and a private scratch directory (`HOME` and `TMPDIR`). When an invocation times out, or
//! the instance is dropped, the whole process group is killed.
//!
//! These are *not* boundaries, and nothing here claims that they are:
//!
//! * The file system is the host's: a handler reads and writes what the user of this program can. The code directory
//!   is used in place, and `/tmp` is shared.
//! * A child that calls `setsid` leaves the group and survives. So do the children of a handler when this program
//!   is killed with `SIGKILL`; the handler's own process dies even then.
//! * Host names lead to the emulator inside the handler's Python process. Its children only inherit proxy variables,
//!   and lose them when they are given an environment of their own; code that makes system calls itself, or uses
//!   `_socket`, is not held back.
//! * The memory size of a function is told to the handler and reported, but not enforced.

mod function;
mod host;
mod invocation;
mod launch;
mod outcome;
mod pool;
mod runtime;
mod spawn;
mod stopwatch;

pub use function::{Function, RuntimeName, UnknownRuntime};
pub use host::{Hook, Host, HostError, Invoked, OneShot, Revision, RevisionKey, Runtimes};
pub use invocation::{Credentials, Invocation, Tracing};
pub use launch::{Launch, Network};
pub use outcome::{ErrorKind, Outcome};
pub use pool::{Pool, PoolLimits, PoolReport};
pub use runtime::interpreter::{HostEnvironment, Interpreter, InterpreterError};
pub use runtime::packages::{OSS2_VERSION, PackagesError, prepare_oss2};
pub use runtime::python::PythonRuntime;
pub use runtime::{Instance, Runtime, Stage, StartError, invoke_once};
