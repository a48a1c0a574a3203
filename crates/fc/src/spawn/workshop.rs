//! The thread that starts processes and tidies up after them.
//!
//! It keeps one launcher ready that has entered its control groups already: the kernel may take 20 ms to let a process
//! change its groups, which is more than all the rest of a start but for the interpreter.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, getpid, pidfd_open};
use tokio::sync::oneshot;

use super::pidfd::is_over;
use super::roots::Roots;
use super::{
    Fresh, Launcher, Leader, Order, Preparation, Remains, descriptors, kill_group, launcher,
};
use crate::limits::{Cage, Limits, Most};
use crate::stopwatch::Stopwatch;

/// How often a killed process is looked at until it is gone.
const REAP_INTERVAL: Duration = Duration::from_millis(10);

/// How long the thread goes on to tidy up when the program is ending.
const LAST_PATIENCE: Duration = Duration::from_secs(2);

/// What the thread is asked for.
#[derive(Debug)]
pub(super) enum Job {
    Start {
        order: Box<Order>,
        most: Most,
        reply: oneshot::Sender<io::Result<Fresh>>,
    },
    Tidy(Remains),
    Quit,
}

/// What the thread works with.
#[derive(Debug)]
pub(super) struct Workshop {
    program: Launcher,
    limits: Arc<Limits>,
    jobs: Sender<Job>,
    roots: Roots,
    /// A launcher that waits for its order. There is none before the first start.
    spare: Option<Fresh>,
    remains: Vec<Remains>,
}

impl Workshop {
    pub(super) fn new(
        program: Launcher,
        limits: Arc<Limits>,
        jobs: Sender<Job>,
        roots: Roots,
    ) -> Self {
        Self {
            program,
            limits,
            jobs,
            roots,
            spare: None,
            remains: Vec::new(),
        }
    }

    /// Does jobs until it is told to quit, and nothing is left to tidy up.
    pub(super) fn serve(&mut self, queue: &Receiver<Job>) {
        let mut quitting: Option<Stopwatch> = None;
        loop {
            let job = if self.remains.is_empty() && quitting.is_none() {
                queue.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                queue.recv_timeout(REAP_INTERVAL)
            };
            match job {
                Ok(Job::Start { order, most, reply }) => {
                    // A caller that has gone drops the process in the channel, which kills it.
                    drop(reply.send(self.start(&order, most)));
                    // Without one the next start takes longer, or says what is wrong.
                    self.spare = self.prepare().ok();
                }
                Ok(Job::Tidy(more)) => self.remains.push(more),
                Ok(Job::Quit) | Err(RecvTimeoutError::Disconnected) => {
                    self.spare = None;
                    quitting = quitting.or_else(|| Some(Stopwatch::start()));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.remains.retain_mut(|remains| !remains.clear());
            let patient =
                |since: Stopwatch| since.elapsed() < LAST_PATIENCE && !self.remains.is_empty();
            if quitting.is_some_and(|since| !patient(since)) {
                return;
            }
        }
    }

    fn start(&mut self, order: &Order, most: Most) -> io::Result<Fresh> {
        let spare = self.spare.take();
        let waiting = spare.filter(|spare| !is_over(&spare.leader.pidfd));
        let mut fresh = waiting.map_or_else(|| self.prepare(), Ok)?;
        let cage = fresh.leader.cage.as_ref();
        cage.map_or(Ok(()), |cage| self.limits.limit(cage, most))?;
        let members = cage.map(Cage::doors).unwrap_or_default();
        self.roots.add(fresh.leader.pid, members);
        // If this fails, the launcher reads the end of the channel and ends.
        launcher::send(&mut fresh.control, order)?;
        let walls = order.walls.as_ref();
        if walls.is_some_and(|walls| walls.network.is_some()) {
            let (inner, outer) = UnixStream::pair()?;
            descriptors::send(&fresh.control, inner)?;
            fresh.network = Some(outer);
        }
        Ok(fresh)
    }

    /// A launcher that does what it can before it has its order.
    fn prepare(&self) -> io::Result<Fresh> {
        let cage = self.limits.cage()?;
        let groups = cage.as_ref().map(Cage::doors).unwrap_or_default();
        let (mut ours, theirs) = UnixStream::pair()?;
        let (output, sink) = io::pipe()?;
        let child = Command::new(&self.program.0)
            .args([
                launcher::LAUNCH.into(),
                OsString::from(getpid().to_string()),
            ])
            .env_clear()
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(sink.try_clone()?)
            .stderr(sink)
            .spawn()?;
        let pid = Pid::from_child(&child);
        // Not reaped yet, so the id cannot have passed to another process.
        let pidfd = pidfd_open(pid, PidfdFlags::empty()).inspect_err(|_| kill_group(pid))?;
        let leader = Leader {
            pid,
            pidfd: Arc::new(pidfd),
            jobs: self.jobs.clone(),
            roots: self.roots.clone(),
            cage,
            belongings: Vec::new(),
            reaped: false,
        };
        launcher::send(&mut ours, &Preparation { groups })?;
        Ok(Fresh {
            leader,
            control: ours,
            output,
            network: None,
        })
    }
}
