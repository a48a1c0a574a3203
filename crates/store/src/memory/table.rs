//! All rows at one instant, and what a commit makes of them.

use std::fmt;

use imbl::OrdMap;

use super::{
    cell::{Cell, Value},
    sums::Sums,
};
use crate::{
    Batch, Error, Expect, Key, Keys, Parts, Row, Span, Write,
    error::{conflict, not_a_counter},
};

/// A commit that writes more rows than this looks first at all rows of which it expects something.
const FEW: usize = 8;

/// All rows at one instant. A clone is a snapshot.
#[derive(Clone, Default)]
pub(super) struct Table {
    rows: OrdMap<Key, Cell>,
    /// Newer than the rows of these keys.
    sums: Sums,
    /// The number of the last commit.
    pub(super) commits: u64,
}

/// What stood under the keys that a commit wrote, in the order in which it wrote them.
pub(super) type Replaced = Vec<(Span, Option<Cell>)>;

impl Table {
    pub(super) fn row(&self, key: &[u8]) -> Option<Row> {
        if let Some(cell) = self.sums.get(key) {
            return Some(cell.to_row(&Key::copy_from_slice(key)));
        }
        self.rows
            .get_key_value(key)
            .map(|(key, cell)| cell.to_row(key))
    }

    /// All rows in one map.
    pub(super) fn rows(mut self) -> OrdMap<Key, Cell> {
        self.fold();
        self.rows
    }

    fn fold(&mut self) {
        for (key, cell) in self.sums.drain() {
            self.rows.insert(key, cell);
        }
    }

    /// Applies a batch, whole or not at all, and says what it replaced. The stamp is as it is before.
    pub(super) fn commit(
        &mut self,
        batch: Batch,
        stamp: u64,
        replaced: &mut Replaced,
    ) -> Result<u64, Error> {
        let Parts {
            keys,
            expectations,
            writes,
        } = batch.into_parts();
        let expected = Expected {
            keys: &keys,
            all: &expectations,
            stamp,
        };
        let few = writes.len() <= FEW;
        expected.check(self, |key| few && is_written(&keys, &writes, key))?;
        let version = self.commits + 1;
        for (span, write) in writes {
            let key = keys.at(span);
            let outcome = self.write(key, write, version);
            let outcome = outcome.and_then(|before| {
                let holds = !few || expected.held(key, before.as_ref());
                replaced.push((span, before));
                holds.then_some(()).ok_or_else(|| conflict(key))
            });
            if let Err(error) = outcome {
                self.undo(&keys, replaced);
                // Of several expectations that fail the first is told, and before all else.
                return expected.check(self, |_| false).and(Err(error));
            }
        }
        self.commits = version;
        if version.is_multiple_of(Sums::LASTING) {
            self.fold();
        }
        Ok(version)
    }

    fn version(&self, key: &[u8]) -> Option<u64> {
        let cell = self.sums.get(key).or_else(|| self.rows.get(key));
        cell.map(|cell| cell.version)
    }

    /// Writes one row, and says what it was before.
    fn write(&mut self, key: &[u8], write: Write, version: u64) -> Result<Option<Cell>, Error> {
        match write {
            Write::Put(value) => {
                let value = Value::Bytes(value);
                Ok(self.put(key, Cell { version, value }))
            }
            Write::Delete => Ok(self.delete(key)),
            Write::Add(by) => self.add(key, by, version),
        }
    }

    fn put(&mut self, key: &[u8], cell: Cell) -> Option<Cell> {
        let sum = self.sums.remove(key);
        let before = self.rows.insert(Key::copy_from_slice(key), cell);
        sum.or(before)
    }

    fn delete(&mut self, key: &[u8]) -> Option<Cell> {
        let sum = self.sums.remove(key);
        let before = self.rows.remove(key);
        sum.or(before)
    }

    /// Adds to a counter, and says what it was before.
    fn add(&mut self, key: &[u8], by: i64, version: u64) -> Result<Option<Cell>, Error> {
        if let Some(cell) = self.sums.get_mut(key) {
            return cell.add(key, by, version).map(Some);
        }
        if self.sums.has_room() {
            let before = self.rows.get(key).cloned();
            let mut cell = before.clone().unwrap_or(Cell::ZERO);
            cell.add(key, by, version)?;
            self.sums.push(Key::copy_from_slice(key), cell);
            return Ok(before);
        }
        if let Some(cell) = self.rows.get_mut(key) {
            return cell.add(key, by, version).map(Some);
        }
        let value = Value::sum(by);
        Ok(self.put(key, Cell { version, value }))
    }

    /// Puts back what a commit replaced that cannot be completed.
    fn undo(&mut self, keys: &Keys, replaced: &mut Replaced) {
        while let Some((key, before)) = replaced.pop() {
            let key = keys.at(key);
            match before {
                Some(cell) => drop(self.put(key, cell)),
                None => drop(self.delete(key)),
            }
        }
    }
}

/// What a batch expects.
struct Expected<'a> {
    keys: &'a Keys,
    all: &'a [(Span, Expect)],
    /// The store's, before the commit.
    stamp: u64,
}

impl Expected<'_> {
    /// Looks at the rows of which something is expected, but for those that are `late`.
    fn check(&self, table: &Table, late: impl Fn(&[u8]) -> bool) -> Result<(), Error> {
        for (span, expect) in self.all {
            let key = self.keys.at(*span);
            if expect.is_known(self.stamp) || late(key) {
                continue;
            }
            if !expect.holds(table.version(key)) {
                return Err(conflict(key));
            }
        }
        Ok(())
    }

    /// Whether a row was as expected, which has just been written: one way through the table tells.
    fn held(&self, key: &[u8], before: Option<&Cell>) -> bool {
        let mut of_key = self.all.iter().filter(|(k, _)| self.keys.at(*k) == key);
        of_key.all(|(_, expect)| expect.holds(before.map(|cell| cell.version)))
    }
}

fn is_written(keys: &Keys, writes: &[(Span, Write)], key: &[u8]) -> bool {
    writes.iter().any(|(span, _)| keys.at(*span) == key)
}

impl Cell {
    /// Adds to what this says, and returns it as it was.
    fn add(&mut self, key: &[u8], by: i64, version: u64) -> Result<Cell, Error> {
        let sum = self.counter().ok_or_else(|| not_a_counter(key))?;
        let value = Value::sum(sum.wrapping_add(by));
        Ok(std::mem::replace(self, Cell { version, value }))
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.clone().rows().len();
        write!(f, "{rows} rows after {} commits", self.commits)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Counters of all ages say what they should, whichever of them are in the list, and so do rows in their places.
    #[test]
    fn many_counters_are_kept() {
        let (mut table, mut model) = (Table::default(), BTreeMap::new());
        for round in 0..3 * Sums::LASTING {
            let (key, by) = (format!("n/{}", round * 7 % 40), round.cast_signed());
            let mut batch = Batch::new();
            match round % 11 {
                0 => drop((batch.delete(&key), model.remove(&key))),
                1 => drop((batch.put(&key, [0; 8].to_vec()), model.insert(key, 0))),
                _ => {
                    batch.add(&key, by);
                    *model.entry(key).or_insert(0) += by;
                }
            }
            table.commit(batch, 0, &mut Vec::new()).unwrap();
        }
        for (key, sum) in &model {
            assert_eq!(table.row(key.as_bytes()).unwrap().counter(), *sum, "{key}");
        }
        let rows = table.rows();
        let all = rows.iter().map(|(key, cell)| (&**key, cell.counter()));
        assert!(all.eq(model.iter().map(|(key, sum)| (key.as_bytes(), Some(*sum)))));
    }

    #[test]
    fn what_is_refused_half_way_leaves_no_trace() {
        let mut table = Table::default();
        let mut commit = |batch: &mut Batch| table.commit(batch.take(), 0, &mut Vec::new());
        commit(Batch::new().put("a", "1").put("text", "x").add("n", 5)).unwrap();
        let mut refused = Batch::new();
        refused.add("b", 1).add("n", 1).delete("a").put("c", "");
        assert!(commit(refused.clone().add("text", 1)).is_err());
        assert!(
            commit(refused.expect_absent("n"))
                .unwrap_err()
                .is_conflict()
        );
        let version = |key: &str| table.row(key.as_bytes()).map(|row| row.version);
        assert_eq!(
            ["a", "b", "c", "n"].map(version),
            [Some(1), None, None, Some(1)]
        );
        assert_eq!(table.row(b"n").unwrap().counter(), 5);
    }
}
