//! Function Compute: the control plane, and the runtimes.
//!
//! The control plane ([`Fc`]) is one model of functions behind three doors, the generations of the API
//! ([`Generation`]). A request comes in through [`gateway::serve()`]: `route` says which operation it means, `locate` whose
//! resource it is aimed at, and the operation (`ops`) does the rest, over the rows that `rows` describes. What settings a
//! resource may have is in tables (`settings`); code packages are checked when they come in (`packages`, `package`) and
//! unpacked when they are first run (`revisions`).
//!
//! The runtime host starts one operating system process per function instance and passes it one request at a time
//! ([`Host`]). [`PythonRuntime`] starts instances of Python functions, [`CustomRuntime`] programs in any language;
//! [`Pool`] keeps them warm between requests, and [`invoke_once`] runs a single request the way `localyun invoke` does.
//!
//! # What is isolated, and what is not
//!
//! Always: an instance has its own session and process group, an empty environment plus the variables that the cloud
//! gives, no descriptor of the host, a private directory for `HOME` and `TMPDIR`, and its code as a copy or behind a
//! layer that takes its changes. Its end kills its group. Memory, processes and descriptors are limited
//! ([`IsolationReport::memory`] says by what means); where control groups do it, they also find whoever fled the group.
//!
//! At level [`SandboxLevel::Auto`], where the machine allows namespaces to users, also:
//!
//! * Process numbers, shared memory and the host's name are its own. It sees and can signal its own processes only, and
//!   all of them die with it, whatever they did to get away.
//! * The file system is `/code`, `/opt`, `/tmp`, its own `/proc`, a few devices, the interpreter, and of the host `/usr`,
//!   `/bin`, `/lib` and the harmless part of `/etc`, read-only. Homes, `/var`, `/run` and `/sys` are not there.
//! * It is root as in the cloud, which is the user of this program without any capability, and cannot gain one.
//! * A program of a custom runtime has a network of its own, where the machine allows that too
//!   ([`IsolationReport::own_network`]): a loopback interface, some ports of which lead to the emulator. All of
//!   `aliyuncs.com` is there by name. Nothing else is, the host's loopback and abstract sockets included. With
//!   [`Network::allow_other_hosts`] it has the host's network instead.
//!
//! At level [`SandboxLevel::Strict`] also, each as far as the machine allows it:
//!
//! * Its network has nothing in it but loopback, on which some ports and a name server lead to the emulator
//!   ([`IsolationReport::own_network`]). Neither the host's loopback nor its abstract sockets are there.
//! * System calls that attacks on a kernel begin with are refused: mounts, new namespaces, `ptrace`, `bpf`, keys, modules,
//!   `io_uring`, raw sockets and all families of sockets besides Unix, IP and routing ([`IsolationReport::call_filter`]).
//! * Landlock says once more what it can use of the file system ([`IsolationReport::file_rules`]).
//! * Where this program is root, each instance is a user of its own, 65000 to 65499, that nobody else is
//!   ([`IsolationReport::own_user`]). Its code is copied then.
//!
//! Without namespaces, as in most containers, what remains of `strict` is the last three, over the host's file system: the
//! instance reads the system, writes its own directory and, if it is a user of its own, `/tmp`, and has the host's network.
//!
//! [`Isolation::report`] says which level is active, and why if it is less than was asked for.
//!
//! These are *not* boundaries, and nothing here claims that they are:
//!
//! * The kernel is shared: this is not for code of strangers who attack it. Below `strict` there is no filter of system
//!   calls, and a handler may make namespaces of its own.
//! * Below `strict` the network of Python functions is the host's. Host names lead to the emulator inside the handler's
//!   Python process. Its children only
//!   inherit proxy variables, and lose them when they are given an environment of their own; code that makes system
//!   calls itself, or uses `_socket`, is not held back, neither from the host's loopback nor from abstract sockets. What
//!   the emulator does not answer to functions it refuses by the owner of the connection ([`Isolation::holds_socket`]),
//!   which is not seen of a process that got away without control groups, and not behind another program's proxy.
//! * The size of `/tmp` and the shares of processors are not limited.
//! * At level `none` the file system is the host's: a handler reads and writes what the user of this program can, `/tmp`
//!   is shared, and it can signal that user's processes. Without control groups a child that calls `setsid` survives the
//!   instance there, and when this program is killed with `SIGKILL`, so do all children of a handler, stopped if they
//!   were frozen; the handler's own process dies even then.
//! * Memory that is limited by polling is seen every 20 ms, while a request runs.
//! * In the host's network, programs of custom runtimes are led to the emulator by proxy variables only, and Node.js by a
//!   file that it loads; their servers can be reached by everybody on this machine. The interface for programs that ask for their requests is below a path
//!   that only they know.

mod acting;
mod aliases;
mod async_config;
mod blocking;
mod body;
mod concurrency;
mod configs;
mod custom_program;
mod destination;
mod etag;
mod fault;
mod function;
mod functions;
mod generation;
mod host;
mod ids;
mod inner_network;
mod instances;
mod invocation;
mod invoke;
mod isolation;
mod launch;
mod layers;
mod limits;
mod locate;
mod logs;
mod names;
mod ops;
mod outcome;
mod owned;
mod package;
mod packages;
mod page;
mod pool;
mod provision;
mod queue;
mod reply;
mod resolve;
mod restriction;
mod revisions;
mod roles;
mod route;
mod rows;
mod runtime;
mod service;
mod services;
mod settings;
mod show;
mod spawn;
mod stopwatch;
pub mod strangers;
mod tags;
mod tasks;
mod temporary;
mod throttle;
mod timers;
mod triggers;
mod unemulated;
mod versions;
mod web;
mod zone;

use std::sync::{Arc, OnceLock};

use gateway::{Directory, Objects};
use store::Store;

pub use custom_program::{CustomProgram, DEFAULT_PORT, HealthCheck};
pub use function::{Function, RuntimeName, UnknownRuntime, Withheld};
pub use generation::Generation;
pub use host::{Hook, Host, HostError, InstanceReport, Invoked, Revision, RevisionKey, Runtimes};
pub use invocation::{Credentials, Invocation, Tracing};
pub use isolation::{Isolation, IsolationReport, SandboxLevel};
pub use launch::{Launch, Network};
pub use limits::MemoryLimit;
pub use locate::Target;
pub use logs::{InvocationLog, Logs, LogsOf};
pub use outcome::{ErrorKind, Outcome};
pub use pool::{Pool, PoolLimits, PoolReport};
pub use queue::Due;
pub use reply::Reply;
pub use route::{Name, Route};
pub use runtime::custom::{CustomRuntime, Tool};
pub use runtime::interpreter::{HostEnvironment, Interpreter, InterpreterError};
pub use runtime::packages::{
    OSS2_VERSION, PackagesError, built_in_packages, install_built_in, prepare_oss2, with_built_in,
};
pub use runtime::python::PythonRuntime;
pub use runtime::{Instance, NotStarted, Runtime, Stage, StartCode, StartError, invoke_once};
pub use spawn::{Launcher, launch_if_asked};
pub use unemulated::{NOT_EMULATED, Unemulated};
pub use web::{HttpAnswer, HttpRequest};

/// The control plane: every function of one cloud.
#[derive(Debug)]
pub struct Fc {
    pub(crate) store: Store,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) objects: Arc<dyn Objects>,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) revisions: revisions::Revisions,
    /// What the last invocations have logged.
    pub logs: Arc<Logs>,
    pub(crate) watched: triggers::Watched,
    pub(crate) timers: timers::Timers,
    pub(crate) queue: queue::Queue,
    pub(crate) throttle: throttle::Throttle,
    pub(crate) provision: provision::Provision,
    pub(crate) ids: gateway::id::Ids,
    /// Where the server listens, once it does.
    pub(crate) port: OnceLock<u16>,
}

impl Fc {
    /// Its operations.
    pub const OPS: &'static [gateway::Op<Self>] = ops::ALL;

    /// The service over what `store` holds. Roles are of `directory`, packages can come from `objects`, and functions run
    /// in `host`.
    pub fn new(
        store: Store,
        directory: Arc<dyn Directory>,
        objects: Arc<dyn Objects>,
        host: Arc<dyn Host>,
    ) -> Self {
        Self {
            store,
            directory,
            objects,
            logs: host.logs(),
            host,
            revisions: revisions::Revisions::default(),
            watched: triggers::Watched::default(),
            timers: timers::Timers::default(),
            queue: queue::Queue::default(),
            throttle: throttle::Throttle::default(),
            provision: provision::Provision::default(),
            ids: gateway::id::Ids::new(),
            port: OnceLock::new(),
        }
    }

    /// Says at which port the server listens, for URLs that clients are told. Only the first time counts.
    pub fn listens_on(&self, port: u16) {
        self.port.get_or_init(|| port);
    }
}
