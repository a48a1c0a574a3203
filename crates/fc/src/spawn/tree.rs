//! What `/proc` says of a process and its descendants.

use std::fs;
use std::io::ErrorKind;

use rustix::process::Pid;

/// The children of a process now, whichever of its threads started them; none when it has gone.
pub(super) fn children(parent: Pid) -> Vec<Pid> {
    let parent = parent.as_raw_nonzero();
    let threads = fs::read_dir(format!("/proc/{parent}/task"));
    let mut found = Vec::new();
    for thread in threads.into_iter().flatten().flatten() {
        match fs::read_to_string(thread.path().join("children")) {
            Ok(listed) => found.extend(numbers(&listed)),
            // It has ended meanwhile.
            Err(_) if !thread.path().exists() => {}
            // Not every kernel keeps the list.
            Err(_) => return by_parent(parent.get()),
        }
    }
    found
}

/// The numbers of processes that the kernel lists in a text.
pub(super) fn numbers(listed: &str) -> impl Iterator<Item = Pid> {
    let numbers = listed.split_ascii_whitespace();
    numbers.filter_map(|number| Pid::from_raw(number.parse().ok()?))
}

/// A process and its descendants now.
pub(super) fn family(root: Pid) -> Vec<Pid> {
    let mut all = vec![root];
    let mut next = 0;
    while let Some(&pid) = all.get(next) {
        all.extend(children(pid));
        next += 1;
    }
    all
}

/// Whether a process has the socket with this inode open, or does not let us see that.
pub(super) fn holds(pid: Pid, inode: u64) -> bool {
    let wanted = format!("socket:[{inode}]");
    match fs::read_dir(format!("/proc/{}/fd", pid.as_raw_nonzero())) {
        Ok(mut open) => open.any(|entry| {
            let leads = entry.and_then(|entry| fs::read_link(entry.path()));
            leads.is_ok_and(|to| *to == *wanted)
        }),
        Err(error) => error.kind() == ErrorKind::PermissionDenied,
    }
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
    let all = family(root);
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
