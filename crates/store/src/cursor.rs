//! Walking over rows in order.

use std::collections::VecDeque;

use bytes::{BufMut, Bytes, BytesMut};

use crate::{Error, Key, Row, Snapshot, view::Source};

/// Rows at hand are copied in pages that grow from few to many: a listing that jumps from one common prefix to the
/// next reads little in vain, and a long walk looks its place up seldom.
const LOCAL: Pace = Pace {
    first: 1,
    most: 256,
};
/// A page from elsewhere costs a round trip, whatever it holds.
const PAGED: Pace = Pace {
    first: 128,
    most: 1024,
};

#[derive(Clone, Copy, Debug)]
struct Pace {
    first: usize,
    most: usize,
}

/// A place in a [`View`](crate::View) between two rows of one prefix.
#[derive(Debug)]
pub struct Cursor {
    source: Source,
    prefix: Bytes,
    /// Rows read ahead, in order.
    ahead: VecDeque<Row>,
    /// Where reading goes on after `ahead`; `None` when nothing follows.
    rest: Option<Key>,
    /// How many rows the next page asks for.
    page: usize,
    /// Whether this was moved, and whether it was moved again since rows were read: who does so jumps from place to place.
    moved: bool,
    jumps: bool,
    /// The last key of the prefix, once it was asked for.
    last: Option<Option<Key>>,
}

impl Cursor {
    pub(crate) fn new(source: Source, prefix: &[u8]) -> Cursor {
        let prefix = Bytes::copy_from_slice(prefix);
        let page = pace(&source).first;
        Cursor {
            source,
            rest: Some(prefix.clone()),
            prefix,
            ahead: VecDeque::new(),
            page,
            moved: false,
            jumps: false,
            last: None,
        }
    }

    /// Moves, forwards or backwards, so that [`next`](Cursor::next) returns the first row of the prefix that is not
    /// before `key`. A key before the prefix moves to its beginning, one behind it to the end.
    ///
    /// What was read ahead is used. Otherwise nothing is read until `next`.
    pub async fn seek(&mut self, key: &[u8]) -> Result<(), Error> {
        let begins = self.ahead.front().is_some_and(|row| *row.key <= *key);
        let ends = self.ahead.back().is_some_and(|row| *key <= *row.key);
        if begins && ends {
            let behind = self.ahead.partition_point(|row| *row.key < *key);
            self.ahead.drain(..behind);
        } else {
            self.ahead.clear();
            self.jumps = std::mem::replace(&mut self.moved, true);
            self.rest = Some(Key::copy_from_slice(key));
            self.page = pace(&self.source).first;
        }
        Ok(())
    }

    /// The next row, or `None` at the end of the prefix.
    pub async fn next(&mut self) -> Result<Option<Row>, Error> {
        if self.ahead.is_empty() {
            self.refill().await?;
        }
        Ok(self.ahead.pop_front())
    }

    /// Up to `limit` next rows. Fewer mean that the prefix ended.
    pub async fn take(&mut self, limit: usize) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::new();
        while rows.len() < limit {
            let Some(row) = self.next().await? else { break };
            rows.push(row);
        }
        Ok(rows)
    }

    async fn refill(&mut self) -> Result<(), Error> {
        let Some(from) = &self.rest else {
            return Ok(());
        };
        let rows = match &self.source {
            Source::Local(snapshot) if std::mem::take(&mut self.jumps) => {
                jump(&**snapshot, &self.prefix, from, &mut self.last)?
            }
            Source::Local(snapshot) => snapshot.page(&self.prefix, from, self.page)?,
            Source::Paged(pages) => pages.page(&self.prefix, from, self.page).await?,
        };
        self.rest = match rows.last() {
            Some(last) if rows.len() == self.page => Some(successor(&last.key)),
            _ => None,
        };
        self.page = (self.page * 2).min(pace(&self.source).most);
        self.ahead = rows.into();
        Ok(())
    }
}

/// A page of one row, for which the snapshot is told that it is there.
fn jump(
    snapshot: &dyn Snapshot,
    prefix: &[u8],
    from: &[u8],
    last: &mut Option<Option<Key>>,
) -> Result<Vec<Row>, Error> {
    const { assert!(LOCAL.first == 1) };
    let last = match last {
        Some(last) => last,
        None => last.insert(snapshot.last(prefix)?),
    };
    let from = from.max(prefix);
    let is_there = last.as_ref().is_some_and(|last| *from <= **last);
    let row = is_there.then(|| snapshot.next(prefix, from)).transpose()?;
    Ok(row.flatten().into_iter().collect())
}

fn pace(source: &Source) -> Pace {
    match source {
        Source::Local(_) => LOCAL,
        Source::Paged(_) => PAGED,
    }
}

/// The smallest key behind this one.
fn successor(key: &[u8]) -> Key {
    let mut next = BytesMut::with_capacity(key.len() + 1);
    next.put_slice(key);
    next.put_u8(0);
    next.freeze()
}
