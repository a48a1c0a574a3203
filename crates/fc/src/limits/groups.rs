//! Control groups, as `/proc` describes and files control them.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, getpid, kill_process};

/// Which of the two designs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

impl Version {
    /// How often the kernel killed for memory in this group.
    pub(super) fn kills(self, folder: &Path) -> u64 {
        let file = match self {
            Self::One => "memory.oom_control",
            Self::Two => "memory.events",
        };
        let text = fs::read_to_string(folder.join(file)).unwrap_or_default();
        let count = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
        count.and_then(|count| count.parse().ok()).unwrap_or(0)
    }
}

/// A hierarchy in which we may make groups, and what it limits.
#[derive(Debug)]
pub(super) struct Hierarchy {
    pub(super) version: Version,
    pub(super) memory: bool,
    pub(super) processes: bool,
    /// Our own group: those of the instances are in it.
    pub(super) base: PathBuf,
    /// Where this program went to make room for them (version 2).
    moved: Option<Moved>,
}

#[derive(Debug)]
struct Moved {
    from: PathBuf,
    to: PathBuf,
}

impl Hierarchy {
    /// Limits a new group.
    pub(super) fn limit(&self, folder: &Path, memory: u64, processes: u64) -> std::io::Result<()> {
        let set = |file: &str, value: &str| fs::write(folder.join(file), value);
        let bytes = memory.to_string();
        if self.memory && self.version == Version::Two {
            set("memory.max", &bytes)?;
            set("memory.oom.group", "1")?;
            // Absent where there is no swap.
            let _ = set("memory.swap.max", "0");
        }
        if self.memory && self.version == Version::One {
            set("memory.limit_in_bytes", &bytes)?;
            // Absent where the kernel does not account for swap.
            let _ = set("memory.memsw.limit_in_bytes", &bytes);
        }
        if self.processes {
            set("pids.max", &processes.to_string())?;
        }
        Ok(())
    }

    /// Removes our own group, and puts this program back.
    pub(super) fn leave(&self) {
        sweep(&self.base);
        let _ = fs::remove_dir(&self.base);
        if let Some(moved) = &self.moved {
            moved.back();
        }
    }
}

impl Moved {
    fn back(&self) {
        let _ = fs::write(self.from.join("cgroup.subtree_control"), "-memory -pids");
        let _ = fs::write(self.from.join("cgroup.procs"), own_number());
        let _ = fs::remove_dir(&self.to);
    }
}

/// The hierarchies that can be used, for memory one of the newest version that works. `name` becomes our group.
pub(super) fn usable(name: &str) -> Vec<Hierarchy> {
    let memberships = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let own = |controller| own_group(&memberships, &mounts, controller);
    if let Some(found) = own("").and_then(|own| version_two(&own, name)) {
        return vec![found];
    }
    let one = |controller, memory| {
        version_one(&own(controller)?, name, |base| Hierarchy {
            version: Version::One,
            memory,
            processes: !memory,
            base,
            moved: None,
        })
    };
    let Some(memory) = one("memory", true) else {
        return Vec::new();
    };
    [Some(memory), one("pids", false)]
        .into_iter()
        .flatten()
        .collect()
}

fn version_one(
    own: &Path,
    name: &str,
    make: impl FnOnce(PathBuf) -> Hierarchy,
) -> Option<Hierarchy> {
    sweep_strangers(own);
    let base = own.join(name);
    make_folder(&base).then_some(())?;
    let found = make(base);
    tried(found)
}

fn version_two(own: &Path, name: &str) -> Option<Hierarchy> {
    let has = |file: &str| {
        let text = fs::read_to_string(own.join(file)).unwrap_or_default();
        let words: Vec<_> = text.split_ascii_whitespace().collect();
        words.contains(&"memory") && words.contains(&"pids")
    };
    if !has("cgroup.controllers") {
        return None;
    }
    sweep_strangers(own);
    let mut moved = None;
    if !has("cgroup.subtree_control") {
        // A group with members cannot hand controllers down. We may leave it if there is nobody else in it.
        let members = fs::read_to_string(own.join("cgroup.procs")).ok()?;
        let alone = members.split_ascii_whitespace().eq([own_number()]);
        let away = Moved {
            from: own.to_owned(),
            to: own.join(format!("{name}-host")),
        };
        let enter = alone && make_folder(&away.to);
        let hand_down = || {
            fs::write(away.to.join("cgroup.procs"), own_number())?;
            fs::write(own.join("cgroup.subtree_control"), "+memory +pids")
        };
        if !enter || hand_down().is_err() {
            away.back();
            return None;
        }
        moved = Some(away);
    }
    let base = own.join(name);
    let made = make_folder(&base);
    let found = Hierarchy {
        version: Version::Two,
        memory: true,
        processes: true,
        base,
        moved,
    };
    let handed =
        made && fs::write(found.base.join("cgroup.subtree_control"), "+memory +pids").is_ok();
    if !handed {
        found.leave();
        return None;
    }
    tried(found)
}

/// A hierarchy in which a group can really be made and limited.
fn tried(found: Hierarchy) -> Option<Hierarchy> {
    let trial = found.base.join("trial");
    let works = make_folder(&trial) && found.limit(&trial, 1 << 30, 64).is_ok();
    let _ = fs::remove_dir(&trial);
    if !works {
        found.leave();
        return None;
    }
    Some(found)
}

fn make_folder(path: &Path) -> bool {
    fs::create_dir(path).is_ok()
}

fn own_number() -> String {
    getpid().to_string()
}

/// Kills the members of a group.
pub(super) fn kill(folder: &Path) {
    if fs::write(folder.join("cgroup.kill"), "1").is_ok() {
        return;
    }
    let members = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
    for member in members.split_ascii_whitespace() {
        if let Some(pid) = member.parse().ok().and_then(Pid::from_raw) {
            // A process that ends between the two lines frees its number; the kernel does not give it out again so soon.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// Removes the groups of instances in `base`.
fn sweep(base: &Path) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            kill(&entry.path());
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// Removes the empty groups that programs left which were killed themselves.
fn sweep_strangers(own: &Path) {
    for entry in fs::read_dir(own).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name
            .to_str()
            .and_then(|name| name.strip_prefix("localyun-"));
        let owner = owner.and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        let gone = |owner: u32| !Path::new("/proc").join(owner.to_string()).exists();
        if owner.is_some_and(gone) {
            for inner in fs::read_dir(entry.path()).into_iter().flatten().flatten() {
                // Files of the group are no folders, and groups with members stay.
                let _ = fs::remove_dir(inner.path());
            }
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// The folder of the group that this program is in: of the version 1 controller with this name, of version 2 for "".
fn own_group(memberships: &str, mounts: &str, controller: &str) -> Option<PathBuf> {
    let path = memberships.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let has = parts.next()?.split(',').any(|name| name == controller);
        parts.next().filter(|_| has)
    })?;
    mounts.lines().find_map(|line| {
        let (front, back) = line.split_once(" - ")?;
        let mut front = front.split(' ').skip(3);
        let (root, point) = (front.next()?, front.next()?);
        let mut back = back.split(' ');
        let kind = back.next()?;
        let options = back.nth(1)?;
        let fits = match controller {
            "" => kind == "cgroup2",
            name => kind == "cgroup" && options.split(',').any(|option| option == name),
        };
        let below = Path::new(path).strip_prefix(root).ok().filter(|_| fits)?;
        Some(Path::new(point).join(below))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
30 29 0:26 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate
31 29 0:27 /docker/abc /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory
32 29 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
";

    #[test]
    fn the_own_group_is_found_in_either_version() {
        let memberships = "5:memory:/docker/abc/inner\n4:cpu,cpuacct:/x\n0::/user.slice/a\n";
        let own = |controller| own_group(memberships, MOUNTS, controller);
        assert_eq!(own(""), Some("/sys/fs/cgroup/unified/user.slice/a".into()));
        assert_eq!(own("memory"), Some("/sys/fs/cgroup/memory/inner".into()));
        assert_eq!(own("cpuacct"), Some("/sys/fs/cgroup/cpu,cpuacct/x".into()));
        assert_eq!(own("pids"), None);
    }

    #[test]
    fn kills_are_counted_in_either_version() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        assert_eq!(Version::Two.kills(folder.path()), 0);
        write("memory.events", "low 0\nhigh 0\nmax 9\noom 2\noom_kill 2\n");
        write(
            "memory.oom_control",
            "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n",
        );
        assert_eq!(Version::Two.kills(folder.path()), 2);
        assert_eq!(Version::One.kills(folder.path()), 3);
    }

    #[test]
    fn version_two_writes_what_the_kernel_documents() {
        let folder = tempfile::tempdir().unwrap();
        let hierarchy = Hierarchy {
            version: Version::Two,
            memory: true,
            processes: true,
            base: folder.path().to_owned(),
            moved: None,
        };
        hierarchy.limit(folder.path(), 128 << 20, 1026).unwrap();
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("memory.max"), "134217728");
        assert_eq!(read("memory.oom.group"), "1");
        assert_eq!(read("memory.swap.max"), "0");
        assert_eq!(read("pids.max"), "1026");
    }
}
