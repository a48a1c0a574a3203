//! The memory and the processes that an instance may have, by the best means that the machine offers.
//!
//! In this order (`spec/fc.md` §6.4): control groups of version 2, where a subtree is ours; of version 1; else the
//! instance is looked at every 20 ms while it works, with a generous limit on private memory for what grows faster.

mod groups;

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::getpid;

use groups::{Hierarchy, Version};

/// Processes and threads of an instance (`spec/fc.md` §1.9).
pub(crate) const PROCESSES: u64 = 1024;

/// Those of ours behind walls, which share the limits of the instance.
const OWN_PROCESSES: u64 = 2;

/// How memory is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemoryLimit {
    /// Control groups, version 2: the kernel counts, and kills the whole instance.
    ControlGroups2,
    /// Control groups, version 1: the kernel counts, and kills the largest process.
    ControlGroups1,
    /// The instance is looked at every 20 ms. Short peaks between two looks go unseen.
    Polling,
}

impl fmt::Display for MemoryLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ControlGroups2 => "cgroup v2",
            Self::ControlGroups1 => "cgroup v1",
            Self::Polling => "polling",
        })
    }
}

/// What this machine offers.
#[derive(Debug)]
pub(crate) struct Limits {
    hierarchies: Vec<Hierarchy>,
    counter: AtomicU64,
}

impl Limits {
    /// Tries what the machine offers, the best first. Groups that programs which are gone have left are removed.
    pub(crate) fn detect() -> Self {
        // More than one in a program have groups of their own.
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("localyun-{}-{count}", getpid().as_raw_nonzero());
        Self {
            hierarchies: groups::usable(&name),
            counter: AtomicU64::new(0),
        }
    }

    /// How memory is limited.
    pub(crate) fn active(&self) -> MemoryLimit {
        match self.hierarchies.iter().find(|hierarchy| hierarchy.memory) {
            Some(found) if found.version == Version::Two => MemoryLimit::ControlGroups2,
            Some(_) => MemoryLimit::ControlGroups1,
            None => MemoryLimit::Polling,
        }
    }

    /// Whether the kernel counts the processes of an instance.
    pub(crate) fn counts_processes(&self) -> bool {
        self.hierarchies.iter().any(|hierarchy| hierarchy.processes)
    }

    /// The groups of one more instance, which limit nothing yet. None where there are none.
    pub(crate) fn cage(&self) -> io::Result<Option<Cage>> {
        if self.hierarchies.is_empty() {
            return Ok(None);
        }
        let number = self.counter.fetch_add(1, Ordering::Relaxed).to_string();
        let mut cage = Cage::default();
        for hierarchy in &self.hierarchies {
            let folder = hierarchy.base.join(&number);
            fs::create_dir(&folder)?;
            cage.folders.push(folder.clone());
            if hierarchy.memory {
                cage.memory = Some((folder, hierarchy.version));
            }
        }
        Ok(Some(cage))
    }

    /// Limits the groups of an instance, which may have members already.
    pub(crate) fn limit(&self, cage: &Cage, most: Most) -> io::Result<()> {
        let processes = PROCESSES + if most.walled { OWN_PROCESSES } else { 0 };
        let mut all = self.hierarchies.iter().zip(&cage.folders);
        all.try_for_each(|(hierarchy, folder)| hierarchy.limit(folder, most.memory, processes))
    }
}

/// What an instance may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Most {
    /// In bytes.
    pub(crate) memory: u64,
    /// Whether processes of ours are among its own.
    pub(crate) walled: bool,
}

impl Drop for Limits {
    fn drop(&mut self) {
        for hierarchy in &self.hierarchies {
            hierarchy.leave();
        }
    }
}

/// The groups of one instance. Dropping it leaves them to the next sweep; [`Cage::clear`] removes them.
#[derive(Debug, Default)]
pub(crate) struct Cage {
    folders: Vec<PathBuf>,
    memory: Option<(PathBuf, Version)>,
}

impl Cage {
    /// The files that take the numbers of those who enter.
    pub(crate) fn doors(&self) -> Vec<PathBuf> {
        let door = |folder: &PathBuf| folder.join("cgroup.procs");
        self.folders.iter().map(door).collect()
    }

    /// Whether the kernel has killed one of them for its memory.
    pub(crate) fn has_run_out(&self) -> bool {
        self.memory
            .as_ref()
            .is_some_and(|(folder, version)| version.kills(folder) > 0)
    }

    /// Kills whoever is left, wherever it fled to, and removes the groups. True when that is done.
    pub(crate) fn clear(&mut self) -> bool {
        self.folders.retain(|folder| !remove(folder));
        self.folders.is_empty()
    }
}

fn remove(folder: &Path) -> bool {
    groups::kill(folder);
    match fs::remove_dir(folder) {
        Ok(()) => true,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_come_and_go() {
        let limits = Limits::detect();
        let Some(mut cage) = limits.cage().unwrap() else {
            assert_eq!(limits.active(), MemoryLimit::Polling);
            return;
        };
        let most = Most {
            memory: 128 << 20,
            walled: true,
        };
        limits.limit(&cage, most).unwrap();
        let doors = cage.doors();
        assert!(doors.iter().all(|door| door.exists()));
        assert!(!cage.has_run_out());
        assert!(cage.clear());
        assert!(!doors.iter().any(|door| door.exists()));
    }
}
