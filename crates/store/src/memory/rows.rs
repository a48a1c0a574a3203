//! Rows in memory.

use std::{
    fmt,
    ops::Bound,
    sync::{
        Arc, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use bytes::BytesMut;
use imbl::OrdMap;

use super::{cell::Cell, table::Table};
use crate::{Batch, Error, Key, Meta, Row, Snapshot, View, marks::Marks};

/// Values up to this many bytes are copied into a page. The rows that listings read are smaller.
const COPIED: usize = 512;
/// Bytes of a cache line.
const LINE: usize = 64;
/// How many rows are fetched into the nearest cache together.
const TOGETHER: usize = 64;

/// All rows and the lock around them.
#[derive(Debug, Default)]
pub(super) struct Rows {
    table: RwLock<Table>,
    /// See [`Meta::stamp`]. Changed under the lock, so whoever sees the old number looked before the commit.
    stamp: AtomicU64,
    /// See [`Meta::mark`]. Changed under the lock.
    marks: Marks,
}

impl From<Table> for Rows {
    fn from(table: Table) -> Self {
        Rows {
            table: RwLock::new(table),
            stamp: AtomicU64::new(0),
            marks: Marks::default(),
        }
    }
}

impl Rows {
    pub(super) fn read(&self) -> Result<RwLockReadGuard<'_, Table>, Error> {
        self.table.read().map_err(|_| Error::Poisoned)
    }

    fn write(&self) -> Result<RwLockWriteGuard<'_, Table>, Error> {
        self.table.write().map_err(|_| Error::Poisoned)
    }

    /// Puts another table in place of the one there is, and returns that. The commits go on counting.
    pub(super) fn replace(&self, mut other: Table) -> Result<Table, Error> {
        let mut table = self.write()?;
        self.stamp.fetch_add(1, Ordering::AcqRel);
        self.marks.change_all();
        other.commits = table.commits;
        Ok(std::mem::replace(&mut table, other))
    }
}

#[async_trait]
impl Meta for Rows {
    async fn view(&self) -> Result<View, Error> {
        let table = self.read()?.clone();
        Ok(View::local(Arc::new(Standing(table.rows()))))
    }

    async fn get(&self, key: &[u8]) -> Result<Option<Row>, Error> {
        Ok(self.read()?.row(key))
    }

    fn get_at_once(&self, key: &[u8]) -> Option<Result<Option<Row>, Error>> {
        Some(self.read().map(|table| table.row(key)))
    }

    fn stamp(&self) -> Option<u64> {
        Some(self.stamp.load(Ordering::Acquire))
    }

    fn mark(&self, key: &[u8]) -> Option<u64> {
        Some(self.marks.get(key))
    }

    async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        self.commit_now(batch)
    }

    fn commit_at_once(&self, batch: Batch) -> Result<Result<u64, Error>, Batch> {
        Ok(self.commit_now(batch))
    }
}

impl Rows {
    fn commit_now(&self, batch: Batch) -> Result<u64, Error> {
        let quiet = batch.is_quiet();
        let mut replaced = Vec::with_capacity(batch.len());
        let mut table = self.write()?;
        // Nobody changes it while the table is locked.
        let stamp = self.stamp.load(Ordering::Acquire);
        for key in batch.written() {
            self.marks.change(key);
        }
        let outcome = table.commit(batch, stamp, &mut replaced);
        if outcome.is_ok() && !quiet {
            self.stamp.fetch_add(1, Ordering::AcqRel);
        }
        drop(table);
        drop(replaced); // freed after the lock is
        outcome
    }
}

/// All rows as they were at one instant.
struct Standing(OrdMap<Key, Cell>);

impl Snapshot for Standing {
    fn get(&self, key: &[u8]) -> Result<Option<Row>, Error> {
        let row = self.0.get_key_value(key);
        Ok(row.map(|(key, cell)| cell.to_row(key)))
    }

    fn page(&self, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, Error> {
        let behind = behind(prefix);
        if behind.as_deref().is_some_and(|behind| from >= behind) {
            return Ok(Vec::new());
        }
        let end = behind.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let range = (Bound::Included(from.max(prefix)), end);
        let rows = self.0.range::<_, [u8]>(range);
        Ok(copies(&rows.take(limit).collect::<Vec<_>>()))
    }

    fn last(&self, prefix: &[u8]) -> Result<Option<Key>, Error> {
        let behind = behind(prefix);
        let end = behind.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut rows = self.0.range::<_, [u8]>((Bound::Included(prefix), end));
        Ok(rows.next_back().map(|(key, _)| key.clone()))
    }
}

/// The smallest key behind all that begin with `prefix`; `None` if there is none.
fn behind(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|&byte| byte < u8::MAX)?;
    let mut behind = prefix[..=last].to_vec();
    behind[last] += 1;
    Some(behind)
}

/// Rows of a page, copied into one piece of memory. To share them would touch the count of every key and value, which
/// in a large table is a cache miss each, and no two of them at the same time.
fn copies(rows: &[(&Key, &Cell)]) -> Vec<Row> {
    let small = |cell: &Cell| cell.value.len() <= COPIED;
    let room = |(key, cell): &(&Key, &Cell)| key.len() + cell.value.len().min(COPIED);
    let mut bytes = BytesMut::with_capacity(rows.iter().map(room).sum());
    for rows in rows.chunks(TOGETHER) {
        fetch(rows);
        for (key, cell) in rows {
            bytes.extend_from_slice(key);
            if small(cell) {
                bytes.extend_from_slice(&cell.value);
            }
        }
    }
    let mut bytes = bytes.freeze();
    let copy = |(key, cell): &(&Key, &Cell)| Row {
        key: bytes.split_to(key.len()),
        version: cell.version,
        value: match small(cell) {
            true => bytes.split_to(cell.value.len()),
            false => cell.value.share(),
        },
    };
    rows.iter().map(copy).collect()
}

/// Reads a byte of each cache line, none of which waits for another, so that the processor has many misses under way at
/// a time. A copy row by row would wait for nearly each of them.
fn fetch(rows: &[(&Key, &Cell)]) {
    let mut sum = 0u8;
    for (key, cell) in rows {
        let value = &cell.value[..cell.value.len().min(COPIED)];
        for line in key.chunks(LINE).chain(value.chunks(LINE)) {
            sum ^= line[0];
        }
    }
    std::hint::black_box(sum);
}

impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_behind_a_prefix() {
        assert_eq!(behind(b"ab").as_deref(), Some(&b"ac"[..]));
        assert_eq!(behind(b"a\xff\xff").as_deref(), Some(&b"b"[..]));
        assert_eq!(behind(b"\xff\xff"), None);
        assert_eq!(behind(b""), None);
    }

    #[test]
    fn pages_end_with_the_prefix_wherever_they_begin() {
        let mut table = Table::default();
        let keys: [&[u8]; 6] = [b"a", b"b", b"b\xff", b"b\xff\xff", b"c", b"\xff"];
        let mut batch = Batch::new();
        for key in keys {
            batch.put(key, "");
        }
        table.commit(batch, 0, &mut Vec::new()).unwrap();
        let table = Standing(table.rows());
        let page = |prefix: &[u8], from: &[u8]| -> Vec<Key> {
            let rows = table.page(prefix, from, 10).unwrap();
            rows.into_iter().map(|row| row.key).collect()
        };
        assert_eq!(page(b"b", b""), keys[1..4]);
        assert_eq!(page(b"b\xff", b"b\xff\x01"), keys[3..4]);
        assert_eq!(page(b"b", b"c"), keys[..0]);
        assert_eq!(page(b"b", b"d"), keys[..0]);
        assert_eq!(page(b"\xff", b"a"), keys[5..]);
        assert_eq!(page(b"", b""), keys);
    }
}
