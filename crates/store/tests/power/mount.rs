//! A [`Disk`] that the kernel mounts, so that unchanged programs run on it.
//!
//! Every write reaches the disk when it is made: the kernel keeps no writes back, except those through a mapping,
//! which it hands over before it syncs the file.

mod filesystem;

use std::{
    io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use fuser::{BackgroundSession, Config, MountOption};
use rustix::mount::{UnmountFlags, unmount};
use tempfile::TempDir;

use crate::disk::{Disk, Ino};
use filesystem::Served;

/// Is told before a file or folder is synced: everything that was written and is not durable yet is at risk now.
pub(crate) type Watch = Box<dyn FnMut(&Disk, Ino) + Send>;

/// A disk under a folder of its own, until it is dropped.
#[derive(Debug)]
pub(crate) struct Mounted {
    shared: Arc<Mutex<Shared>>,
    session: Option<BackgroundSession>,
    folder: TempDir,
}

pub(crate) struct Shared {
    disk: Disk,
    watch: Watch,
}

impl Mounted {
    /// Fails where the system has no FUSE or this user may not mount.
    pub(crate) fn new(disk: Disk, watch: Watch) -> io::Result<Mounted> {
        let folder = tempfile::tempdir()?;
        let shared = Arc::new(Mutex::new(Shared { disk, watch }));
        let mut config = Config::default();
        config.mount_options = vec![MountOption::FSName("power-test".to_owned())];
        let session = fuser::spawn_mount(Served(shared.clone()), folder.path(), &config)?;
        Ok(Mounted {
            shared,
            session: Some(session),
            folder,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The disk as it is now.
    pub(crate) fn disk(&self) -> Disk {
        lock(&self.shared).disk.clone()
    }
}

impl Drop for Mounted {
    /// Unmounts even when a program that failed still has files open. Its session ends when it closes them.
    fn drop(&mut self) {
        if unmount(self.folder.path(), UnmountFlags::DETACH).is_err() {
            eprintln!("cannot unmount {}", self.folder.path().display());
        }
        drop(self.session.take());
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// A mounted disk; where that cannot be had, `None` and a line that says why.
pub(crate) fn mount(disk: Disk, watch: Watch) -> Option<Mounted> {
    Mounted::new(disk, watch)
        .inspect_err(|error| {
            crate::tell(format_args!(
                "skipped, as no FUSE file system can be mounted here: {error}"
            ))
        })
        .ok()
}

/// What only wants to be mounted.
pub(crate) fn unwatched() -> Watch {
    Box::new(|_, _| {})
}
