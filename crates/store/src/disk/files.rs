//! A blob is a file.
//!
//! It is written under a temporary name, synced, renamed into a folder of its generation, and that folder is synced:
//! then its writer is answered, and the commit that makes it somebody's can follow.

use std::{
    fs::{self, File},
    io::{self, IoSlice, Write},
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::sync::mpsc;

use super::{Health, Shared, reading};
use crate::{
    BlobId, Blobs, Buffers, ByteStream, Content, Error, FileContent,
    faults::{SyncPoint, Syncs},
};

/// How many pieces of a body may wait for the thread that writes it.
const WAITING: usize = 2;

/// So many bytes of a body are written before the device is set to work on them: waiting for the last of them is short
/// then, and the device is busy while the next come.
const STRIDE: u64 = 4 << 20;

/// Where blobs are.
#[derive(Debug)]
pub(super) struct Files {
    blobs: PathBuf,
    tmp: PathBuf,
    syncs: Syncs,
    health: Health,
    /// The folders of the newest generation whose names are durable.
    shards: Mutex<Shards>,
    /// What they are read into.
    buffers: Buffers,
}

#[derive(Debug)]
struct Shards {
    generation: u64,
    made: [bool; 256],
}

impl Files {
    /// The blobs of a generation, in folders that are there.
    pub(super) fn open(
        blobs: PathBuf,
        tmp: PathBuf,
        syncs: Syncs,
        health: Health,
        generation: u64,
    ) -> Result<Files, Error> {
        let files = Files {
            blobs,
            tmp,
            syncs,
            health,
            shards: Mutex::new(Shards {
                generation,
                made: [false; 256],
            }),
            buffers: Buffers::new(reading::FRAME),
        };
        files.make_generation(generation)?;
        Ok(files)
    }

    /// The folder of a generation.
    pub(super) fn path_of(&self, generation: u64) -> PathBuf {
        self.blobs.join(generation.to_string())
    }

    /// Makes the folder of a generation.
    pub(super) fn make_generation(&self, generation: u64) -> Result<(), Error> {
        let folder = self.path_of(generation);
        fs::create_dir_all(&folder)?;
        self.sync_folder(SyncPoint::Shard, &self.blobs)?;
        // What is there was made by an earlier process, which may not have come to syncing it.
        self.sync_folder(SyncPoint::Shard, &folder)?;
        let mut made = [false; 256];
        for (shard, made) in made.iter_mut().enumerate() {
            *made = folder.join(format!("{shard:02x}")).try_exists()?;
        }
        *self.shards.lock().unwrap_or_else(PoisonError::into_inner) = Shards { generation, made };
        Ok(())
    }

    /// Deletes a folder of blobs, if it is there. It goes out of the way first, so that nothing is added meanwhile.
    pub(super) fn delete_folder(&self, folder: &Path) -> io::Result<()> {
        let Some(name) = folder.file_name() else {
            return Ok(());
        };
        let aside = self.tmp.join(name);
        match fs::rename(folder, &aside) {
            Ok(()) => fs::remove_dir_all(&aside),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Deletes the folders of all generations but one.
    pub(super) fn delete_others(&self, generation: u64) -> io::Result<()> {
        let kept = self.path_of(generation);
        for entry in fs::read_dir(&self.blobs)? {
            let folder = entry?.path();
            if folder != kept {
                self.delete_folder(&folder)?;
            }
        }
        Ok(())
    }

    /// Every blob of a generation. Files that are not called like one are left alone.
    pub(super) fn list(&self, generation: u64) -> io::Result<Vec<BlobId>> {
        let mut blobs = Vec::new();
        for shard in fs::read_dir(self.path_of(generation))? {
            let shard = shard?;
            if !shard.file_type()?.is_dir() {
                continue;
            }
            for file in fs::read_dir(shard.path())? {
                blobs.extend(file?.file_name().to_str().and_then(BlobId::parse));
            }
        }
        Ok(blobs)
    }

    fn path(&self, generation: u64, id: BlobId) -> PathBuf {
        let name = id.to_string();
        self.path_of(generation).join(&name[..2]).join(name)
    }

    /// Gives a written file its name, durably.
    fn name(&self, temporary: &Path, generation: u64, id: BlobId) -> Result<(), Error> {
        let path = self.path(generation, id);
        let shard = path.parent().unwrap_or(&self.blobs);
        self.make_shard(generation, id, shard)?;
        fs::rename(temporary, &path)?;
        let named = self.sync_folder(SyncPoint::BodyFolder, shard);
        if named.is_err() {
            // Nobody was told of it, so nobody misses it.
            let _ = fs::remove_file(&path);
        }
        named
    }

    fn make_shard(&self, generation: u64, id: BlobId, shard: &Path) -> Result<(), Error> {
        let mut shards = self.shards.lock().unwrap_or_else(PoisonError::into_inner);
        let of = usize::from(id.as_bytes()[0]);
        // A blob of a generation that is gone has nowhere to go: its folder cannot be made.
        let current = shards.generation == generation;
        if current && shards.made[of] {
            return Ok(());
        }
        match fs::create_dir(shard) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
            _ => {}
        }
        self.sync_folder(SyncPoint::Shard, &self.path_of(generation))?;
        if current {
            shards.made[of] = true;
        }
        Ok(())
    }

    /// After a failure it is not known what is durable.
    fn sync_folder(&self, point: SyncPoint, folder: &Path) -> Result<(), Error> {
        let synced = self.syncs.folder(point, folder);
        synced.map_err(|error| self.health.failed_sync(error))
    }

    /// A body that found no room is deleted and missed by nobody; any other failure may be one of the device.
    fn sync_body(&self, file: &File) -> Result<(), Error> {
        self.syncs
            .file(SyncPoint::Body, file)
            .map_err(|error| match Error::from(error) {
                Error::Full => Error::Full,
                Error::Io(error) => self.health.failed_sync(error),
                error => error,
            })
    }
}

#[async_trait]
impl Blobs for Shared {
    async fn write(&self, id: BlobId, mut bytes: ByteStream) -> Result<u64, Error> {
        self.health.check()?;
        self.space.room_for(crate::SMALL as u64)?;
        let (pieces, writing) = self.start_body(id)?;
        let passed = self.pass(&mut bytes, &pieces).await;
        drop(pieces);
        // Also after a failure: when it is answered, the file is gone.
        let written = writing.await;
        passed?;
        written.map_err(|error| Error::Io(io::Error::other(error)))?
    }

    async fn read(&self, id: BlobId, range: Range<u64>) -> Result<Content, Error> {
        let generation = self.generation();
        match File::open(self.files.path(generation, id)) {
            Ok(file) => {
                let buffers = self.files.buffers.clone();
                Ok(Content::File(FileContent::new(file, range, buffers)?))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Error::Missing(id)),
            Err(error) => Err(error.into()),
        }
    }

    /// The name may come back after a power cut; the next start finds a file without rows then.
    #[expect(
        clippy::disallowed_methods,
        reason = "one task for a blob: the file system takes long to free a large file"
    )]
    async fn delete(&self, id: BlobId) -> Result<(), Error> {
        self.health.check()?;
        let path = self.files.path(self.generation(), id);
        let deleted = tokio::task::spawn_blocking(move || fs::remove_file(path)).await;
        match deleted.map_err(io::Error::other)? {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

type Pieces = mpsc::Sender<Option<Bytes>>;

impl Shared {
    /// Passes a body on to the thread that writes it. If that has failed, it says how by itself.
    async fn pass(&self, bytes: &mut ByteStream, pieces: &Pieces) -> Result<(), Error> {
        while let Some(piece) = bytes.next().await {
            let piece = piece?;
            if piece.is_empty() {
                continue;
            }
            self.space.room_for(piece.len() as u64)?;
            if pieces.send(Some(piece)).await.is_err() {
                return Ok(());
            }
        }
        let _ = pieces.send(None).await;
        Ok(())
    }

    /// Starts the thread that writes a body. It ends with `None`; if the queue ends without it, nothing is left.
    #[expect(
        clippy::disallowed_methods,
        reason = "one task for a whole large body, not one a piece"
    )]
    fn start_body(
        &self,
        id: BlobId,
    ) -> Result<(Pieces, tokio::task::JoinHandle<Result<u64, Error>>), Error> {
        let temporary = Temporary::new(self.files.tmp.join(id.to_string()))?;
        let (files, generation) = (Arc::clone(&self.files), self.generation());
        let (pieces, mut waiting) = mpsc::channel(WAITING);
        let writing = tokio::task::spawn_blocking(move || {
            let len = temporary.fill(&mut waiting)?;
            files.sync_body(&temporary.file)?;
            files.name(&temporary.path, generation, id)?;
            temporary.keep();
            Ok(len)
        });
        Ok((pieces, writing))
    }
}

/// A file that is deleted unless it is kept.
struct Temporary {
    path: PathBuf,
    file: File,
    kept: bool,
}

impl Temporary {
    fn new(path: PathBuf) -> io::Result<Temporary> {
        let file = File::create_new(&path)?;
        Ok(Temporary {
            path,
            file,
            kept: false,
        })
    }

    fn fill(&self, waiting: &mut mpsc::Receiver<Option<Bytes>>) -> Result<u64, Error> {
        let (mut len, mut begun) = (0, 0);
        let mut pieces = Vec::with_capacity(WAITING);
        loop {
            if waiting.blocking_recv_many(&mut pieces, WAITING) == 0 {
                return Err(Error::Io(io::Error::other("the body broke off")));
            }
            let ends = pieces.last().is_some_and(Option::is_none);
            len += write_all(&self.file, &pieces.drain(..).flatten().collect::<Vec<_>>())?;
            if ends {
                return Ok(len);
            }
            if len - begun >= STRIDE {
                begin_writeback(&self.file, begun..len);
                begun = len;
            }
        }
    }

    fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.kept
            && let Err(error) = fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.path.display(), %error, "cannot delete an unfinished blob yet");
        }
    }
}

/// Writes pieces with few calls. Returns how many bytes they have together.
fn write_all(mut file: &File, pieces: &[Bytes]) -> io::Result<u64> {
    let mut slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
    let mut slices = &mut slices[..];
    while !slices.is_empty() {
        match file.write_vectored(slices) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut slices, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(pieces.iter().map(|piece| piece.len() as u64).sum())
}

/// Has the device write what is in the page cache, and waits for nothing.
///
/// Linux has a call for just this (`sync_file_range`), which no safe interface offers. Of pages that are not needed any
/// more it begins to write those that are dirty as well, and drops only those that are clean already.
#[cfg(target_os = "linux")]
fn begin_writeback(file: &File, range: Range<u64>) {
    use rustix::fs::Advice;
    let len = std::num::NonZeroU64::new(range.end - range.start);
    if let Err(error) = rustix::fs::fadvise(file, range.start, len, Advice::DontNeed) {
        tracing::debug!(%error, "cannot begin to write a body early");
    }
}

#[cfg(not(target_os = "linux"))]
fn begin_writeback(_: &File, _: Range<u64>) {}
