//! A folder as a code package.

use std::fs::{self, File, Metadata};
use std::io::{self, Cursor};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The largest package that the API takes in a request, in bytes: 100 MB of Base64 (spec/fc.md §1.9), less some room for
/// the settings beside it.
const LARGEST: usize = (100 << 20) / 4 * 3 - (64 << 10);

/// What is never part of the code, wherever it lies.
const LEFT_OUT: &[&str] = &[".git", "__pycache__", ".DS_Store"];

/// One thing in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    path: PathBuf,
    link: bool,
    mode: u32,
    size: u64,
    modified: Option<SystemTime>,
    /// When anything of it was changed: tools that copy files give them the time of the original.
    changed: (i64, i64),
}

/// A package, and of how many files.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) bytes: Vec<u8>,
    pub(super) files: usize,
}

/// What lies in the folder, in order; as long as nothing is saved, the same.
///
/// # Errors
///
/// It cannot be read.
pub(super) fn entries(folder: &Path) -> io::Result<Vec<Entry>> {
    let mut found = Vec::new();
    collect(folder, &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn collect(folder: &Path, found: &mut Vec<Entry>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let left_out = LEFT_OUT.iter().any(|name| entry.file_name() == *name);
        if left_out {
            continue;
        }
        let (path, about) = (entry.path(), entry.metadata()?);
        if about.is_dir() {
            collect(&path, found)?;
        } else if about.is_file() || about.is_symlink() {
            found.push(Entry::new(path, &about));
        }
    }
    Ok(())
}

impl Entry {
    fn new(path: PathBuf, about: &Metadata) -> Self {
        Self {
            path,
            link: about.is_symlink(),
            mode: about.permissions().mode() & 0o777,
            size: about.len(),
            modified: about.modified().ok(),
            changed: (about.ctime(), about.ctime_nsec()),
        }
    }
}

/// Packs a folder. The same files give the same bytes, whenever they were saved.
///
/// # Errors
///
/// A sentence that names what to mend.
pub(super) fn pack(folder: &Path) -> Result<Package, String> {
    let cannot = |e: &dyn std::fmt::Display| format!("cannot pack {}: {e}", folder.display());
    if !folder.is_dir() {
        return Err(cannot(&"there is no such folder"));
    }
    let entries = entries(folder).map_err(|e| cannot(&e))?;
    if entries.is_empty() {
        return Err(cannot(&"there is no file in it"));
    }
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in &entries {
        add(&mut archive, folder, entry)
            .map_err(|e| cannot(&format!("{}: {e}", entry.path.display())))?;
    }
    let bytes = archive.finish().map_err(|e| cannot(&e))?.into_inner();
    if bytes.len() > LARGEST {
        return Err(cannot(&format!(
            "it has {} MB packed, and a request may bring {} MB; leave files out, or put the ZIP archive into a bucket and \
             name it with an SDK (ossBucketName, ossObjectName)",
            bytes.len() >> 20,
            LARGEST >> 20
        )));
    }
    Ok(Package {
        bytes,
        files: entries.len(),
    })
}

fn add(archive: &mut ZipWriter<Cursor<Vec<u8>>>, folder: &Path, entry: &Entry) -> io::Result<()> {
    let inside = entry.path.strip_prefix(folder).map_err(io::Error::other)?;
    let text = |path: &Path| path.to_str().map(str::to_owned);
    let unreadable = || io::Error::other("the name is not UTF-8");
    let name = text(inside).ok_or_else(unreadable)?;
    // Without a time of its own.
    let options = SimpleFileOptions::default()
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(entry.mode);
    if entry.link {
        let target = text(&fs::read_link(&entry.path)?).ok_or_else(unreadable)?;
        return Ok(archive.add_symlink(name, target, options)?);
    }
    archive.start_file(name, options)?;
    io::copy(&mut File::open(&entry.path)?, archive)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn names(package: &Package) -> Vec<String> {
        let archive = zip::ZipArchive::new(Cursor::new(package.bytes.clone())).unwrap();
        archive
            .file_names()
            .map(|name| name.unwrap().into_owned())
            .collect()
    }

    #[test]
    fn the_same_files_give_the_same_bytes() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for folder in [&one, &two] {
            fs::create_dir(folder.path().join("lib")).unwrap();
            fs::write(folder.path().join("lib/b.py"), "b").unwrap();
            fs::write(folder.path().join("a.py"), "a").unwrap();
        }
        let later = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        let file = File::options()
            .write(true)
            .open(two.path().join("a.py"))
            .unwrap();
        file.set_modified(later).unwrap();
        let (one, two) = (pack(one.path()).unwrap(), pack(two.path()).unwrap());
        assert_eq!(
            (names(&one), one.files),
            (vec!["a.py".to_owned(), "lib/b.py".to_owned()], 2)
        );
        assert_eq!(one.bytes, two.bytes);
    }

    #[test]
    fn links_and_modes_are_kept_and_leavings_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("run");
        fs::write(&program, "#!/bin/sh").unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        symlink("run", folder.path().join("link")).unwrap();
        fs::create_dir(folder.path().join("__pycache__")).unwrap();
        fs::write(folder.path().join("__pycache__/x.pyc"), "x").unwrap();
        let packed = pack(folder.path()).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(packed.bytes)).unwrap();
        assert_eq!(archive.len(), 2);
        assert!(archive.by_name("link").unwrap().is_symlink());
        assert_eq!(
            archive.by_name("run").unwrap().unix_mode().unwrap() & 0o777,
            0o755
        );
    }

    #[test]
    fn a_folder_without_code_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(pack(folder.path()).unwrap_err().contains("no file"));
        let nowhere = folder.path().join("nowhere");
        assert!(pack(&nowhere).unwrap_err().contains("no such folder"));
    }

    #[test]
    fn a_saved_file_changes_the_entries() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.py"), "a").unwrap();
        let before = entries(folder.path()).unwrap();
        assert_eq!(entries(folder.path()).unwrap(), before);
        fs::write(folder.path().join("a.py"), "ab").unwrap();
        assert_ne!(entries(folder.path()).unwrap(), before);
    }
}
