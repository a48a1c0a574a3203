//! A file system of its own for an instance. Runs in the first process of its namespaces.

use std::ffi::CString;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::{StatVfsMountFlags, statvfs};
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind_recursive, mount_change,
    mount_remount, unmount,
};
use rustix::process::pivot_root;

use super::order::{Mount, Walls};

/// What programs may expect in `/dev`.
pub(crate) const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];
/// Where the kernel's own settings are, which a root user could change without any capability.
const SETTINGS: [&str; 4] = ["sys", "sysrq-trigger", "irq", "bus"];

/// Builds what is to be seen, and makes it all that can be seen.
pub(super) fn build(walls: &Walls) -> Result<(), String> {
    let said = |what: &str| {
        let what = what.to_owned();
        move |error: io::Error| format!("{what}: {error}")
    };
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private).map_err(|e| said("detaching mounts")(e.into()))?;
    let root = &walls.root;
    tmpfs(root, c"mode=0755,size=4m").map_err(said("a root of its own"))?;
    let mut sealed = Vec::new();
    for wanted in &walls.mounts {
        make(root, wanted, &mut sealed).map_err(|error| format!("{wanted:?}: {error}"))?;
    }
    seal(&sealed).map_err(said("making the system read-only"))?;
    enter(root).map_err(said("changing the root"))
}

/// Makes one thing seen; what has to be read-only is added to `sealed`.
fn make(root: &Path, wanted: &Mount, sealed: &mut Vec<PathBuf>) -> io::Result<()> {
    match wanted {
        Mount::System(path) => system(root, path, sealed),
        Mount::Bind {
            source,
            target,
            writable,
        } => {
            let target = inside(root, target);
            bind(source, &target)?;
            sealed.extend((!writable).then_some(target));
            Ok(())
        }
        Mount::Overlay {
            lower,
            upper,
            work,
            target,
        } => overlay(lower, upper, work, &inside(root, target)),
        Mount::Machine => machine(root, sealed),
    }
}

fn system(root: &Path, path: &Path, sealed: &mut Vec<PathBuf>) -> io::Result<()> {
    let target = inside(root, path);
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => {
            fs::create_dir_all(target.parent().unwrap_or(root))?;
            symlink(fs::read_link(path)?, target)
        }
        Ok(_) => {
            bind(path, &target)?;
            sealed.push(target);
            Ok(())
        }
        Err(_) => Ok(()),
    }
}

fn bind(source: &Path, target: &Path) -> io::Result<()> {
    if source.is_dir() {
        fs::create_dir_all(target)?;
    } else {
        fs::create_dir_all(target.parent().unwrap_or(target))?;
        File::options().create(true).append(true).open(target)?;
    }
    Ok(mount_bind_recursive(source, target)?)
}

/// Makes mounts and everything below them read-only. Flags that they have already must stay: they may be locked.
fn seal(targets: &[PathBuf]) -> io::Result<()> {
    let table = fs::read("/proc/self/mountinfo")?;
    let points = table.split(|&byte| byte == b'\n').filter_map(mount_point);
    let chosen = |point: &PathBuf| targets.iter().any(|target| point.starts_with(target));
    for point in points.filter(chosen) {
        let mut flags = MountFlags::BIND | MountFlags::RDONLY | MountFlags::NOSUID;
        let now = statvfs(&point)?.f_flag;
        for (had, keep) in [
            (StatVfsMountFlags::NODEV, MountFlags::NODEV),
            (StatVfsMountFlags::NOEXEC, MountFlags::NOEXEC),
            (StatVfsMountFlags::NOATIME, MountFlags::NOATIME),
            (StatVfsMountFlags::NODIRATIME, MountFlags::NODIRATIME),
            (StatVfsMountFlags::RELATIME, MountFlags::RELATIME),
        ] {
            flags.set(keep, now.contains(had));
        }
        mount_remount(&point, flags, c"")?;
    }
    Ok(())
}

/// The fifth field of a line of mountinfo, with its octal escapes undone.
fn mount_point(line: &[u8]) -> Option<PathBuf> {
    let field = line.split(|&byte| byte == b' ').nth(4)?;
    let mut plain = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after
            .get(..3)
            .and_then(|code| std::str::from_utf8(code).ok());
        let code = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code.filter(|_| byte == b'\\') {
            Some(code) => {
                plain.push(code);
                rest = &after[3..];
            }
            None => {
                plain.push(byte);
                rest = after;
            }
        }
    }
    Some(std::ffi::OsString::from_vec(plain).into())
}

fn overlay(lower: &Path, upper: &Path, work: &Path, target: &Path) -> io::Result<()> {
    fs::create_dir_all(target)?;
    let mut options = b"userxattr".to_vec();
    for (name, path) in [("lowerdir", lower), ("upperdir", upper), ("workdir", work)] {
        options.push(b',');
        options.extend(name.as_bytes());
        options.push(b'=');
        for &byte in path.as_os_str().as_bytes() {
            if matches!(byte, b'\\' | b':' | b',') {
                options.push(b'\\');
            }
            options.push(byte);
        }
    }
    let options = CString::new(options)?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    Ok(mount("overlay", target, "overlay", flags, &*options)?)
}

fn machine(root: &Path, sealed: &mut Vec<PathBuf>) -> io::Result<()> {
    let proc = root.join("proc");
    fs::create_dir_all(&proc)?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    mount("proc", &proc, "proc", flags, None)?;
    for name in SETTINGS {
        let path = proc.join(name);
        if path.exists() {
            bind(&path, &path)?;
            sealed.push(path);
        }
    }
    let dev = root.join("dev");
    fs::create_dir_all(dev.join("shm"))?;
    for name in DEVICES {
        let device = Path::new("/dev").join(name);
        if device.exists() {
            let target = dev.join(name);
            File::create(&target)?;
            mount_bind_recursive(&device, &target)?;
        }
    }
    for (name, to) in [
        ("fd", ""),
        ("stdin", "/0"),
        ("stdout", "/1"),
        ("stderr", "/2"),
    ] {
        symlink(format!("/proc/self/fd{to}"), dev.join(name))?;
    }
    tmpfs(&dev.join("shm"), c"mode=1777,size=64m")
}

fn tmpfs(target: &Path, options: &std::ffi::CStr) -> io::Result<()> {
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    Ok(mount("tmpfs", target, "tmpfs", flags, options)?)
}

/// The old root is put on top of the new one for a moment, so that it needs no directory.
fn enter(root: &Path) -> io::Result<()> {
    std::env::set_current_dir(root)?;
    pivot_root(".", ".")?;
    unmount(".", UnmountFlags::DETACH)?;
    std::env::set_current_dir("/")?;
    let flags = MountFlags::BIND | MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV;
    Ok(mount_remount("/", flags, c"")?)
}

fn inside(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_points_are_read_with_their_escapes() {
        let point = |line: &str| mount_point(line.as_bytes());
        let line = "36 35 98:0 /mnt1 /a\\040b\\134c rw,noatime - ext3 /dev/root rw";
        assert_eq!(point(line), Some("/a b\\c".into()));
        assert_eq!(point("1 2 3:4 / /\\9 rw"), Some("/\\9".into()));
        assert_eq!(point(""), None);
    }
}
