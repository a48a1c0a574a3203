//! What level `strict` adds to walls, each as far as the machine allows it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{AtFlags, CWD, Gid, Uid, chownat};
use rustix::process::{geteuid, getpid};

use super::rooms::{SETTINGS, SYSTEM};
use super::{Machine, Rooms, SandboxLevel, Scratch};
use crate::spawn::{DEVICES, Fence, Order};

/// The users of instances, and their groups of the same numbers: those that Debian's policy keeps free, which are also
/// there in most containers that number users anew.
const FIRST_USER: u32 = 65_000;
const USERS: u32 = 500;

/// Where programs of a machine share memory.
const SHARED_MEMORY: &str = "/dev/shm";

/// Which of them are active.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Locks {
    /// What can be used of the file system is said once more, by Landlock.
    pub(super) files: bool,
    /// System calls that no handler needs are refused.
    pub(super) calls: bool,
    /// Each instance is a user of its own.
    pub(super) users: bool,
}

impl Locks {
    fn and(self, other: Self) -> Self {
        Self {
            files: self.files || other.files,
            calls: self.calls || other.calls,
            users: self.users || other.users,
        }
    }

    /// Locks up what is about to be started. The user is to be kept for as long as it lives.
    pub(super) fn lock_up(
        self,
        users: &Users,
        order: &mut Order,
        scratch: &Scratch,
        rooms: Option<&Rooms>,
    ) -> io::Result<Option<User>> {
        let user = self.users.then(|| users.take()).transpose()?;
        if let Some(user) = &user {
            hand_over(scratch.path(), user.number)?;
        }
        order.user = user.as_ref().map(|user| user.number);
        order.filtered = self.calls;
        let fence = || match rooms {
            Some(rooms) => within(rooms),
            None => around(scratch.path(), &order.shows, user.is_some()),
        };
        order.fence = self.files.then(fence);
        Ok(user)
    }
}

/// The users that instances have now.
#[derive(Debug, Clone, Default)]
pub(super) struct Users(Arc<Mutex<BTreeSet<u32>>>);

/// A user that one instance has alone. Free again when this is dropped.
#[derive(Debug)]
pub(super) struct User {
    users: Users,
    pub(super) number: u32,
}

impl Users {
    /// Programs beside this one begin elsewhere.
    pub(super) fn take(&self) -> io::Result<User> {
        let begin = getpid().as_raw_nonzero().get().unsigned_abs();
        let mut all = (0..USERS).map(|n| FIRST_USER + (begin + n) % USERS);
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let none = || io::Error::other(format!("all {USERS} users for instances are taken"));
        let number = all.find(|&n| taken.insert(n)).ok_or_else(none)?;
        let users = self.clone();
        Ok(User { users, number })
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let mut taken = self.users.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.remove(&self.number);
    }
}

impl Machine {
    /// Finds out what there is: each by itself, then all together. What is missing is said.
    pub(super) async fn lock(&mut self) {
        let mut missing = Vec::from_iter(self.reason.take());
        if self.level == SandboxLevel::Auto && !self.networks {
            missing.push("there are no networks for instances".to_owned());
        }
        let none = Locks::default();
        let files = Locks {
            files: true,
            ..none
        };
        let calls = Locks {
            calls: true,
            ..none
        };
        let users = Locks {
            users: geteuid().is_root(),
            ..none
        };
        let walled = self.level != SandboxLevel::None;
        let walls = walled.then_some((false, self.networks));
        let mut found = none;
        for lock in [files, calls, users] {
            match self.trial(walls, lock).await {
                Ok(()) => found = found.and(lock),
                Err(why) => missing.push(why),
            }
        }
        match self.trial(walls, found).await {
            Ok(()) => self.locks = found,
            Err(why) => missing.push(why),
        }
        match missing.is_empty() {
            true => self.level = SandboxLevel::Strict,
            false => self.reason = Some(missing.join("; ")),
        }
    }
}

/// Behind walls: what is seen can be read, and what is writable written.
fn within(rooms: &Rooms) -> Fence {
    let writable = rooms.writable().map(Path::to_owned);
    Fence {
        readable: vec!["/".into()],
        devices: vec!["/dev".into()],
        writable: writable.chain([SHARED_MEMORY.into()]).collect(),
    }
}

/// Without walls: as much of the machine as there would be behind them.
fn around(scratch: &Path, shows: &[PathBuf], own_user: bool) -> Fence {
    let settings = SETTINGS.iter().map(|name| Path::new("/etc").join(name));
    let readable = SYSTEM.iter().map(PathBuf::from).chain(settings);
    let readable = readable.chain(["/proc".into()]);
    // Where whoever has no user of his own would find what others keep there.
    let shared = ["/tmp", SHARED_MEMORY].map(PathBuf::from);
    Fence {
        readable: readable.chain(shows.iter().cloned()).collect(),
        devices: DEVICES
            .iter()
            .map(|name| Path::new("/dev").join(name))
            .collect(),
        writable: [scratch.to_owned()]
            .into_iter()
            .chain(shared.into_iter().filter(|_| own_user))
            .collect(),
    }
}

/// Gives a directory and all that is in it to a user and his group. Links are given away, not what they lead to.
fn hand_over(path: &Path, user: u32) -> io::Result<()> {
    let (owner, group) = (Uid::from_raw(user), Gid::from_raw(user));
    chownat(
        CWD,
        path,
        Some(owner),
        Some(group),
        AtFlags::SYMLINK_NOFOLLOW,
    )?;
    if fs::symlink_metadata(path)?.is_dir() {
        for entry in fs::read_dir(path)? {
            hand_over(&entry?.path(), user)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_belongs_to_one_instance_at_a_time() {
        let users = Users::default();
        let all: Vec<User> = (0..USERS).map(|_| users.take().unwrap()).collect();
        let numbers: BTreeSet<u32> = all.iter().map(|user| user.number).collect();
        assert_eq!(numbers, (FIRST_USER..FIRST_USER + USERS).collect());
        assert!(users.take().is_err());
        let last = numbers.into_iter().next_back();
        drop(all);
        assert!(users.take().unwrap().number <= last.unwrap());
    }
}
