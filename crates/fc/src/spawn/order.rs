//! What a launcher is told: everything about the process that it is to become.

use std::ffi::OsString;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What a launcher can do before it knows what it is to become.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Preparation {
    /// Files `cgroup.procs` of the groups that limit it.
    pub(crate) groups: Vec<PathBuf>,
}

/// What to start. The environment is complete: nothing is inherited.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Order {
    /// Empty for a trial: everything is done but starting it.
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) directory: PathBuf,
    /// The most private memory of one process, in bytes.
    pub(crate) data_limit: Option<u64>,
    /// How many processes and threads there may be, where only the namespace can count them.
    pub(crate) process_limit: Option<u64>,
    pub(crate) walls: Option<Walls>,
    /// What it needs to read besides its own directory and the system, where there are no walls to show it.
    #[serde(skip)]
    pub(crate) shows: Vec<PathBuf>,
    /// What of the file system it can use at all.
    pub(crate) fence: Option<Fence>,
    /// Whether system calls that no handler needs are refused.
    pub(crate) filtered: bool,
    /// Whom it becomes, in the group of the same number. Else it stays who we are.
    pub(crate) user: Option<u32>,
    /// Whether the program gets no control channel: one that does not know of us.
    pub(crate) stranger: bool,
}

impl Order {
    /// Whether everything is to be done but starting a program.
    pub(crate) fn is_trial(&self) -> bool {
        self.program.as_os_str().is_empty()
    }
}

/// What can be used of the file system, with all that is below. What is not there does not matter.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Fence {
    pub(crate) readable: Vec<PathBuf>,
    pub(crate) devices: Vec<PathBuf>,
    pub(crate) writable: Vec<PathBuf>,
}

/// Namespaces of its own, and what is to be seen in them.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Walls {
    /// An empty directory that becomes the root.
    pub(crate) root: PathBuf,
    /// In the order in which they are made.
    pub(crate) mounts: Vec<Mount>,
    pub(crate) host_name: String,
    /// A network of its own; else it has the host's.
    pub(crate) network: Option<NetworkOrder>,
}

/// A network with nothing in it but ports that lead to the host, and a name server.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct NetworkOrder {
    /// On 127.0.0.1, over TCP.
    pub(crate) ports: Vec<u16>,
}

/// One thing to be seen.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Mount {
    /// A path of the host at its own place, read-only; a link stays a link. Nothing if it is not there.
    System(PathBuf),
    /// A path of the host at another place.
    Bind {
        source: PathBuf,
        target: PathBuf,
        writable: bool,
    },
    /// A directory of the host that takes changes aside.
    Overlay {
        lower: PathBuf,
        upper: PathBuf,
        work: PathBuf,
        target: PathBuf,
    },
    /// The processes of the namespace at `/proc`, and the harmless devices at `/dev`.
    Machine,
}
