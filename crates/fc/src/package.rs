//! Code packages: ZIP archives from strangers.

mod merge;

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Cursor, Read};
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use bytes::Bytes;
use zip::ZipArchive;
use zip::read::ZipFile;

pub(crate) use merge::merge;

/// The most bytes of a package's files together, unpacked. The real service documents none; this is four times the
/// largest package that it takes.
const MAX_UNPACKED: u64 = 2 << 30;
/// The most files and folders of a package.
const MAX_ENTRIES: usize = 100_000;
/// The longest target of a symbolic link, in bytes.
const MAX_LINK: u64 = 4096;

/// Why a package is refused.
#[derive(Debug)]
pub(crate) enum BadPackage {
    /// Not a ZIP archive, or a broken one.
    Broken(String),
    /// An entry leads out of the folder, or is there twice, or is of a kind that is not unpacked.
    Entry { name: String, why: &'static str },
    /// More files, or more bytes, than are unpacked.
    TooLarge(&'static str),
    /// The files cannot be written here.
    Disk(io::Error),
}

impl fmt::Display for BadPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(why) => write!(f, "it is not a valid ZIP archive ({why})"),
            Self::Entry { name, why } => write!(f, "the entry '{}' {why}", name.escape_default()),
            Self::TooLarge(what) => write!(f, "it has too many {what}"),
            Self::Disk(error) => write!(f, "its files cannot be written: {error}"),
        }
    }
}

impl std::error::Error for BadPackage {}

impl From<zip::result::ZipError> for BadPackage {
    fn from(error: zip::result::ZipError) -> Self {
        Self::Broken(error.to_string())
    }
}

/// Reads a package to its end without writing anything: names, sizes and checksums of all entries are as they should
/// be when this returns.
pub(crate) fn check(bytes: &Bytes) -> Result<(), BadPackage> {
    check_up_to(bytes, MAX_UNPACKED)
}

fn check_up_to(bytes: &Bytes, most: u64) -> Result<(), BadPackage> {
    walk(bytes, most, &mut |entry, path, limit| {
        if entry.is_symlink() {
            return link_target(entry, path).map(|_| 0);
        }
        let read = io::copy(&mut entry.take(limit.saturating_add(1)), &mut io::sink());
        read.map_err(|error| BadPackage::Broken(error.to_string()))
    })
}

/// Unpacks a package, which has been checked, into a folder that is there and empty. Its files are not to be written.
pub(crate) fn unpack(bytes: &Bytes, folder: &Path) -> Result<(), BadPackage> {
    walk(bytes, MAX_UNPACKED, &mut |entry, path, limit| {
        let place = folder.join(path);
        if !entry.is_symlink() {
            return write(entry, &place, limit).map_err(BadPackage::Disk);
        }
        let target = link_target(entry, path)?;
        let above = place.parent().map_or(Ok(()), fs::create_dir_all);
        let linked = above.and_then(|()| symlink(target, &place));
        linked.map(|()| 0).map_err(BadPackage::Disk)
    })
}

/// What is done with one entry: given the entry, where it goes and how many bytes are left, it says how many it took.
type Visit<'a> =
    dyn FnMut(&mut ZipFile<'_, Cursor<Bytes>>, &Path, u64) -> Result<u64, BadPackage> + 'a;

fn walk(bytes: &Bytes, most: u64, visit: &mut Visit<'_>) -> Result<(), BadPackage> {
    let mut archive = ZipArchive::new(Cursor::new(bytes.clone()))?;
    if listed(bytes, archive.central_directory_start()) != archive.len() {
        return Err(BadPackage::Broken("an entry is there twice".to_owned()));
    }
    if archive.len() > MAX_ENTRIES {
        return Err(BadPackage::TooLarge("files"));
    }
    let (mut places, mut left) = (Places::default(), most);
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let path = places.take(&entry)?;
        let took = visit(&mut entry, &path, left)?;
        left = left
            .checked_sub(took)
            .ok_or(BadPackage::TooLarge("bytes, unpacked"))?;
    }
    Ok(())
}

/// How many entries the archive's directory lists. The reader keeps one of several that have the same name, and others
/// keep another: what such a package holds is anybody's guess.
fn listed(bytes: &[u8], directory: u64) -> usize {
    const SIGNATURE: &[u8] = b"PK\x01\x02";
    let mut rest = usize::try_from(directory)
        .ok()
        .and_then(|at| bytes.get(at..))
        .unwrap_or_default();
    let mut count = 0;
    while rest.starts_with(SIGNATURE) {
        let length = |at: usize| match rest.get(at..at + 2) {
            Some(&[low, high]) => usize::from(u16::from_le_bytes([low, high])),
            _ => 0,
        };
        // The name, further fields and a comment follow 46 bytes.
        let size = 46 + length(28) + length(30) + length(32);
        rest = rest.get(size..).unwrap_or_default();
        count += 1;
    }
    count
}

/// The paths that a package has used so far.
#[derive(Default)]
struct Places {
    files: HashSet<PathBuf>,
    folders: HashSet<PathBuf>,
}

impl Places {
    /// Where an entry goes: inside the folder, to a place that nothing has, and through no link.
    fn take(&mut self, entry: &ZipFile<'_, Cursor<Bytes>>) -> Result<PathBuf, BadPackage> {
        let name = entry.name()?.into_owned();
        let bad = |why| BadPackage::Entry {
            name: name.clone(),
            why,
        };
        let path = inside(&name).ok_or_else(|| bad("leads out of the package"))?;
        let above = path.ancestors().skip(1).map(Path::to_path_buf);
        let above: Vec<PathBuf> = above.filter(|p| !p.as_os_str().is_empty()).collect();
        if above.iter().any(|folder| self.files.contains(folder)) {
            return Err(bad("lies below an entry that is no folder"));
        }
        self.folders.extend(above);
        let (new, clash) = match entry.is_dir() {
            true => (true, self.files.contains(&path)),
            false => (
                self.files.insert(path.clone()),
                self.folders.contains(&path),
            ),
        };
        if !new || clash {
            return Err(bad("is there twice"));
        }
        if entry.is_dir() {
            self.folders.insert(path.clone());
        }
        Ok(path)
    }
}

/// The path of an entry, if it stays in the folder.
fn inside(name: &str) -> Option<PathBuf> {
    if name.contains(['\0', '\\']) {
        return None;
    }
    let mut path = PathBuf::new();
    for part in Path::new(name).components() {
        match part {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (!path.as_os_str().is_empty()).then_some(path)
}

/// Whether a link at `path` leads to somewhere in the folder. Steps up come first: behind another link they would not
/// lead where they seem to.
fn stays_inside(path: &Path, target: &Path) -> bool {
    let mut depth = path.components().count() - 1;
    let mut down = false;
    for part in target.components() {
        match part {
            Component::Normal(_) => down = true,
            Component::CurDir => {}
            Component::ParentDir if !down && depth > 0 => depth -= 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    true
}

/// Where a link leads, if it may lead there.
fn link_target(entry: &mut ZipFile<'_, Cursor<Bytes>>, path: &Path) -> Result<PathBuf, BadPackage> {
    let name = entry.name()?.into_owned();
    let mut target = String::new();
    let read = entry.take(MAX_LINK).read_to_string(&mut target);
    read.map_err(|error| BadPackage::Broken(error.to_string()))?;
    let target = PathBuf::from(target);
    match stays_inside(path, &target) {
        true => Ok(target),
        false => Err(BadPackage::Entry {
            name,
            why: "is a link that leads out of the package",
        }),
    }
}

/// Writes one entry, and says how many bytes it has. More than `limit` are not written.
fn write(entry: &mut ZipFile<'_, Cursor<Bytes>>, path: &Path, limit: u64) -> io::Result<u64> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    if entry.is_dir() {
        fs::create_dir_all(path)?;
        return Ok(0);
    }
    let mode = entry.unix_mode().unwrap_or(0o644) & 0o111 | 0o444;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    io::copy(&mut entry.take(limit.saturating_add(1)), &mut file)
}

#[cfg(test)]
mod tests;
