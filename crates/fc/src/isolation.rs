//! What keeps instances apart from the machine and from each other, as far as this machine allows.

mod rooms;
mod strict;

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use crate::isolation::rooms::copy_settings;
use crate::isolation::strict::{Locks, Users};
use crate::limits::{Limits, MemoryLimit, Most, PROCESSES};
use crate::spawn::{Launcher, NetworkOrder, Order, Spawner, Started, TRIAL_PASSED};

pub(crate) use rooms::{Rooms, Scratch, readable_directory};

/// What the processes of a trial may use, in bytes: enough.
const TRIAL_MEMORY: u64 = 128 << 20;
/// How long the trial of the walls may take.
const TRIAL_PATIENCE: Duration = Duration::from_secs(10);

/// How much an instance is kept from the machine (`spec/fc.md` §6.5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SandboxLevel {
    /// A process group, limits, a clean environment and directories of its own.
    None,
    /// Namespaces of its own where the machine allows them, else as [`SandboxLevel::None`].
    #[default]
    Auto,
    /// As [`SandboxLevel::Auto`], with a network of its own in which there is nothing but the emulator, a second rule of
    /// what can be used of the file system, a filter of system calls and, where this program is root, a user of its own.
    /// What of that the machine does not allow is left out and [said](IsolationReport::reason).
    Strict,
}

impl SandboxLevel {
    /// Its name on the command line and in health.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Auto => "auto",
            Self::Strict => "strict",
        }
    }
}

impl fmt::Display for SandboxLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SandboxLevel {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "none" => Ok(Self::None),
            "auto" => Ok(Self::Auto),
            "strict" => Ok(Self::Strict),
            other => Err(format!(
                "`{other}` is no sandbox level; they are none, auto and strict"
            )),
        }
    }
}

/// What is really active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IsolationReport {
    /// The level in force.
    pub level: SandboxLevel,
    /// Why it is less than was asked for.
    pub reason: Option<String>,
    /// How the memory of an instance is limited.
    pub memory: MemoryLimit,
    /// Whether the number of an instance's processes is limited.
    pub processes: bool,
    /// Whether an instance can have a network of its own. Those of custom runtimes have it then, and where `strict` was
    /// asked for, all.
    pub own_network: bool,
    /// Whether Landlock says once more what an instance can use of the file system.
    pub file_rules: bool,
    /// Whether system calls that no function needs are refused.
    pub call_filter: bool,
    /// Whether an instance is a user of its own.
    pub own_user: bool,
}

/// Starts processes for instances, apart from each other. What the machine allows is found out when that is first asked
/// for.
#[derive(Debug)]
pub struct Isolation {
    launcher: Launcher,
    wanted: SandboxLevel,
    machine: OnceCell<Machine>,
}

impl Isolation {
    /// Nothing is started yet.
    pub fn new(launcher: Launcher, wanted: SandboxLevel) -> Self {
        Self {
            launcher,
            wanted,
            machine: OnceCell::new(),
        }
    }

    /// What is active on this machine. Errors are those of starting a thread or making a temporary directory.
    pub async fn report(&self) -> io::Result<IsolationReport> {
        Ok(self.machine().await?.report())
    }

    /// The level that was asked for.
    pub fn wanted(&self) -> SandboxLevel {
        self.wanted
    }

    /// What is active, if anybody has asked for it yet.
    pub fn known(&self) -> Option<IsolationReport> {
        self.machine.get().map(Machine::report)
    }

    /// Whether a process of a function lives, or may live.
    pub fn is_used(&self) -> bool {
        let machine = self.machine.get();
        machine.is_some_and(|machine| machine.spawner.is_used())
    }

    /// Whether a process of a function has the socket with this inode open. So it is said too of one that hides what it
    /// has open, and of a socket that was closed (inode 0), which shows nobody. Reads `/proc`, which takes a moment for
    /// each process.
    pub fn holds_socket(&self, inode: u64) -> bool {
        let machine = self.machine.get();
        machine.is_some_and(|machine| machine.spawner.holds_socket(inode))
    }

    /// What this machine allows. The first call tries it, and says in the log what is active.
    pub(crate) async fn machine(&self) -> io::Result<&Machine> {
        let explore = || Machine::explore(self.launcher.clone(), self.wanted);
        self.machine.get_or_try_init(explore).await
    }
}

/// What a machine allows, and what uses it.
#[derive(Debug)]
pub(crate) struct Machine {
    // First: its thread removes what the limits of instances leave.
    spawner: Spawner,
    limits: Arc<Limits>,
    level: SandboxLevel,
    reason: Option<String>,
    /// Whether a directory can take changes aside; else it is copied.
    overlays: bool,
    /// What instances see as `/etc`: one mount instead of two dozen.
    settings: TempDir,
    /// Whether an instance can have a network of its own.
    networks: bool,
    /// Of `/etc`, what is different in a network of its own.
    names: TempDir,
    /// Whether all that can have one are to have a network of their own.
    parts_all: bool,
    locks: Locks,
    users: Users,
}

/// What programs have to know to ask the name server of a network of their own.
const NAMES: [(&str, &str); 3] = [
    ("hosts", "127.0.0.1 localhost\n::1 localhost\n"),
    (
        "nsswitch.conf",
        "passwd: files\ngroup: files\nhosts: files dns\nservices: files\n",
    ),
    ("resolv.conf", "nameserver 127.0.0.1\n"),
];

/// What a trial tries besides namespaces, in the order of trials.
const TRIALS: [(bool, bool); 4] = [(true, true), (true, false), (false, true), (false, false)];

impl Machine {
    async fn explore(launcher: Launcher, wanted: SandboxLevel) -> io::Result<Self> {
        let limits = Arc::new(Limits::detect());
        let mut this = Self {
            spawner: Spawner::new(launcher, Arc::clone(&limits))?,
            limits,
            level: SandboxLevel::None,
            reason: None,
            overlays: false,
            settings: readable_directory()?,
            networks: false,
            names: readable_directory()?,
            parts_all: wanted == SandboxLevel::Strict,
            locks: Locks::default(),
            users: Users::default(),
        };
        if wanted != SandboxLevel::None {
            this.furnish()?;
            for (overlays, networks) in TRIALS {
                match this
                    .trial(Some((overlays, networks)), Locks::default())
                    .await
                {
                    Ok(()) => {
                        this.level = SandboxLevel::Auto;
                        (this.overlays, this.networks) = (overlays, networks);
                        this.reason = None;
                        break;
                    }
                    Err(reason) => this.reason = Some(reason),
                }
            }
        }
        if wanted == SandboxLevel::Strict {
            this.lock().await;
        }
        let (level, memory) = (this.level.as_str(), this.limits.active().to_string());
        let (reason, own_network) = (this.reason.as_deref(), this.networks);
        tracing::info!(level, memory, own_network, reason, "functions are isolated");
        Ok(this)
    }

    fn report(&self) -> IsolationReport {
        let walls = self.level != SandboxLevel::None;
        IsolationReport {
            level: self.level,
            reason: self.reason.clone(),
            memory: self.limits.active(),
            processes: self.limits.counts_processes() || walls,
            own_network: self.has_networks(),
            file_rules: self.locks.files,
            call_filter: self.locks.calls,
            own_user: self.locks.users,
        }
    }

    /// Writes what instances see of `/etc`.
    fn furnish(&self) -> io::Result<()> {
        copy_settings(self.settings.path());
        for (name, text) in NAMES {
            fs::write(self.names.path().join(name), text)?;
            // A place to put it, where the machine has none.
            let place = self.settings.path().join(name);
            File::options().create(true).append(true).open(place)?;
        }
        Ok(())
    }

    /// Builds walls, which may need overlays and a network of their own, and locks once, with nobody in them. `Err` says
    /// what is not allowed.
    async fn trial(&self, walls: Option<(bool, bool)>, locks: Locks) -> Result<(), String> {
        let scratch = Scratch::new().map_err(|error| error.to_string())?;
        let rooms = || Rooms::new(&scratch, self.settings.path());
        let rooms = walls.map(|_| rooms()).transpose();
        let mut rooms = rooms.map_err(|error| error.to_string())?;
        if let (Some((overlay, network)), Some(rooms)) = (walls, &mut rooms) {
            if overlay {
                rooms
                    .overlay(scratch.path(), "/code".as_ref())
                    .map_err(|error| error.to_string())?;
            }
            if network {
                self.part(rooms, NetworkOrder::default());
            }
        }
        let mut order = Order::default();
        let _user = locks
            .lock_up(&self.users, &mut order, &scratch, rooms.as_ref())
            .map_err(|error| error.to_string())?;
        order.walls = rooms.map(|rooms| rooms.walls("trial"));
        let most = Most {
            memory: TRIAL_MEMORY,
            walled: true,
        };
        let started = self.spawner.spawn(order, most).await;
        let Started {
            process,
            output,
            network: _network,
            ..
        } = started.map_err(|error| error.to_string())?;
        if timeout(TRIAL_PATIENCE, process.died()).await.is_err() {
            return Err("it took too long to make namespaces".into());
        }
        let mut said = String::new();
        let mut output = output.take(4096);
        // The process has ended, so this does.
        output
            .read_to_string(&mut said)
            .map_err(|error| error.to_string())?;
        let said = said.trim();
        if said == TRIAL_PASSED {
            Ok(())
        } else {
            Err(said.trim_start_matches("localyun: ").to_owned())
        }
    }

    /// Starts a program in `rooms`, or without them at level `none`.
    pub(crate) async fn start(
        &self,
        mut order: Order,
        scratch: &Scratch,
        rooms: Option<Rooms>,
        memory: u64,
    ) -> io::Result<Started> {
        let walled = rooms.is_some();
        if self.limits.active() == MemoryLimit::Polling {
            order.data_limit = Some(4 * memory + (512 << 20));
        }
        if !self.limits.counts_processes() {
            order.process_limit = Some(PROCESSES);
        }
        let user = self
            .locks
            .lock_up(&self.users, &mut order, scratch, rooms.as_ref())?;
        order.walls = rooms.map(|rooms| rooms.walls("localhost"));
        let mut started = self.spawner.spawn(order, Most { memory, walled }).await?;
        started.process.keep(Box::new(user));
        Ok(started)
    }

    /// Rooms in `scratch`, at a level that has any.
    pub(crate) fn rooms(&self, scratch: &Scratch) -> io::Result<Option<Rooms>> {
        (self.level != SandboxLevel::None)
            .then(|| Rooms::new(scratch, self.settings.path()))
            .transpose()
    }

    /// Gives rooms a network of their own, where the machine [has any](Self::has_networks). What becomes of it comes as
    /// [`Started::network`], which [`InnerNetwork::enter`](crate::inner_network::InnerNetwork::enter) takes.
    pub(crate) fn part(&self, rooms: &mut Rooms, network: NetworkOrder) {
        for (name, _) in NAMES {
            let place = Path::new("/etc").join(name);
            rooms.bind(&self.names.path().join(name), &place, false);
        }
        rooms.network = Some(network);
    }

    /// Whether an instance can have a network of its own.
    pub(crate) fn has_networks(&self) -> bool {
        self.networks
    }

    /// Whether an instance that need not have a network of its own is to have one all the same.
    pub(crate) fn parts_all(&self) -> bool {
        self.parts_all && self.networks
    }

    /// Whether a directory can take changes aside. Where instances have users of their own it has to be theirs, so it is
    /// copied.
    pub(crate) fn has_overlays(&self) -> bool {
        self.overlays && !self.locks.users
    }

    /// Whether instances can share a directory that they write to.
    pub(crate) fn can_share(&self) -> bool {
        !self.locks.users
    }
}
