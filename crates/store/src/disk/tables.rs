//! Rows in the engine.
//!
//! | Keyspace | Rows |
//! |---|---|
//! | `state` | one: the generations in use, of rows and of blobs, and the number of the last commit |
//! | `rows-<generation>` | all rows but those of the next line |
//! | `bodies-<generation>` | rows whose keys begin with [`BODIES`]: large values, apart so that nothing that walks or compacts the others touches them |
//!
//! A value is the number of the commit that wrote it (8 bytes, big-endian), and then what the row says. Clearing a store
//! that has many rows moves on to the next generation, in one commit of `state`; few are deleted one by one in one
//! commit, because the engine remembers every keyspace that ever was.

use std::{io, ops::Bound, path::Path};

use bytes::{BufMut, Bytes, BytesMut};
use fjall::{
    Database, Guard, Keyspace, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode, Readable,
    Slice,
    config::{BlockSizePolicy, PinningPolicy},
};

use crate::{Error, Key, Row, Snapshot};

/// What the keys of rows with large values begin with: small bodies, which travel with their heads.
const BODIES: &[u8] = b"oss/body/";
/// The first key behind those.
const BEHIND_BODIES: &[u8] = b"oss/body0";

/// The only row of `state`.
const STATE: &[u8] = b"state";

/// How much of the engine's tables is kept in memory, in bytes.
const CACHE: u64 = 16 << 20;
/// How much a keyspace gathers in memory before it writes a table, in bytes; the journal holds it meanwhile.
const MEMTABLE: u64 = 16 << 20;
const MEMTABLE_OF_BODIES: u64 = 8 << 20;
const MEMTABLE_OF_STATE: u64 = 2 << 20;
/// How long all journals may get before keyspaces that lag behind are written out, in bytes.
const JOURNALS: u64 = 128 << 20;
/// The most files that the engine keeps open.
const OPEN_FILES: usize = 256;

/// The engine, opened.
#[derive(Clone)]
pub(super) struct Engine {
    database: Database,
    state: Keyspace,
}

/// The rows of one generation.
#[derive(Clone)]
pub(super) struct Tables {
    generation: u64,
    /// The generation of the blobs that these rows name.
    pub(super) blobs: u64,
    rows: Keyspace,
    bodies: Keyspace,
}

/// What the engine knows of the whole store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Of the rows.
    pub(super) generation: u64,
    /// Of the blobs: the name of their folder.
    pub(super) blobs: u64,
    /// The number of the last commit.
    pub(super) commits: u64,
}

impl Engine {
    /// Makes an empty engine with empty tables.
    pub(super) fn make(path: &Path) -> Result<(), fjall::Error> {
        let engine = Engine::start(path)?;
        engine.tables(State::default())?;
        Ok(())
    }

    /// Opens what was made before. The engine itself takes tables whose files are gone for tables that never were.
    pub(super) fn open(path: &Path) -> Result<(Engine, State, Tables), Error> {
        let engine = Engine::start(path).map_err(|error| match failure(error) {
            Error::Io(error) if is_damage(&error) => damaged(&error.to_string()),
            error => error,
        })?;
        let state = engine.state()?;
        let missing = |name: &&String| !engine.database.keyspace_exists(name);
        if let Some(name) = names(state.generation).iter().find(missing) {
            return Err(damaged(&format!("the table `{name}` is missing")));
        }
        let tables = engine.tables(state).map_err(failure)?;
        Ok((engine, state, tables))
    }

    fn start(path: &Path) -> Result<Engine, fjall::Error> {
        let database = Database::builder(path)
            .cache_size(CACHE)
            .max_journaling_size(JOURNALS)
            .max_cached_files(Some(OPEN_FILES))
            .worker_threads(2)
            .manual_journal_persist(true)
            .open()?;
        let state = database.keyspace("state", || options(MEMTABLE_OF_STATE))?;
        Ok(Engine { database, state })
    }

    /// The state as it was committed last.
    fn state(&self) -> Result<State, Error> {
        let row = self.state.get(STATE).map_err(failure)?;
        row.map_or(Ok(State::default()), |row| State::decode(&row))
    }

    /// The keyspaces of the generation in use, made if they are not there.
    pub(super) fn tables(&self, state: State) -> Result<Tables, fjall::Error> {
        let [rows, bodies] = names(state.generation);
        Ok(Tables {
            generation: state.generation,
            blobs: state.blobs,
            rows: self.database.keyspace(&rows, || options(MEMTABLE))?,
            bodies: self
                .database
                .keyspace(&bodies, || options(MEMTABLE_OF_BODIES))?,
        })
    }

    /// Deletes the keyspaces of all generations but one.
    pub(super) fn delete_others(&self, generation: u64) -> Result<(), fjall::Error> {
        let kept = names(generation);
        for name in self.database.list_keyspace_names() {
            let name: &str = &name;
            if name != "state" && !kept.iter().any(|kept| kept == name) {
                let other = self.database.keyspace(name, || options(MEMTABLE))?;
                self.database.delete_keyspace(other)?;
            }
        }
        Ok(())
    }

    pub(super) fn batch(&self, rows: usize, durable: bool) -> OwnedWriteBatch {
        let durability = match durable {
            true => PersistMode::SyncData,
            false => PersistMode::Buffer,
        };
        OwnedWriteBatch::with_capacity(self.database.clone(), rows).durability(Some(durability))
    }

    pub(super) fn put_state(&self, batch: &mut OwnedWriteBatch, state: State) {
        batch.insert(&self.state, STATE, state.encode());
    }

    /// All rows of some tables as they are now.
    pub(super) fn snapshot(&self, tables: Tables) -> Standing {
        Standing {
            snapshot: self.database.snapshot(),
            tables,
        }
    }
}

fn names(generation: u64) -> [String; 2] {
    [format!("rows-{generation}"), format!("bodies-{generation}")]
}

fn options(memtable: u64) -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default()
        .manual_journal_persist(true)
        .max_memtable_size(memtable)
        .data_block_size_policy(BlockSizePolicy::all(8 << 10))
        .index_block_pinning_policy(PinningPolicy::new([true, false]))
        .filter_block_pinning_policy(PinningPolicy::new([true, false]))
}

impl State {
    fn encode(self) -> Vec<u8> {
        [self.generation, self.blobs, self.commits]
            .map(u64::to_be_bytes)
            .concat()
    }

    fn decode(row: &[u8]) -> Result<State, Error> {
        let number = |at: usize| {
            let bytes = row.get(at..at + 8)?;
            bytes.try_into().ok().map(u64::from_be_bytes)
        };
        match (number(0), number(8), number(16), row.len()) {
            (Some(generation), Some(blobs), Some(commits), 24) => Ok(State {
                generation,
                blobs,
                commits,
            }),
            _ => Err(damaged("the row of the last commit is not 24 bytes long")),
        }
    }
}

impl Tables {
    fn of(&self, key: &[u8]) -> &Keyspace {
        match key.starts_with(BODIES) {
            true => &self.bodies,
            false => &self.rows,
        }
    }

    /// Those that may have rows whose keys begin with `prefix`.
    fn with(&self, prefix: &[u8]) -> Vec<&Keyspace> {
        match (prefix.starts_with(BODIES), BODIES.starts_with(prefix)) {
            (true, _) => vec![&self.bodies],
            (false, true) => vec![&self.rows, &self.bodies],
            (false, false) => vec![&self.rows],
        }
    }

    /// The newest row, also one of a commit that is just being made visible: for the writer, which knows what it wrote.
    pub(super) fn newest(&self, key: &[u8]) -> Result<Option<Row>, Error> {
        let found = self.of(key).get(key).map_err(failure)?;
        found
            .map(|value| row(Key::copy_from_slice(key), value))
            .transpose()
    }

    /// The engine keeps what it gets until a table is written. So it gets copies: what the allocator gives to the one
    /// thread that writes lies together and is free again together, where a few keys here and there would hold on to
    /// the memory of every thread that serves requests.
    pub(super) fn put(&self, batch: &mut OwnedWriteBatch, key: &Key, version: u64, value: &[u8]) {
        let mut encoded = BytesMut::with_capacity(8 + value.len());
        encoded.put_u64(version);
        encoded.put_slice(value);
        batch.insert(self.of(key), Slice::new(key), encoded.freeze());
    }

    /// See [`Tables::put`].
    pub(super) fn delete(&self, batch: &mut OwnedWriteBatch, key: &Key) {
        batch.remove(self.of(key), Slice::new(key));
    }
}

/// All rows as they were at one instant.
pub(super) struct Standing {
    snapshot: fjall::Snapshot,
    tables: Tables,
}

impl Snapshot for Standing {
    fn get(&self, key: &[u8]) -> Result<Option<Row>, Error> {
        let found = self.snapshot.get(self.tables.of(key), key);
        found
            .map_err(failure)?
            .map(|value| row(Key::copy_from_slice(key), value))
            .transpose()
    }

    fn page(&self, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, Error> {
        let from = from.max(prefix);
        let behind = behind(prefix);
        let behind = behind.as_deref();
        let mut rows = Vec::with_capacity(limit.min(256));
        if prefix.starts_with(BODIES) {
            self.read(&self.tables.bodies, from, behind, limit, &mut rows)?;
        } else if BODIES.starts_with(prefix) {
            self.read(&self.tables.rows, from, Some(BODIES), limit, &mut rows)?;
            self.read(
                &self.tables.bodies,
                from,
                Some(BEHIND_BODIES),
                limit,
                &mut rows,
            )?;
            let from = from.max(BEHIND_BODIES);
            self.read(&self.tables.rows, from, behind, limit, &mut rows)?;
        } else {
            self.read(&self.tables.rows, from, behind, limit, &mut rows)?;
        }
        Ok(rows)
    }

    fn last(&self, prefix: &[u8]) -> Result<Option<Key>, Error> {
        let behind = behind(prefix);
        let end = behind.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut last = None;
        for table in self.tables.with(prefix) {
            let range = (Bound::Included(prefix), end);
            let found = self.snapshot.range::<&[u8], _>(table, range).next_back();
            let key = found.map(|row| row.key().map(Key::from)).transpose();
            last = last.max(key.map_err(failure)?);
        }
        Ok(last)
    }

    /// Without an upper bound, which costs each of the engine's tables as much as the lower one. Nobody must read so
    /// behind the end: the engine would walk over everything that was deleted there.
    fn next(&self, prefix: &[u8], from: &[u8]) -> Result<Option<Row>, Error> {
        let [table] = self.tables.with(prefix)[..] else {
            return Ok(self.page(prefix, from, 1)?.pop());
        };
        let range = (Bound::Included(from), Bound::Unbounded);
        let found = self.snapshot.range::<&[u8], _>(table, range).next();
        let Some((key, value)) = found.map(Guard::into_inner).transpose().map_err(failure)? else {
            return Ok(None);
        };
        row(key.into(), value).map(Some)
    }
}

impl Standing {
    /// Adds the rows of a keyspace between two keys until there are `limit`.
    fn read(
        &self,
        table: &Keyspace,
        from: &[u8],
        behind: Option<&[u8]>,
        limit: usize,
        rows: &mut Vec<Row>,
    ) -> Result<(), Error> {
        if rows.len() >= limit || behind.is_some_and(|behind| behind <= from) {
            return Ok(());
        }
        let behind = behind.map_or(Bound::Unbounded, Bound::Excluded);
        let found = self
            .snapshot
            .range::<&[u8], _>(table, (Bound::Included(from), behind));
        for pair in found.take(limit - rows.len()).map(Guard::into_inner) {
            let (key, value) = pair.map_err(failure)?;
            rows.push(row(key.into(), value)?);
        }
        Ok(())
    }
}

impl Standing {
    /// The keys of all rows, unless there are more than `most`.
    pub(super) fn keys(&self, most: usize) -> Result<Option<Vec<Key>>, Error> {
        let mut keys = Vec::new();
        for table in [&self.tables.rows, &self.tables.bodies] {
            for row in self.snapshot.iter(table) {
                if keys.len() == most {
                    return Ok(None);
                }
                keys.push(row.key().map_err(failure)?.into());
            }
        }
        Ok(Some(keys))
    }
}

impl std::fmt::Debug for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "rows of generation {}", self.tables.generation)
    }
}

/// The first key that is behind all that begin with this prefix, if there is one.
fn behind(prefix: &[u8]) -> Option<Vec<u8>> {
    let kept = prefix.iter().rposition(|byte| *byte != 0xFF)?;
    let mut behind = prefix[..=kept].to_vec();
    behind[kept] += 1;
    Some(behind)
}

fn row(key: Key, value: Slice) -> Result<Row, Error> {
    let value = Bytes::from(value);
    match value.first_chunk() {
        Some(version) => Ok(Row {
            key,
            version: u64::from_be_bytes(*version),
            value: value.slice(8..),
        }),
        None => Err(damaged(&format!(
            "the row `{}` has no version",
            key.escape_ascii()
        ))),
    }
}

/// Why the engine did not do something.
pub(super) fn failure(error: fjall::Error) -> Error {
    match error {
        fjall::Error::Io(error) | fjall::Error::Storage(fjall::LsmError::Io(error)) => error.into(),
        fjall::Error::Poisoned => Error::Poisoned,
        error => damaged(&format!("{error:?}")),
    }
}

/// How reading says that a file has not what it should have.
fn is_damage(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, NotFound, UnexpectedEof};
    matches!(error.kind(), InvalidData | NotFound | UnexpectedEof)
}

fn damaged(what: &str) -> Error {
    Error::Damaged {
        what: format!("{what}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_behind_a_prefix() {
        assert_eq!(behind(b"a").as_deref(), Some(&b"b"[..]));
        assert_eq!(behind(b"a\xff\xff").as_deref(), Some(&b"b"[..]));
        assert_eq!(behind(b"\xff"), None);
        assert_eq!(behind(b""), None);
        assert_eq!(behind(BODIES).as_deref(), Some(BEHIND_BODIES));
    }

    #[test]
    fn state_survives_its_row() {
        let state = State {
            generation: 3,
            blobs: 7,
            commits: u64::MAX,
        };
        assert_eq!(State::decode(&state.encode()).unwrap(), state);
        assert!(State::decode(b"short").is_err());
    }
}
