//! What an instance is to see of the file system.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::function::copy_tree;
use crate::spawn::{Mount, NetworkOrder, Walls};

/// Of the host's file system, what programs need to run. Nothing of `/home`, `/root`, `/var`, `/run`, `/sys`.
pub(super) const SYSTEM: [&str; 8] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib64",
    "/lib32",
    "/libx32",
    "/nix/store",
];

/// Of `/etc`, what is the same on every machine, or says how to reach others. No secrets: of certificates the public
/// half only.
pub(super) const SETTINGS: [&str; 28] = [
    "alternatives",
    "ca-certificates",
    "debian_version",
    "fonts",
    "group",
    "host.conf",
    "hosts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "magic",
    "mime.types",
    "nsswitch.conf",
    "os-release",
    "passwd",
    "pki/ca-trust/extracted",
    "pki/tls/cert.pem",
    "pki/tls/certs",
    "pki/tls/openssl.cnf",
    "protocols",
    "resolv.conf",
    "rpc",
    "services",
    "ssl/certs",
    "ssl/openssl.cnf",
    "terminfo",
    "timezone",
];

/// A directory that is shown to instances, whoever they are. There are no secrets in it.
pub(crate) fn readable_directory() -> io::Result<TempDir> {
    let mode = Permissions::from_mode(0o755);
    tempfile::Builder::new()
        .prefix("localyun-fc-")
        .permissions(mode)
        .tempdir()
}

/// Copies what there is of [`SETTINGS`]. What cannot be read is as good as not there.
pub(super) fn copy_settings(to: &Path) {
    for name in SETTINGS {
        let (from, to) = (Path::new("/etc").join(name), to.join(name));
        let parent = to.parent().map_or(Ok(()), fs::create_dir_all);
        let copied = parent.and_then(|()| match from.is_dir() {
            true => copy_tree(&from, &to),
            false => fs::copy(&from, &to).map(drop),
        });
        if let Err(error) = copied {
            tracing::debug!(name, %error, "left out of what functions see as /etc");
        }
    }
}

/// A directory of an instance, removed with everything in it.
#[derive(Debug)]
pub(crate) struct Scratch(TempDir);

impl Scratch {
    pub(crate) fn new() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("localyun-fc-").tempdir()?;
        Ok(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Scratch {
    /// The kernel makes a directory for overlays that not even its owner may look into. It is not there without one.
    fn drop(&mut self) {
        let _ = fs::set_permissions(self.path().join("work/work"), Permissions::from_mode(0o700));
    }
}

/// What an instance is to see of the file system.
#[derive(Debug)]
pub(crate) struct Rooms {
    scratch: PathBuf,
    mounts: Vec<Mount>,
    pub(super) network: Option<NetworkOrder>,
}

impl Rooms {
    pub(super) fn new(scratch: &Scratch, settings: &Path) -> io::Result<Self> {
        let scratch = scratch.path().canonicalize()?;
        fs::create_dir(scratch.join("root"))?;
        let system = SYSTEM.iter().map(|path| Mount::System(path.into()));
        let mounts = system.chain([Mount::Machine]).collect();
        let network = None;
        let mut this = Self {
            scratch,
            mounts,
            network,
        };
        this.bind(settings, "/etc".as_ref(), false);
        Ok(this)
    }

    /// Shows a directory or file of the host, at its own place, unless the system shows it already.
    pub(crate) fn show(&mut self, path: &Path) {
        // An interpreter that claims the root would show everything.
        let root = path.parent().is_none();
        if !root && !SYSTEM.iter().any(|shown| path.starts_with(shown)) {
            self.bind(path, path, false);
        }
    }

    /// Shows a directory or file of the host at another place.
    pub(crate) fn bind(&mut self, source: &Path, target: &Path, writable: bool) {
        self.mounts.push(Mount::Bind {
            source: source.into(),
            target: target.into(),
            writable,
        });
    }

    /// Shows a directory of the host at another place, and keeps what is written there aside.
    pub(crate) fn overlay(&mut self, lower: &Path, target: &Path) -> io::Result<()> {
        let of = target.to_string_lossy().replace('/', "-");
        let [upper, work] = ["upper", "work"].map(|name| self.scratch.join(format!("{name}{of}")));
        fs::create_dir(&upper)?;
        fs::create_dir(&work)?;
        self.mounts.push(Mount::Overlay {
            lower: lower.into(),
            upper,
            work,
            target: target.into(),
        });
        Ok(())
    }

    /// What can be written to.
    pub(super) fn writable(&self) -> impl Iterator<Item = &Path> {
        self.mounts.iter().filter_map(|mount| match mount {
            Mount::Bind {
                target, writable, ..
            } => writable.then_some(&**target),
            Mount::Overlay { target, .. } => Some(&**target),
            Mount::System(_) | Mount::Machine => None,
        })
    }

    pub(super) fn walls(self, host_name: &str) -> Walls {
        Walls {
            root: self.scratch.join("root"),
            mounts: self.mounts,
            host_name: host_name.into(),
            network: self.network,
        }
    }
}
