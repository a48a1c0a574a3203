//! The backend on disk, each test in a folder of its own.

#[cfg(feature = "faults")]
mod failing;
mod full;
mod opening;
mod reopening;

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use async_trait::async_trait;
use tempfile::TempDir;

use crate::{Backend, BlobId, Error, Store};

crate::conformance!(async { in_a_folder() });

/// An empty store, whose folder is deleted behind it.
fn in_a_folder() -> Store {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let held = Held {
        backend: store.backend,
        _folder: folder,
    };
    Store::new(store.meta, store.blobs, Arc::new(held))
}

#[derive(Debug)]
struct Held {
    backend: Arc<dyn Backend>,
    _folder: TempDir,
}

#[async_trait]
impl Backend for Held {
    fn name(&self) -> &'static str {
        self.backend.name()
    }

    fn path(&self) -> Option<&Path> {
        self.backend.path()
    }

    fn fork(&self) -> Result<Store, Error> {
        self.backend.fork()
    }

    async fn clear(&self) -> Result<(), Error> {
        self.backend.clear().await
    }

    async fn unswept(&self) -> Result<Vec<BlobId>, Error> {
        self.backend.unswept().await
    }
}

/// A folder with something mounted on it, until this is dropped.
struct Mounted(PathBuf);

impl Mounted {
    /// What is in the folder already, not to be written.
    fn read_only(folder: &Path) -> Option<Mounted> {
        let place = folder.to_str()?;
        let mounted = Mounted::with(folder, &["--bind", place, place])?;
        Mounted::run("mount", &["-o", "remount,bind,ro", place]).then_some(mounted)
    }

    /// A small disk of so many MiB.
    fn small(folder: &Path, mebibytes: u64) -> Option<Mounted> {
        let size = format!("size={mebibytes}m");
        let place = folder.to_str()?;
        Mounted::with(folder, &["-t", "tmpfs", "-o", &size, "tmpfs", place])
    }

    fn with(folder: &Path, arguments: &[&str]) -> Option<Mounted> {
        let done = Mounted::run("mount", arguments);
        if !done {
            eprintln!("skipped: mounting takes more rights than there are here");
        }
        done.then(|| Mounted(folder.to_owned()))
    }

    fn run(program: &str, arguments: &[&str]) -> bool {
        let done = Command::new(program).args(arguments).output();
        done.is_ok_and(|output| output.status.success())
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Lazily: a test that failed may still have files open in it.
        Mounted::run("umount", &["--lazy", self.0.to_str().unwrap()]);
    }
}
