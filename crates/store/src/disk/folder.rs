//! The folder of a store: whose it is, which format it has, and who has it open.
//!
//! | Name | What |
//! |---|---|
//! | `FORMAT` | one line: `localyun store 1` |
//! | `LOCK` | locked by the process that has the store open |
//! | `rows/` | the engine's |
//! | `blobs/<generation>/<xx>/<id>` | a blob, in the folder of its first byte |
//! | `tmp/` | blobs that are being written; emptied at every start |
//!
//! A store is made in an order that a crash may interrupt anywhere: the engine's folder under another name (`rows.new`),
//! then `FORMAT`, then `rows`. Without `FORMAT` nothing was ever acknowledged, and it is made anew.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::OpenError;
use crate::faults::{SyncPoint, Syncs};

/// The number of the format that this version writes, and the only one that it reads.
const FORMAT: u32 = 1;
const FORMAT_FILE: &str = "FORMAT";
const FORMAT_NEW: &str = "FORMAT.new";
const FORMAT_BEGINS: &str = "localyun store ";
const LOCK: &str = "LOCK";
const ROWS: &str = "rows";
const ROWS_NEW: &str = "rows.new";
const BLOBS: &str = "blobs";
const TMP: &str = "tmp";

/// What may be in a folder whose making was interrupted before `FORMAT`.
const UNFINISHED: [&str; 3] = [LOCK, FORMAT_NEW, ROWS_NEW];
/// What the file system itself puts into its topmost folder.
const NOBODYS: &str = "lost+found";

/// How syncing a folder fails in which we cannot have made anything.
const NOT_OURS: [io::ErrorKind; 3] = [
    io::ErrorKind::PermissionDenied,
    io::ErrorKind::ReadOnlyFilesystem,
    io::ErrorKind::InvalidInput,
];

/// A locked folder in a format that we know.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Unlocked when it is closed.
    _lock: File,
}

impl Folder {
    /// Takes a folder, making it if it is not there. `make_rows` makes the engine's folder for an empty store at a path.
    pub(super) fn open(
        path: &Path,
        syncs: &Syncs,
        make_rows: impl FnOnce(&Path) -> Result<(), OpenError>,
    ) -> Result<Folder, OpenError> {
        let at = |error| OpenError::io(path, error);
        fs::create_dir_all(path).map_err(at)?;
        let path = path.canonicalize().map_err(at)?;
        // Before anything is written: a folder that is not ours stays as it is.
        let known = read_format(&path)?;
        if !known {
            refuse_foreign(&path)?;
        }
        let folder = Folder {
            _lock: lock(&path)?,
            path,
        };
        // Again, now that nobody else can be making it.
        if !known && !read_format(&folder.path)? {
            folder.make(syncs, make_rows)?;
        }
        folder.name_rows(syncs)?;
        folder.make_folders(syncs)?;
        Ok(folder)
    }

    /// The folder itself.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the engine is.
    pub(super) fn rows(&self) -> PathBuf {
        self.path.join(ROWS)
    }

    /// Where the generations of blobs are.
    pub(super) fn blobs(&self) -> PathBuf {
        self.path.join(BLOBS)
    }

    /// Where blobs are while they are being written.
    pub(super) fn tmp(&self) -> PathBuf {
        self.path.join(TMP)
    }

    fn make(
        &self,
        syncs: &Syncs,
        make_rows: impl FnOnce(&Path) -> Result<(), OpenError>,
    ) -> Result<(), OpenError> {
        let rows = self.path.join(ROWS_NEW);
        if let Err(error) = fs::remove_dir_all(&rows)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(OpenError::io(&rows, error));
        }
        make_rows(&rows)?;
        // Before `FORMAT`, which says that it is there.
        syncs
            .folder(SyncPoint::Folder, &self.path)
            .map_err(|error| OpenError::io(&self.path, error))?;
        let format = self.path.join(FORMAT_NEW);
        self.write_format(syncs, &format)
            .map_err(|error| OpenError::io(&format, error))
    }

    /// The temporary file, its bytes, its name, the folders: each before the next.
    fn write_format(&self, syncs: &Syncs, temporary: &Path) -> io::Result<()> {
        let mut file = File::create(temporary)?;
        writeln!(file, "{FORMAT_BEGINS}{FORMAT}")?;
        syncs.file(SyncPoint::Format, &file)?;
        fs::rename(temporary, self.path.join(FORMAT_FILE))?;
        self.sync_names(syncs)
    }

    /// The names in the folder, its own, and those of the folders that it is in: we may have made some of them, but not
    /// where we may not even read or where nothing can be written.
    fn sync_names(&self, syncs: &Syncs) -> io::Result<()> {
        syncs.folder(SyncPoint::Folder, &self.path)?;
        for folder in self.path.ancestors().skip(1) {
            if let Err(error) = syncs.folder(SyncPoint::Folder, folder)
                && !NOT_OURS.contains(&error.kind())
            {
                return Err(error);
            }
        }
        Ok(())
    }

    /// The last step of making a store, which a crash may have left to us.
    fn name_rows(&self, syncs: &Syncs) -> Result<(), OpenError> {
        let rows = self.rows();
        let at = |error| OpenError::io(&rows, error);
        if rows.try_exists().map_err(at)? {
            return Ok(());
        }
        match fs::rename(self.path.join(ROWS_NEW), &rows) {
            Ok(()) => syncs.folder(SyncPoint::Folder, &self.path).map_err(at),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(OpenError::Damaged {
                what: "it is missing".to_owned(),
                path: rows,
            }),
            Err(error) => Err(at(error)),
        }
    }

    fn make_folders(&self, syncs: &Syncs) -> Result<(), OpenError> {
        let tmp = self.tmp();
        empty(&tmp).map_err(|error| OpenError::io(&tmp, error))?;
        let blobs = self.blobs();
        let make = || {
            fs::create_dir_all(&blobs)?;
            // Also what an earlier process may have made and not synced.
            syncs.folder(SyncPoint::Folder, &self.path)
        };
        make().map_err(|error| OpenError::io(&blobs, error))
    }
}

/// Makes a folder, or empties it.
fn empty(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path())?,
            false => fs::remove_file(entry.path())?,
        }
    }
    Ok(())
}

/// Whether the folder has the format that we know. Another one is an error.
fn read_format(folder: &Path) -> Result<bool, OpenError> {
    let path = folder.join(FORMAT_FILE);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(OpenError::io(&path, error)),
    };
    let text = String::from_utf8_lossy(&text);
    let number = text.trim_end().strip_prefix(FORMAT_BEGINS);
    match number.and_then(|number| number.parse::<u32>().ok()) {
        Some(FORMAT) => Ok(true),
        Some(found) => Err(OpenError::Format {
            path: folder.to_owned(),
            found,
            known: FORMAT,
        }),
        None => Err(OpenError::Damaged {
            path,
            what: format!(
                "it does not say `{FORMAT_BEGINS}NUMBER` but `{}`",
                text.trim_end().escape_debug()
            ),
        }),
    }
}

/// A folder without a format is ours if there is nothing in it, or no more than an interrupted start leaves.
fn refuse_foreign(folder: &Path) -> Result<(), OpenError> {
    let at = |error| OpenError::io(folder, error);
    for entry in fs::read_dir(folder).map_err(at)? {
        let name = entry.map_err(at)?.file_name();
        if name != NOBODYS && !UNFINISHED.iter().any(|ours| name == *ours) {
            return Err(OpenError::Foreign {
                path: folder.to_owned(),
                found: name.to_string_lossy().into_owned(),
            });
        }
    }
    Ok(())
}

fn lock(folder: &Path) -> Result<File, OpenError> {
    let path = folder.join(LOCK);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path);
    let file = file.map_err(|error| OpenError::io(&path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked {
            path: folder.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(OpenError::io(&path, error)),
    }
}
