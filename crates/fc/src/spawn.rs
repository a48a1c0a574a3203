//! Starting processes, and making sure that they end. Unsafe code is here and below only.
//!
//! Every process is started by one thread that lives as long as any of them: the parent-death signal fires when the
//! *thread* that forked ends, not the process. The same thread collects processes that nobody waits for any more, and
//! removes the control groups that they leave.
//!
//! What is started is a [launcher](launch_if_asked): it makes the process what it has to be. So nothing runs between
//! fork and exec in a copy of this program with all its threads, and starting costs the same however large it is.

mod calls;
mod confine;
pub(crate) mod descriptors;
mod fence;
mod launcher;
mod mounts;
mod network;
mod order;
mod pidfd;
mod roots;
mod tree;
mod workshop;

use std::fmt;
use std::io::{self, PipeReader};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, kill_process, kill_process_group, pidfd_open};
use tokio::io::unix::AsyncFd;
use tokio::sync::oneshot;

use crate::limits::{Cage, Limits, Most};
use crate::spawn::pidfd::{exit_code, has_died, is_over, reap, watch};
use crate::spawn::roots::Roots;
use crate::spawn::workshop::{Job, Workshop};

pub(crate) use launcher::TRIAL_PASSED;
pub use launcher::launch_if_asked;
pub(crate) use mounts::DEVICES;
pub(crate) use network::server;
use order::Preparation;
pub(crate) use order::{Fence, Mount, NetworkOrder, Order, Walls};

/// How long [`Process::end`] waits for a killed process. Beyond it (uninterruptible I/O) the thread takes over.
const END_PATIENCE: Duration = Duration::from_secs(5);

/// The program that becomes a launcher: one whose `main` calls [`launch_if_asked`] first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launcher(PathBuf);

impl Launcher {
    /// The running program itself, whatever became of its file.
    pub fn this_program() -> Self {
        Self("/proc/self/exe".into())
    }

    /// Another program.
    pub fn at(program: impl Into<PathBuf>) -> Self {
        Self(program.into())
    }
}

/// A started process, our end of its control channel, and what it prints.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) process: Process,
    pub(crate) control: UnixStream,
    pub(crate) output: PipeReader,
    /// Our end of the channel to a network of its own.
    pub(crate) network: Option<UnixStream>,
}

/// Starts processes.
#[derive(Debug)]
pub(crate) struct Spawner {
    jobs: Sender<Job>,
    thread: Option<thread::JoinHandle<()>>,
    roots: Roots,
}

/// What is left of a process until the kernel has let go of it.
#[derive(Debug)]
struct Remains {
    /// None when it was collected already.
    pidfd: Option<Arc<OwnedFd>>,
    cage: Option<Cage>,
    belongings: Vec<Belongings>,
}

/// What a process uses, and what is removed once it is gone.
pub(crate) type Belongings = Box<dyn fmt::Debug + Send + Sync>;

impl Remains {
    /// Whether nothing is left now.
    fn clear(&mut self) -> bool {
        if self.pidfd.as_ref().is_some_and(|pidfd| reap(pidfd)) {
            self.pidfd = None;
        }
        if self.pidfd.is_none() && self.cage.as_mut().is_some_and(Cage::clear) {
            self.cage = None;
        }
        let cleared = self.pidfd.is_none() && self.cage.is_none();
        if cleared {
            self.belongings.clear();
        }
        cleared
    }
}

/// A started process that the runtime does not watch yet. Once it has its order, it has the end of its network.
#[derive(Debug)]
struct Fresh {
    leader: Leader,
    control: UnixStream,
    output: PipeReader,
    network: Option<UnixStream>,
}

impl Spawner {
    /// Starts the thread. It ends with this, after it has tidied up.
    pub(crate) fn new(launcher: Launcher, limits: Arc<Limits>) -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel();
        let roots = Roots::default();
        let mut workshop = Workshop::new(launcher, limits, jobs.clone(), roots.clone());
        let thread = thread::Builder::new()
            .name("fc-spawner".into())
            .spawn(move || workshop.serve(&queue))?;
        Ok(Self {
            jobs,
            thread: Some(thread),
            roots,
        })
    }

    /// Whether a process that was started here lives.
    pub(crate) fn is_used(&self) -> bool {
        !self.roots.is_empty()
    }

    /// Whether one of them, or one that they started, has the socket with this inode open.
    pub(crate) fn holds_socket(&self, inode: u64) -> bool {
        self.is_used() && (inode == 0 || self.roots.hold(inode))
    }

    /// Starts a process, with limits on all that it will start. If the future is dropped early, it is killed.
    pub(crate) async fn spawn(&self, order: Order, most: Most) -> io::Result<Started> {
        let (reply, answer) = oneshot::channel();
        let order = order.into();
        let job = Job::Start { order, most, reply };
        self.jobs.send(job).map_err(|_| thread_is_gone())?;
        let Fresh {
            leader,
            control,
            output,
            network,
        } = answer.await.map_err(|_| thread_is_gone())??;
        let death = watch(&leader.pidfd)?;
        let process = Process {
            death,
            leader,
            handler: None,
        };
        Ok(Started {
            process,
            control,
            output,
            network,
        })
    }
}

impl Drop for Spawner {
    fn drop(&mut self) {
        if self.jobs.send(Job::Quit).is_ok()
            && let Some(thread) = self.thread.take()
        {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

fn thread_is_gone() -> io::Error {
    io::Error::other("the thread that starts processes has ended")
}

/// The first process of a group. Everything that it started is killed when this is dropped, as far as its group, its
/// namespace or its control group reach.
///
/// The group is only ever signalled before the leader is collected: until then its number belongs to nobody else.
#[derive(Debug)]
struct Leader {
    pid: Pid,
    roots: Roots,
    pidfd: Arc<OwnedFd>,
    jobs: Sender<Job>,
    cage: Option<Cage>,
    belongings: Vec<Belongings>,
    reaped: bool,
}

impl Drop for Leader {
    fn drop(&mut self) {
        let mut remains = Remains {
            pidfd: (!self.reaped).then(|| Arc::clone(&self.pidfd)),
            cage: self.cage.take(),
            belongings: std::mem::take(&mut self.belongings),
        };
        if !self.reaped {
            kill_group(self.pid);
        }
        self.roots.remove(self.pid);
        if !remains.clear() {
            // Without the thread this program is about to end, and what is left is swept by its next run.
            let _ = self.jobs.send(Job::Tidy(remains));
        }
    }
}

/// The process of the handler, where that is not the leader itself.
#[derive(Debug)]
struct Handler {
    pid: Pid,
    pidfd: OwnedFd,
}

/// A running process and all that it starts. Dropping it kills them.
#[derive(Debug)]
pub(crate) struct Process {
    death: AsyncFd<Arc<OwnedFd>>,
    leader: Leader,
    handler: Option<Handler>,
}

impl Process {
    /// Keeps something until the process and all that it started are gone. It must not hold what started them.
    pub(crate) fn keep(&mut self, belongings: Belongings) {
        self.leader.belongings.push(belongings);
    }

    /// Looks for the handler behind walls: the child of the first process in them. To be called once it runs.
    pub(crate) fn look_behind_walls(&mut self) -> io::Result<()> {
        let gone = || io::Error::other("the handler cannot be found behind its walls");
        let first = tree::children(self.leader.pid).first().copied();
        let pid = first.and_then(|first| tree::children(first).first().copied());
        let pid = pid.ok_or_else(gone)?;
        let pidfd = pidfd_open(pid, PidfdFlags::empty())?;
        self.handler = Some(Handler { pid, pidfd });
        Ok(())
    }

    /// Returns when the first process has died, whatever its descendants do. Safe to drop and call again.
    pub(crate) async fn died(&self) {
        if !self.leader.reaped {
            // The descriptor stays readable for good. An error means that the reactor is shutting down.
            let _ = self.death.readable().await;
        }
    }

    /// Asks the whole group of the handler to end.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Stops the whole group of the handler, or lets it go on.
    pub(crate) fn freeze(&self, frozen: bool) {
        self.signal(if frozen { Signal::STOP } else { Signal::CONT });
    }

    fn signal(&self, signal: Signal) {
        if self.leader.reaped {
            return;
        }
        // It may have ended in between, which is what the next wait tells.
        let _ = match &self.handler {
            None => kill_process_group(self.leader.pid, signal),
            // Its number is its own for as long as it has not been collected, which its first process does at once
            // when it dies; so it is looked at just before.
            Some(handler) if !has_died(&handler.pidfd) => kill_process_group(handler.pid, signal),
            Some(_) => Ok(()),
        };
    }

    /// Kills everything. What is left is collected when this is dropped.
    pub(crate) fn kill(&self) {
        if !self.leader.reaped {
            kill_group(self.leader.pid);
        }
    }

    /// The exit status of the handler, once it has died by itself.
    pub(crate) fn exit_code(&self) -> Option<i32> {
        exit_code(&self.leader.pidfd)
    }

    /// Kills everything and collects the first process.
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
        self.leader.reaped || is_over(&self.leader.pidfd)
    }

    /// The largest resident set of the handler's process so far, in bytes. `None` once it has died.
    ///
    /// The kernel's own figure for a dead child counts the memory of the program that forked it as well.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        let handler = self.handler.as_ref().map(|handler| handler.pid);
        tree::peak_memory(handler.unwrap_or(self.leader.pid))
    }

    /// Whether all processes together use more memory than `limit` bytes now, or the kernel has killed one for that.
    pub(crate) fn is_over_memory(&self, limit: u64) -> bool {
        match &self.leader.cage {
            Some(cage) => cage.has_run_out(),
            None => tree::memory(self.leader.pid, limit) > limit,
        }
    }
}

/// The leader is killed by itself too: it makes its group only a moment after it was started.
fn kill_group(leader: Pid) {
    let _ = kill_process(leader, Signal::KILL);
    let _ = kill_process_group(leader, Signal::KILL);
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_that_leads_no_group_yet_is_killed() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        kill_group(Pid::from_child(&child));
        assert_eq!(child.wait().unwrap().signal(), Some(9));
    }
}
