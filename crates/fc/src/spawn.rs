//! Starting processes, and making sure that they end. The one module with unsafe code.
//!
//! Every process is started by one thread that lives as long as any of them: the parent-death signal fires when the
//! *thread* that forked ends, not the process. The same thread collects processes that nobody waits for any more.

use std::ffi::OsString;
use std::fs;
use std::io::{self, PipeReader};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{
    Pid, PidfdFlags, Resource, Rlimit, Signal, WaitId, WaitIdOptions, getpid, getppid,
    kill_process_group, pidfd_open, set_parent_process_death_signal, setrlimit, setsid, waitid,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::oneshot;

/// The variable that tells a new process which descriptor is its control channel.
pub(crate) const CONTROL_VARIABLE: &str = "LOCALYUN_CONTROL";

/// How often a killed process is looked at until it is gone.
const REAP_INTERVAL: Duration = Duration::from_millis(10);

/// How long [`Process::end`] waits for a killed process. Beyond it (uninterruptible I/O) the thread takes over.
const END_PATIENCE: Duration = Duration::from_secs(5);

/// What to start. The environment is complete: nothing is inherited.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: Vec<(OsString, OsString)>,
    pub(crate) directory: PathBuf,
}

/// A started process, our end of its control channel, and what it prints.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) process: Process,
    pub(crate) control: UnixStream,
    pub(crate) output: PipeReader,
}

/// Starts processes.
#[derive(Debug)]
pub(crate) struct Spawner {
    jobs: Sender<Job>,
}

#[derive(Debug)]
enum Job {
    Start {
        order: Order,
        jobs: Sender<Job>,
        reply: oneshot::Sender<io::Result<Fresh>>,
    },
    Reap(Arc<OwnedFd>),
}

/// A started process that the runtime does not watch yet.
#[derive(Debug)]
struct Fresh {
    leader: Leader,
    control: UnixStream,
    output: PipeReader,
}

impl Spawner {
    /// Starts the thread. It ends when the spawner and every process of it are dropped.
    pub(crate) fn new() -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel();
        thread::Builder::new()
            .name("fc-spawner".into())
            .spawn(move || serve(&queue))?;
        Ok(Self { jobs })
    }

    /// Starts a process. If the future is dropped early, the process is killed.
    pub(crate) async fn spawn(&self, order: Order) -> io::Result<Started> {
        let (reply, answer) = oneshot::channel();
        let job = Job::Start {
            order,
            jobs: self.jobs.clone(),
            reply,
        };
        self.jobs.send(job).map_err(|_| thread_is_gone())?;
        let Fresh {
            leader,
            control,
            output,
        } = answer.await.map_err(|_| thread_is_gone())??;
        let death = watch(&leader.pidfd)?;
        Ok(Started {
            process: Process { death, leader },
            control,
            output,
        })
    }
}

fn thread_is_gone() -> io::Error {
    io::Error::other("the thread that starts processes has ended")
}

fn serve(queue: &Receiver<Job>) {
    let mut dying: Vec<Arc<OwnedFd>> = Vec::new();
    loop {
        let job = if dying.is_empty() {
            queue.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            queue.recv_timeout(REAP_INTERVAL)
        };
        match job {
            // A caller that has gone drops the process in the channel, which kills it.
            Ok(Job::Start { order, jobs, reply }) => drop(reply.send(start(order, jobs))),
            Ok(Job::Reap(pidfd)) => dying.push(pidfd),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        dying.retain(|pidfd| !reap(pidfd));
    }
}

fn start(order: Order, jobs: Sender<Job>) -> io::Result<Fresh> {
    let (ours, theirs) = UnixStream::pair()?;
    let (output, sink) = io::pipe()?;
    let mut command = Command::new(order.program);
    command
        .args(order.arguments)
        .env_clear()
        .envs(order.environment)
        .env(CONTROL_VARIABLE, theirs.as_raw_fd().to_string())
        .current_dir(order.directory)
        .stdin(Stdio::null())
        .stdout(sink.try_clone()?)
        .stderr(sink);
    detach(&mut command, theirs.as_raw_fd())?;
    let child = command.spawn()?;
    let pid = Pid::from_child(&child);
    // Not reaped yet, so the id cannot have passed to another process.
    let pidfd = pidfd_open(pid, PidfdFlags::empty()).inspect_err(|_| kill_group(pid))?;
    let leader = Leader {
        pid,
        pidfd: Arc::new(pidfd),
        jobs,
        reaped: false,
    };
    Ok(Fresh {
        leader,
        control: ours,
        output,
    })
}

/// Makes the process a session and group of its own that dies with us and keeps one descriptor: `control`.
#[expect(
    unsafe_code,
    reason = "session, death signal and descriptors are set between fork and exec"
)]
fn detach(command: &mut Command, control: RawFd) -> io::Result<()> {
    use std::os::fd::BorrowedFd;
    let parent = getpid();
    let inherited = open_descriptors()?;
    let prepare = move || {
        setsid()?;
        set_parent_process_death_signal(Some(Signal::KILL))?;
        if getppid() != Some(parent) {
            // We died before the signal was set.
            return Err(rustix::io::Errno::SRCH.into());
        }
        // A crash must not leave its memory in the code directory.
        setrlimit(
            Resource::Core,
            Rlimit {
                current: Some(0),
                maximum: Some(0),
            },
        )?;
        for &descriptor in &inherited {
            // SAFETY: used for this call only; one that was closed meanwhile is an error that changes nothing.
            let descriptor = unsafe { BorrowedFd::borrow_raw(descriptor) };
            let _ = fcntl_setfd(descriptor, FdFlags::CLOEXEC);
        }
        // SAFETY: `start` holds `theirs` until after the fork, so the number is open in the child.
        fcntl_setfd(unsafe { BorrowedFd::borrow_raw(control) }, FdFlags::empty())?;
        Ok(())
    };
    // SAFETY: between fork and exec of a program with threads only async-signal-safe functions may run. `prepare`
    // makes system calls without libc's state (rustix calls the kernel itself), does not allocate, takes no lock,
    // and its errors carry a number only. It owns what it captures, so nothing outlives its borrow.
    unsafe { command.pre_exec(prepare) };
    Ok(())
}

/// Registers a pidfd with the runtime. It becomes readable when its process dies.
#[expect(
    unsafe_code,
    reason = "tokio wants a promise that the descriptor stays open"
)]
fn watch(pidfd: &Arc<OwnedFd>) -> io::Result<AsyncFd<Arc<OwnedFd>>> {
    // SAFETY: the `AsyncFd` owns a share of a descriptor that closes with its last share, and that nobody replaces:
    // an `OwnedFd` cannot be changed through an `Arc`.
    let watched = unsafe { AsyncFd::register_with_interest(Arc::clone(pidfd), Interest::READABLE) };
    watched.map_err(io::Error::from)
}

/// The descriptors above the standard three that are open now. Rust opens all of its own close-on-exec; this is for
/// those that we inherited ourselves, or that a C library opened.
fn open_descriptors() -> io::Result<Vec<RawFd>> {
    let numbers = fs::read_dir("/proc/self/fd")?
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    Ok(numbers.filter(|&number: &RawFd| number > 2).collect())
}

/// The first process of a group. Its group is killed when this is dropped.
///
/// The group is only ever signalled before the leader is collected: until then its number belongs to nobody else.
#[derive(Debug)]
struct Leader {
    pid: Pid,
    pidfd: Arc<OwnedFd>,
    jobs: Sender<Job>,
    reaped: bool,
}

impl Drop for Leader {
    fn drop(&mut self) {
        if !self.reaped {
            kill_group(self.pid);
            let _ = self.jobs.send(Job::Reap(Arc::clone(&self.pidfd)));
        }
    }
}

/// A running process and its group. Dropping it kills the group.
#[derive(Debug)]
pub(crate) struct Process {
    death: AsyncFd<Arc<OwnedFd>>,
    leader: Leader,
}

impl Process {
    /// Returns when the first process has died, whatever its descendants do. Safe to drop and call again.
    pub(crate) async fn died(&self) {
        if !self.leader.reaped {
            // The descriptor stays readable for good. An error means that the reactor is shutting down.
            let _ = self.death.readable().await;
        }
    }

    /// Asks the whole group to end.
    pub(crate) fn terminate(&self) {
        if !self.leader.reaped {
            let _ = kill_process_group(self.leader.pid, Signal::TERM);
        }
    }

    /// Stops the whole group, or lets it go on.
    pub(crate) fn freeze(&self, frozen: bool) {
        let signal = if frozen { Signal::STOP } else { Signal::CONT };
        if !self.leader.reaped {
            let _ = kill_process_group(self.leader.pid, signal);
        }
    }

    /// Kills the whole group and collects the first process.
    pub(crate) async fn end(&mut self) {
        if self.leader.reaped {
            return;
        }
        kill_group(self.leader.pid);
        if tokio::time::timeout(END_PATIENCE, self.died())
            .await
            .is_ok()
        {
            self.leader.reaped = reap(&self.leader.pidfd);
        }
    }

    /// Whether [`Process::end`] was called, or the first process has died.
    pub(crate) fn is_over(&self) -> bool {
        let peek = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let pidfd = WaitId::PidFd(std::os::fd::AsFd::as_fd(&self.leader.pidfd));
        self.leader.reaped || !matches!(waitid(pidfd, peek), Ok(None))
    }

    /// The largest resident set of the first process so far, in bytes. `None` once it has died.
    ///
    /// The kernel's own figure for a dead child counts the memory of the program that forked it as well.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.leader.pid.as_raw_nonzero()))
                .ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kibibytes * 1024)
    }
}

fn kill_group(leader: Pid) {
    let _ = kill_process_group(leader, Signal::KILL);
}

/// Collects a dead process. True when there is nothing left to collect.
fn reap(pidfd: &OwnedFd) -> bool {
    let pidfd = WaitId::PidFd(std::os::fd::AsFd::as_fd(pidfd));
    !matches!(
        waitid(pidfd, WaitIdOptions::EXITED | WaitIdOptions::NOHANG),
        Ok(None)
    )
}
