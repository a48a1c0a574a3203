//! The backend that keeps what it acknowledged, in a folder.
//!
//! * Rows are in an embedded engine (`fjall`) behind one thread that writes ([`writer`]): many commits share one sync.
//!   A commit is answered when it is durable, and nobody sees it before.
//! * Blobs are files ([`files`]), durable before the commit that makes them somebody's.
//! * Every sync that an answer depends on goes through [`crate::faults`].
//! * After a failed sync or a failed write of the engine it is not known what is durable. The store then answers
//!   [`Error::Poisoned`] to whoever wants to write, and goes on to read, until the process is started again.
//! * A full device is [`Error::Full`], which is noticed before anything is written ([`space`]).
//!
//! One process has a folder at a time; nothing else may write into it.

mod files;
mod folder;
mod journal;
mod reading;
mod space;
mod tables;
mod writer;

#[cfg(test)]
mod tests;

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use async_trait::async_trait;

pub use reading::FileContent;

#[cfg(feature = "faults")]
use crate::Faults;
use crate::{
    Backend, Batch, BlobId, Error, Meta, Row, Snapshot, Store, View,
    faults::{SyncPoint, Syncs},
    marks::Marks,
    meta::encode_counter,
    ownership::PENDING,
};
use files::Files;
use folder::Folder;
use space::Space;
use tables::{Engine, Standing, State, Tables};
use writer::Queue;

/// How a store on disk is opened.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What goes wrong, for tests.
    #[cfg(feature = "faults")]
    pub faults: Faults,
}

#[cfg(feature = "faults")]
fn syncs(options: &Options) -> Syncs {
    Syncs::with(options.faults.clone())
}

#[cfg(not(feature = "faults"))]
fn syncs(_: &Options) -> Syncs {
    Syncs::default()
}

/// Why a folder cannot be opened as a store. Nothing in it was changed.
#[derive(Debug)]
pub enum OpenError {
    /// Another process has it open.
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// There is something in it that is not ours.
    Foreign {
        /// The folder.
        path: PathBuf,
        /// Some name in it.
        found: String,
    },
    /// It was written by a version with another format.
    Format {
        /// The folder.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The format that this version knows.
        known: u32,
    },
    /// A file in it is missing or says what makes no sense.
    Damaged {
        /// The file, or the folder that it is in.
        path: PathBuf,
        /// What is wrong, as the rest of a sentence.
        what: String,
    },
    /// The file system refused something.
    Io {
        /// What it was asked for.
        path: PathBuf,
        /// Its answer.
        error: io::Error,
    },
}

impl OpenError {
    fn io(path: &Path, error: io::Error) -> OpenError {
        OpenError::Io {
            path: path.to_owned(),
            error,
        }
    }

    fn of(path: &Path, error: Error) -> OpenError {
        match error {
            Error::Io(error) => OpenError::io(path, error),
            Error::Full => OpenError::io(path, io::ErrorKind::StorageFull.into()),
            Error::Damaged { what } => OpenError::Damaged {
                path: path.to_owned(),
                what,
            },
            error => OpenError::Damaged {
                path: path.to_owned(),
                what: error.to_string(),
            },
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Locked { path } => write!(
                f,
                "the data folder {} is in use by another process; stop that one first, or name another folder",
                path.display()
            ),
            OpenError::Foreign { path, found } => write!(
                f,
                "the folder {} is not empty and not a data folder of LocalYun (there is `{found}` in it); name an \
                 empty one, or one that does not exist yet",
                path.display()
            ),
            OpenError::Format { path, found, known } => write!(
                f,
                "the data folder {} has format {found}, and this version knows format {known} only; {}",
                path.display(),
                match found > known {
                    true => "start it with the newer version that wrote it, or name another folder",
                    false =>
                        "start it with the older version that wrote it, or name another folder",
                }
            ),
            OpenError::Damaged { path, what } => write!(
                f,
                "{} is damaged: {}; restore the data folder from a copy, or name another",
                path.display(),
                what.trim_end_matches('.')
            ),
            OpenError::Io { path, error } => {
                write!(
                    f,
                    "cannot use {} as part of a data folder: {error}{}",
                    path.display(),
                    advice(error.kind())
                )
            }
        }
    }
}

/// What to do about it, where there is something plain to do.
fn advice(kind: std::io::ErrorKind) -> &'static str {
    match kind {
        std::io::ErrorKind::PermissionDenied => {
            "; give the folder to the user that runs this, or run it as the folder's owner"
        }
        std::io::ErrorKind::ReadOnlyFilesystem => {
            "; name a folder on a file system that is not read-only"
        }
        std::io::ErrorKind::StorageFull => "; make room, or name a folder on another file system",
        _ => "",
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            OpenError::Io { error, .. } => Some(error),
            OpenError::Locked { .. }
            | OpenError::Foreign { .. }
            | OpenError::Format { .. }
            | OpenError::Damaged { .. } => None,
        }
    }
}

/// Whether the store may still write.
#[derive(Clone, Debug, Default)]
struct Health(Arc<AtomicBool>);

impl Health {
    fn check(&self) -> Result<(), Error> {
        match self.0.load(Ordering::Acquire) {
            true => Err(Error::Poisoned),
            false => Ok(()),
        }
    }

    fn poison(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn failed_sync(&self, error: io::Error) -> Error {
        tracing::error!(%error, "a sync failed; the store takes no more writes until a restart");
        self.poison();
        Error::Io(error)
    }
}

/// What the writer and everybody else have in common.
struct Shared {
    /// The generation in use.
    tables: RwLock<Tables>,
    files: Arc<Files>,
    /// See [`Meta::stamp`]. Changed when a commit is to be seen and before it is answered.
    stamp: AtomicU64,
    /// See [`Meta::mark`]. Changed when the stamp is.
    marks: Marks,
    rows_folder: PathBuf,
    space: Space,
    health: Health,
    syncs: Syncs,
}

impl Shared {
    fn tables(&self) -> Tables {
        self.tables
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// That of the blobs.
    fn generation(&self) -> u64 {
        let tables = self.tables.read();
        tables.unwrap_or_else(PoisonError::into_inner).blobs
    }

    fn replace_tables(&self, tables: Tables) {
        *self.tables.write().unwrap_or_else(PoisonError::into_inner) = tables;
    }

    /// Empty tables and a folder for blobs, durable.
    fn make_generation(&self, engine: &Engine, state: State) -> Result<Tables, Error> {
        let tables = engine.tables(state).map_err(tables::failure)?;
        let synced = sync_tables(&self.syncs, &self.rows_folder);
        synced.map_err(|error| self.health.failed_sync(error))?;
        self.files.make_generation(state.blobs)?;
        Ok(tables)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "blobs in {:?}", self.files)
    }
}

/// Where the engine has a folder for each keyspace. It syncs what is in them, but not their names.
fn sync_tables(syncs: &Syncs, rows: &Path) -> io::Result<()> {
    syncs.folder(SyncPoint::Tables, &rows.join("keyspaces"))
}

struct Disk {
    // The first to go: it writes what still waits.
    queue: Queue,
    engine: Engine,
    shared: Arc<Shared>,
    /// Whether the files were compared with the rows since this was opened.
    compared: AtomicBool,
    // The last to go: it unlocks the folder.
    folder: Folder,
}

pub(crate) fn open(path: &Path, options: &Options) -> Result<Store, OpenError> {
    let syncs = syncs(options);
    let folder = Folder::open(path, &syncs, |rows| {
        Engine::make(rows).map_err(|error| OpenError::of(rows, tables::failure(error)))?;
        sync_tables(&syncs, rows).map_err(|error| OpenError::io(rows, error))
    })?;
    let rows = folder.rows();
    let (engine, state, tables) = open_rows(&rows, &syncs)?;
    let health = Health::default();
    let files = Files::open(
        folder.blobs(),
        folder.tmp(),
        syncs.clone(),
        health.clone(),
        state.blobs,
    );
    let files = files.map_err(|error| OpenError::of(&folder.blobs(), error))?;
    // What a clearing that was cut short has left.
    files
        .delete_others(state.blobs)
        .map_err(|error| OpenError::io(&folder.blobs(), error))?;
    let shared = Arc::new(Shared {
        tables: RwLock::new(tables),
        files: Arc::new(files),
        stamp: AtomicU64::new(0),
        marks: Marks::default(),
        rows_folder: rows.clone(),
        space: Space::of(folder.path().to_owned()),
        health,
        syncs,
    });
    let queue = Queue::start(shared.clone(), engine.clone(), state)
        .map_err(|error| OpenError::io(&rows, error))?;
    let disk = Arc::new(Disk {
        queue,
        engine,
        shared: shared.clone(),
        compared: AtomicBool::new(false),
        folder,
    });
    Ok(Store::new(disk.clone(), shared, disk))
}

fn open_rows(path: &Path, syncs: &Syncs) -> Result<(Engine, State, Tables), OpenError> {
    // Without these the engine would make anew what it believes was never there, and delete what it does not know then.
    for needed in ["version", "keyspaces/0/current"] {
        let needed = path.join(needed);
        if !needed
            .try_exists()
            .map_err(|error| OpenError::io(&needed, error))?
        {
            return Err(OpenError::Damaged {
                path: needed,
                what: "it is missing".to_owned(),
            });
        }
    }
    journal::mend(path)?;
    let failed = |error| OpenError::of(path, error);
    let (engine, state, tables) = Engine::open(path).map_err(failed)?;
    let rest = engine.delete_others(state.generation);
    rest.map_err(|error| failed(tables::failure(error)))?;
    sync_tables(syncs, path).map_err(|error| OpenError::io(path, error))?;
    let state = end_leases(&engine, &tables, state).map_err(failed)?;
    Ok((engine, state, tables))
}

/// Uploads of an earlier process will not go on: the next sweep may take them at once.
fn end_leases(engine: &Engine, tables: &Tables, state: State) -> Result<State, Error> {
    let standing = engine.snapshot(tables.clone());
    let leases = standing.page(PENDING.as_bytes(), b"", usize::MAX)?;
    if leases.is_empty() {
        return Ok(state);
    }
    let state = State {
        commits: state.commits + 1,
        ..state
    };
    let mut batch = engine.batch(leases.len() + 1, true);
    for lease in leases {
        tables.put(&mut batch, &lease.key, state.commits, &encode_counter(0));
    }
    engine.put_state(&mut batch, state);
    batch.commit().map_err(tables::failure)?;
    Ok(state)
}

impl Disk {
    fn standing(&self) -> Standing {
        // The tables before the instant: were they replaced in between, the older ones would still be whole.
        let tables = self.shared.tables();
        self.engine.snapshot(tables)
    }
}

#[async_trait]
impl Meta for Disk {
    async fn view(&self) -> Result<View, Error> {
        Ok(View::local(Arc::new(self.standing())))
    }

    async fn get(&self, key: &[u8]) -> Result<Option<Row>, Error> {
        self.standing().get(key)
    }

    fn stamp(&self) -> Option<u64> {
        Some(self.shared.stamp.load(Ordering::Acquire))
    }

    fn mark(&self, key: &[u8]) -> Option<u64> {
        Some(self.shared.marks.get(key))
    }

    async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        self.queue.commit(batch).await
    }
}

#[async_trait]
impl Backend for Disk {
    fn name(&self) -> &'static str {
        "disk"
    }

    fn path(&self) -> Option<&Path> {
        Some(self.folder.path())
    }

    fn fork(&self) -> Result<Store, Error> {
        Err(Error::Unsupported("fork"))
    }

    async fn clear(&self) -> Result<(), Error> {
        self.queue.clear().await
    }

    async fn unswept(&self) -> Result<Vec<BlobId>, Error> {
        if self.compared.swap(true, Ordering::Relaxed) {
            return Ok(Vec::new());
        }
        let listed = self.shared.files.list(self.shared.generation());
        listed.map_err(|error| {
            self.compared.store(false, Ordering::Relaxed);
            error.into()
        })
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store in {}", self.folder.path().display())
    }
}
