//! Rows in memory.

use std::{
    collections::BTreeMap,
    fmt,
    ops::Bound,
    sync::{
        Arc, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use imbl::OrdMap;

use crate::{
    Batch, Error, Expect, Key, Meta, Row, Snapshot, View, Write,
    meta::{decode_counter, encode_counter},
};

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
}

/// All rows at one instant. A clone is a snapshot.
#[derive(Clone, Default)]
pub(super) struct Table {
    rows: OrdMap<Key, Cell>,
    /// The number of the last commit.
    commits: u64,
}

#[derive(Clone)]
struct Cell {
    version: u64,
    value: Bytes,
}

impl From<Table> for Rows {
    fn from(table: Table) -> Self {
        Rows {
            table: RwLock::new(table),
            stamp: AtomicU64::new(0),
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
        other.commits = table.commits;
        Ok(std::mem::replace(&mut table, other))
    }
}

#[async_trait]
impl Meta for Rows {
    async fn view(&self) -> Result<View, Error> {
        let table = self.read()?.clone();
        Ok(View::local(Arc::new(table)))
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

    async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        let quiet = batch.is_quiet();
        let (expectations, writes) = batch.into_parts();
        let mut replaced = Vec::with_capacity(writes.len());
        let mut table = self.write()?;
        let counters = table.check(&expectations, &writes)?;
        if !quiet {
            self.stamp.fetch_add(1, Ordering::AcqRel);
        }
        let number = table.apply(writes, counters, &mut replaced);
        drop(table);
        drop(replaced); // freed after the lock is
        Ok(number)
    }
}

impl Table {
    fn row(&self, key: &[u8]) -> Option<Row> {
        self.rows
            .get_key_value(key)
            .map(|(key, cell)| cell.to_row(key))
    }

    /// Everything that can fail, so that [`apply`](Table::apply) cannot. Returns what the counters say to which something
    /// is added, in their order.
    fn check(
        &self,
        expectations: &[(Key, Expect)],
        writes: &BTreeMap<Key, Write>,
    ) -> Result<Vec<i64>, Error> {
        for (key, expect) in expectations {
            if !expect.holds(self.rows.get(key).map(|cell| cell.version)) {
                return Err(Error::Conflict { key: key.clone() });
            }
        }
        let added = writes
            .iter()
            .filter(|(_, write)| matches!(write, Write::Add(_)));
        added.map(|(key, _)| self.counter(key)).collect()
    }

    fn counter(&self, key: &Key) -> Result<i64, Error> {
        let Some(cell) = self.rows.get(key) else {
            return Ok(0);
        };
        decode_counter(&cell.value).ok_or_else(|| Error::Damaged {
            what: format!("the row `{}` is not a counter.", key.escape_ascii()),
        })
    }

    fn apply(
        &mut self,
        writes: BTreeMap<Key, Write>,
        counters: Vec<i64>,
        replaced: &mut Vec<Option<Cell>>,
    ) -> u64 {
        self.commits += 1;
        let (version, mut counters) = (self.commits, counters.into_iter());
        for (key, write) in writes {
            let value = match write {
                Write::Put(value) => value,
                Write::Delete => {
                    replaced.push(self.rows.remove(&key));
                    continue;
                }
                Write::Add(by) => encode_counter(counters.next().unwrap_or(0).wrapping_add(by)),
            };
            replaced.push(self.rows.insert(key, Cell { version, value }));
        }
        version
    }
}

impl Snapshot for Table {
    fn get(&self, key: &[u8]) -> Result<Option<Row>, Error> {
        Ok(self.row(key))
    }

    fn page(&self, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, Error> {
        let behind = behind(prefix);
        if behind.as_deref().is_some_and(|behind| from >= behind) {
            return Ok(Vec::new());
        }
        let end = behind.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let range = (Bound::Included(from.max(prefix)), end);
        let rows = self.rows.range::<_, [u8]>(range);
        Ok(copies(&rows.take(limit).collect::<Vec<_>>()))
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
            false => cell.value.clone(),
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

impl Cell {
    fn to_row(&self, key: &Key) -> Row {
        Row {
            key: key.clone(),
            version: self.version,
            value: self.value.clone(),
        }
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows after {} commits", self.rows.len(), self.commits)
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
        let put = |key: &&[u8]| (Key::copy_from_slice(key), Write::Put(Bytes::new()));
        table.apply(keys.iter().map(put).collect(), Vec::new(), &mut Vec::new());
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
