//! Descriptors of processes, through which a death is seen whatever else may hold a pipe open.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use rustix::process::{WaitId, WaitIdOptions, waitid};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Registers a pidfd with the runtime. It becomes readable when its process dies.
#[expect(
    unsafe_code,
    reason = "tokio wants a promise that the descriptor stays open"
)]
pub(super) fn watch(pidfd: &Arc<OwnedFd>) -> io::Result<AsyncFd<Arc<OwnedFd>>> {
    // SAFETY: the `AsyncFd` owns a share of a descriptor that closes with its last share, and that nobody replaces:
    // an `OwnedFd` cannot be changed through an `Arc`.
    let watched = unsafe { AsyncFd::register_with_interest(Arc::clone(pidfd), Interest::READABLE) };
    watched.map_err(io::Error::from)
}

/// Whether any process has died.
pub(super) fn has_died(pidfd: &OwnedFd) -> bool {
    let mut look = [rustix::event::PollFd::new(
        pidfd,
        rustix::event::PollFlags::IN,
    )];
    let now = rustix::event::Timespec::default();
    !matches!(rustix::event::poll(&mut look, Some(&now)), Ok(0))
}

/// Whether a child has died, collected or not.
pub(super) fn is_over(pidfd: &OwnedFd) -> bool {
    let peek = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    !matches!(waitid(WaitId::PidFd(pidfd.as_fd()), peek), Ok(None))
}

/// The exit status of a child that has died and was not collected.
pub(super) fn exit_code(pidfd: &OwnedFd) -> Option<i32> {
    let peek = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    waitid(WaitId::PidFd(pidfd.as_fd()), peek)
        .ok()??
        .exit_status()
}

/// Collects a dead process. True when there is nothing left to collect.
pub(super) fn reap(pidfd: &OwnedFd) -> bool {
    let pidfd = WaitId::PidFd(pidfd.as_fd());
    !matches!(
        waitid(pidfd, WaitIdOptions::EXITED | WaitIdOptions::NOHANG),
        Ok(None)
    )
}
