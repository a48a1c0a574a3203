//! What is done to the store while the power may fail.

use std::{io, sync::Arc};

use bytes::{BufMut, Bytes, BytesMut};
use chrono::{DateTime, Utc};
use fastrand::Rng;
use futures_util::{StreamExt, stream};
use store::{Batch, BlobId, Error, LEASE, Received, Store, disown, own, share};

use crate::history::{History, Rows};

/// A counter to which every commit adds one.
pub(crate) const COMMITS: &str = "commits";
/// How many keys of each kind a writer has.
const KEYS: usize = 6;
/// What the rows of every blob begin with.
pub(crate) const BLOB: u8 = b'b';

/// Some instant of wall time.
pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000)
}

/// One who commits, one commit after another.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) name: u8,
    pub(crate) rng: Rng,
    pub(crate) history: Arc<History>,
    /// Whether it only commits rows, and many bytes of them.
    pub(crate) heavy: bool,
}

impl Writer {
    /// What all keys of this writer begin with, but those of small bodies.
    pub(crate) fn prefixes(name: u8) -> [Vec<u8>; 2] {
        [
            vec![b'w', name, b'/'],
            [&b"oss/body/"[..], &[name, b'/']].concat(),
        ]
    }

    /// Makes so many commits, whatever may be between them.
    pub(crate) async fn run(&mut self, store: &Store, commits: usize) -> Result<(), Error> {
        for _ in 0..commits {
            match self.rng.u32(..10) {
                _ if self.heavy => self.rows(store).await?,
                0..4 => self.rows(store).await?,
                4..7 => self.upload(store).await?,
                7 => self.copy(store).await?,
                8 => self.drop_blob(store).await?,
                _ => self.change_mind(store).await?,
            }
            if self.rng.u8(..8) == 0 {
                let over = self.rng.bool();
                let now = if over { noon() + LEASE * 2 } else { noon() };
                store.sweep(now).await?;
            }
        }
        Ok(())
    }

    /// A batch of small rows and small bodies, new, changed and deleted.
    async fn rows(&mut self, store: &Store) -> Result<(), Error> {
        let (mut batch, mut rows) = (Batch::new(), self.history.rows());
        for _ in 0..self.rng.usize(if self.heavy { 10..20 } else { 1..5 }) {
            let body = self.heavy || self.rng.u8(..3) == 0;
            let key = self.key(if body { b's' } else { b'r' });
            if self.rng.u8(..4) == 0 && !self.heavy {
                batch.delete(&key);
                rows.remove(&key);
            } else {
                let len = self.rng.usize(..if body { 60_000 } else { 1000 });
                let value = bytes(self.rng.u64(..), len);
                batch.put(&key, value.clone());
                rows.insert(key, value);
            }
        }
        self.commit(store, batch, rows).await.map(drop)
    }

    /// A large body, and the commit that makes it somebody's in place of another.
    async fn upload(&mut self, store: &Store) -> Result<(), Error> {
        let (seed, len) = (self.rng.u64(..), self.rng.usize(70_000..300_000));
        let id = receive(store, seed, len, self.rng.usize(5_000..70_000)).await?;
        let key = self.key(BLOB);
        let mut batch = Batch::new();
        own(&mut batch, id, &key);
        self.replace(store, batch, key, Some(blob_row(id, seed, len)))
            .await
    }

    /// Another row of the same blob.
    async fn copy(&mut self, store: &Store) -> Result<(), Error> {
        let to = self.key(BLOB);
        let Some((from, row)) = self.some_blob() else {
            return Ok(());
        };
        if from == to || Some(&row) == self.history.rows().get(&to) {
            return Ok(());
        }
        let mut batch = Batch::new();
        share(&mut batch, blob_of(&row).0, &to);
        self.replace(store, batch, to, Some(row)).await
    }

    async fn drop_blob(&mut self, store: &Store) -> Result<(), Error> {
        match self.some_blob() {
            Some((key, _)) => self.replace(store, Batch::new(), key, None).await,
            None => Ok(()),
        }
    }

    /// A large body that nobody wants after all, released at once or left to the sweeper.
    async fn change_mind(&mut self, store: &Store) -> Result<(), Error> {
        let id = receive(store, self.rng.u64(..), 80_000, 10_000).await?;
        if self.rng.bool() {
            store.release(id).await?;
        }
        Ok(())
    }

    /// Puts or deletes the row of a blob, and lets go of the blob that it named before.
    async fn replace(
        &mut self,
        store: &Store,
        mut batch: Batch,
        key: Vec<u8>,
        row: Option<Bytes>,
    ) -> Result<(), Error> {
        let mut rows = self.history.rows();
        let before = match row {
            Some(row) => {
                batch.put(&key, row.clone());
                rows.insert(key.clone(), row)
            }
            None => {
                batch.delete(&key);
                rows.remove(&key)
            }
        };
        let before = before.map(|row| blob_of(&row).0);
        if let Some(id) = before {
            disown(&mut batch, id, &key);
        }
        let committed = self.commit(store, batch, rows).await?;
        if let Some(id) = before.filter(|_| committed && self.rng.u8(..4) > 0) {
            store.release(id).await?;
        }
        Ok(())
    }

    /// Whether it came through; a conflict is with a release that is half done, or a sweep took the upload for dead.
    async fn commit(
        &mut self,
        store: &Store,
        mut batch: Batch,
        mut rows: Rows,
    ) -> Result<bool, Error> {
        let (key, stamp) = (self.key(b'n'), bytes(self.rng.u64(..), 8)); // so that no two states are the same
        batch.put(&key, stamp.clone()).add(COMMITS, 1);
        rows.insert(key, stamp);
        self.history.begin(rows);
        match store.meta.commit(batch).await {
            Ok(_) => {
                self.history.acknowledge();
                Ok(true)
            }
            Err(Error::Conflict { .. }) => {
                self.history.take_back();
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn key(&mut self, kind: u8) -> Vec<u8> {
        let [rows, bodies] = Self::prefixes(self.name);
        let number = self.rng.usize(..if self.heavy { 10 * KEYS } else { KEYS });
        let number = number.to_string();
        match kind {
            b's' => [&bodies, number.as_bytes()].concat(),
            kind => [&rows, &[kind][..], number.as_bytes()].concat(),
        }
    }

    fn some_blob(&mut self) -> Option<(Vec<u8>, Bytes)> {
        let rows = self.history.rows();
        let blobs: Vec<_> = rows.iter().filter(|(key, _)| is_blob(key)).collect();
        self.rng
            .choice(blobs)
            .map(|(key, row)| (key.clone(), row.clone()))
    }
}

/// Whether this key is of a row that names a blob.
pub(crate) fn is_blob(key: &[u8]) -> bool {
    key.starts_with(b"w") && key.get(3) == Some(&BLOB)
}

fn blob_row(id: BlobId, seed: u64, len: usize) -> Bytes {
    let mut row = BytesMut::new();
    row.put_slice(id.as_bytes());
    row.put_u64(seed);
    row.put_u64(len as u64);
    row.freeze()
}

/// What the row of a blob says: its name, and the seed and length of its bytes.
pub(crate) fn blob_of(row: &[u8]) -> (BlobId, u64, usize) {
    let number = |at: usize| row[at..at + 8].try_into().map_or(0, u64::from_be_bytes);
    let id = row[..16].try_into().map(BlobId::from_bytes);
    (id.expect("16 bytes"), number(16), number(24) as usize)
}

/// Bytes that can be made again.
pub(crate) fn bytes(seed: u64, len: usize) -> Bytes {
    let mut bytes = vec![0; len];
    Rng::with_seed(seed).fill(&mut bytes);
    bytes.into()
}

/// Takes in a large body that comes in pieces.
pub(crate) async fn receive(
    store: &Store,
    seed: u64,
    len: usize,
    piece: usize,
) -> Result<BlobId, Error> {
    let body = bytes(seed, len);
    let starts = (0..len).step_by(piece);
    let pieces = starts.map(move |at| Ok::<_, io::Error>(body.slice(at..len.min(at + piece))));
    match store.receive(stream::iter(pieces).boxed(), noon()).await {
        Ok(Received::Large { id, .. }) => Ok(id),
        Ok(Received::Small(_)) => Err(io::Error::other("a large body is small").into()),
        Err(store::ReceiveError::Store(error)) => Err(error),
        Err(store::ReceiveError::Body(error)) => Err(error.into()),
    }
}
