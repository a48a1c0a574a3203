//! Which processes are of functions.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::Pid;

use super::tree;

/// The first processes of all that live.
#[derive(Debug, Clone, Default)]
pub(super) struct Roots(Arc<Mutex<Vec<Root>>>);

#[derive(Debug, Clone)]
struct Root {
    pid: Pid,
    /// Files with the numbers of those in its control groups: they also have whoever left its descendants.
    members: Vec<PathBuf>,
}

impl Roots {
    fn lock(&self) -> MutexGuard<'_, Vec<Root>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, pid: Pid, members: Vec<PathBuf>) {
        self.lock().push(Root { pid, members });
    }

    pub(super) fn remove(&self, pid: Pid) {
        self.lock().retain(|root| root.pid != pid);
    }

    /// Whether a process that one of them started has the socket with this inode open, or hides what it has open.
    pub(super) fn hold(&self, inode: u64) -> bool {
        let roots = self.lock().clone();
        let mut all = roots.iter().flat_map(|root| {
            let lists = root.members.iter().map(fs::read_to_string);
            let listed: Vec<Pid> = lists
                .flat_map(|list| tree::numbers(&list.unwrap_or_default()).collect::<Vec<_>>())
                .collect();
            tree::family(root.pid).into_iter().chain(listed)
        });
        all.any(|pid| tree::holds(pid, inode))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }
}
