//! What `/proc` says of a process and its descendants.

use std::fs;

use rustix::process::Pid;

/// The children of a process now; none when it has gone.
pub(super) fn children(parent: Pid) -> Vec<Pid> {
    let parent = parent.as_raw_nonzero();
    let listed = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"));
    let pids = |text: &str| {
        let numbers = text.split_ascii_whitespace();
        numbers
            .filter_map(|n| Pid::from_raw(n.parse().ok()?))
            .collect()
    };
    // Not every kernel keeps the list.
    listed.map_or_else(|_| by_parent(parent.get()), |text| pids(&text))
}

fn by_parent(parent: i32) -> Vec<Pid> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let child = |entry: fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let (_, fields) = stat.rsplit_once(')')?;
        let its_parent: i32 = fields.split_ascii_whitespace().nth(1)?.parse().ok()?;
        (its_parent == parent).then(|| Pid::from_raw(pid)).flatten()
    };
    processes.filter_map(child).collect()
}

/// The memory of a process and its descendants, in bytes. What they share is counted once if the sum of their
/// resident sets is above `doubtful`; finding that out costs more.
pub(super) fn memory(root: Pid, doubtful: u64) -> u64 {
    let mut all = vec![root];
    let mut next = 0;
    while let Some(&pid) = all.get(next) {
        all.extend(children(pid));
        next += 1;
    }
    let resident = all.iter().filter_map(|&pid| field(pid, "status", "VmRSS:"));
    let sum = resident.sum();
    if sum <= doubtful || all.len() == 1 {
        return sum;
    }
    let shares = all
        .iter()
        .filter_map(|&pid| field(pid, "smaps_rollup", "Pss:"));
    shares.sum()
}

/// The largest resident set that a process ever had, in bytes.
pub(super) fn peak_memory(pid: Pid) -> Option<u64> {
    field(pid, "status", "VmHWM:")
}

/// A figure that the kernel gives in KiB, in bytes.
fn field(pid: Pid, file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{}/{file}", pid.as_raw_nonzero())).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
