//! The model against programs whose fate is known: what they forget to sync is lost in some cut, what they sync in none.

use std::{
    fs::{self, File},
    io::{self, Seek, Write},
    path::Path,
};

use crate::{
    disk::{Disk, ROOT},
    mount::{Mounted, mount, unwatched},
};

/// How often each disk is cut. Every fate has at least a chance of one in sixteen.
const CUTS: u64 = 200;

/// What a program did to an empty folder, and what each of many power failures afterwards leaves of one file: `None`
/// where there is no such file. `None` for all where nothing can be mounted.
fn fates(
    name: &str,
    program: impl FnOnce(&Path) -> io::Result<()>,
) -> Option<Vec<Option<Vec<u8>>>> {
    let mounted = mount(Disk::new(), unwatched())?;
    program(mounted.path()).expect("the program runs");
    let disk = mounted.disk();
    drop(mounted);
    Some((0..CUTS).map(|seed| left(&disk.cut(seed), name)).collect())
}

/// Reads a file as a program would that finds the disk after a power failure.
fn left(disk: &Disk, name: &str) -> Option<Vec<u8>> {
    let mounted = Mounted::new(disk.clone(), unwatched()).expect("it was mounted before");
    match fs::read(mounted.path().join(name)) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => panic!("{error}"),
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

const WHOLE: &[u8] = &[7; 10_000];

/// That some fate is as wanted, or all are.
fn any(fates: &[Option<Vec<u8>>], is: impl Fn(Option<&[u8]>) -> bool) -> bool {
    fates.iter().any(|fate| is(fate.as_deref()))
}

#[test]
fn what_was_synced_survives() {
    let Some(fates) = fates("a", |folder| {
        write_synced(&folder.join("a"), WHOLE)?;
        sync_folder(folder)
    }) else {
        return;
    };
    assert!(!any(&fates, |fate| fate != Some(WHOLE)));
}

#[test]
fn a_file_that_was_not_synced_is_lost_cut_or_torn() {
    let Some(fates) = fates("a", |folder| {
        fs::write(folder.join("a"), WHOLE)?;
        sync_folder(folder)
    }) else {
        return;
    };
    assert!(!any(&fates, |fate| fate.is_none()), "its name was synced");
    assert!(any(&fates, |fate| fate == Some(b"")));
    assert!(any(&fates, |fate| fate == Some(WHOLE)));
    let torn = |fate: &[u8]| fate.len() == WHOLE.len() && fate.contains(&0) && fate.contains(&7);
    assert!(any(&fates, |fate| fate.is_some_and(torn)));
    let whole_sectors = |fate: &[u8]| fate.chunks(512).all(|s| s.iter().all(|b| *b == s[0]));
    assert!(
        !any(&fates, |fate| !fate.is_none_or(whole_sectors)),
        "no sector is torn"
    );
}

#[test]
fn a_name_that_was_not_synced_is_lost() {
    let Some(fates) = fates("a", |folder| write_synced(&folder.join("a"), WHOLE)) else {
        return;
    };
    assert!(any(&fates, |fate| fate.is_none()));
    assert!(any(&fates, |fate| fate == Some(WHOLE)));
    assert!(!any(&fates, |fate| fate.is_some_and(|bytes| bytes != WHOLE)));
}

/// Replaces a file by another, as programs do; with or without the last step.
fn replace(folder: &Path, last: bool) -> io::Result<()> {
    write_synced(&folder.join("a"), b"old")?;
    sync_folder(folder)?;
    write_synced(&folder.join("a.new"), WHOLE)?;
    fs::rename(folder.join("a.new"), folder.join("a"))?;
    if last { sync_folder(folder) } else { Ok(()) }
}

#[test]
fn a_rename_that_was_not_synced_is_lost() {
    let Some(lost) = fates("a", |folder| replace(folder, false)) else {
        return;
    };
    assert!(any(&lost, |fate| fate == Some(b"old")));
    assert!(any(&lost, |fate| fate == Some(WHOLE)));
    assert!(!any(&lost, |fate| fate != Some(b"old") && fate != Some(WHOLE)));
    let Some(kept) = fates("a", |folder| replace(folder, true)) else {
        return;
    };
    assert!(!any(&kept, |fate| fate != Some(WHOLE)));
}

/// Moves a file into another folder and syncs one of the two.
fn relocate(folder: &Path, synced: &str) -> io::Result<()> {
    fs::create_dir(folder.join("from"))?;
    fs::create_dir(folder.join("to"))?;
    write_synced(&folder.join("from/a"), WHOLE)?;
    for made in ["from", "to", ""] {
        sync_folder(&folder.join(made))?;
    }
    fs::rename(folder.join("from/a"), folder.join("to/a"))?;
    sync_folder(&folder.join(synced))
}

#[test]
fn a_file_that_moves_is_never_nowhere() {
    let Some(arrived) = fates("to/a", |folder| relocate(folder, "to")) else {
        return;
    };
    assert!(!any(&arrived, |fate| fate != Some(WHOLE)));
    let left_behind = fates("from/a", |folder| relocate(folder, "to")).unwrap_or_default();
    assert!(
        any(&left_behind, |fate| fate.is_some()),
        "its old name may come back"
    );
    let lost = fates("to/a", |folder| relocate(folder, "from")).unwrap_or_default();
    assert!(any(&lost, |fate| fate.is_none()));
}

#[test]
fn a_file_in_a_folder_that_was_not_synced_is_lost() {
    let Some(fates) = fates("new/a", |folder| {
        fs::create_dir(folder.join("new"))?;
        write_synced(&folder.join("new/a"), WHOLE)?;
        sync_folder(&folder.join("new"))
    }) else {
        return;
    };
    assert!(any(&fates, |fate| fate.is_none()));
    assert!(any(&fates, |fate| fate == Some(WHOLE)));
}

#[test]
fn a_deletion_that_was_not_synced_is_undone() {
    let Some(fates) = fates("a", |folder| {
        write_synced(&folder.join("a"), WHOLE)?;
        sync_folder(folder)?;
        fs::remove_file(folder.join("a"))
    }) else {
        return;
    };
    assert!(any(&fates, |fate| fate.is_none()));
    assert!(any(&fates, |fate| fate == Some(WHOLE)));
}

/// Overwrites in place: each sector is old or new, whichever was written first.
#[test]
fn writes_are_reordered() {
    let Some(fates) = fates("a", |folder| {
        write_synced(&folder.join("a"), &[1; 8192])?;
        sync_folder(folder)?;
        let mut file = File::options().write(true).open(folder.join("a"))?;
        file.write_all(&[2; 4096])?;
        file.write_all(&[3; 4096])
    }) else {
        return;
    };
    let ends = |first, last| {
        move |fate: Option<&[u8]>| fate.is_some_and(|b| b[0] == first && b[8191] == last)
    };
    for (first, last) in [(1, 1), (2, 1), (1, 3), (2, 3)] {
        assert!(any(&fates, ends(first, last)), "{first} {last}");
    }
}

/// What a truncation took never comes back from behind the end.
#[test]
fn a_truncation_shows_whole_or_not_at_all() {
    let Some(fates) = fates("a", |folder| {
        write_synced(&folder.join("a"), &[1; 8192])?;
        sync_folder(folder)?;
        let mut file = File::options().write(true).open(folder.join("a"))?;
        file.set_len(0)?;
        file.seek(io::SeekFrom::Start(4096))?;
        file.write_all(&[2; 4096])
    }) else {
        return;
    };
    assert!(any(&fates, |fate| fate == Some(b"")));
    assert!(any(&fates, |fate| fate
        .is_some_and(|b| b.len() == 8192 && b[0] == 0)));
    let mixed = |bytes: &[u8]| bytes.len() == 8192 && bytes[0] == 0 && bytes.contains(&1);
    assert!(!any(&fates, |fate| fate.is_some_and(mixed)));
}

/// Locks, folders that are read while they are emptied, names that are taken: what a store needs of a file system.
#[test]
fn behaves_like_a_file_system() {
    let Some(mounted) = mount(Disk::new(), unwatched()) else {
        return;
    };
    let folder = mounted.path().join("folder");
    fs::create_dir(&folder).expect("a folder is made");
    for number in 0..500 {
        fs::write(folder.join(number.to_string()), number.to_string()).expect("a file is written");
    }
    assert_eq!(fs::read_dir(&folder).expect("it is read").count(), 500);
    let taken = File::create_new(folder.join("7")).expect_err("the name is taken");
    assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
    fs::hard_link(folder.join("7"), folder.join("seven")).expect("it is linked");
    fs::remove_file(folder.join("7")).expect("it is removed");
    assert_eq!(fs::read(folder.join("seven")).expect("it is read"), b"7");
    let (one, other) = (lockable(&folder), lockable(&folder));
    one.try_lock().expect("nobody holds it");
    assert!(other.try_lock().is_err(), "somebody holds it");
    drop((one, other));
    assert!(fs::remove_dir(&folder).is_err(), "it is not empty");
    fs::remove_dir_all(&folder).expect("it is removed");
    assert!(
        mounted
            .disk()
            .names(ROOT)
            .is_some_and(|names| names.is_empty())
    );
}

fn lockable(folder: &Path) -> File {
    File::open(folder.join("8")).expect("it is there")
}
