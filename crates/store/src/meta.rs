//! An ordered map of bytes with optimistic transactions.

use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Batch, Error, View};

/// The name of a row: 1 to 2048 bytes, which every backend takes. Rows are ordered by these bytes, compared unsigned, a prefix before what it begins.
pub type Key = Bytes;

/// What is stored under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it stands.
    pub key: Key,
    /// The number of the commit that wrote it. Grows with every commit and is never reused.
    pub version: u64,
    /// What it says.
    pub value: Bytes,
}

impl Row {
    /// The sum that [`Batch::add`] keeps in this row; 0 for a row that `add` did not write.
    pub fn counter(&self) -> i64 {
        decode_counter(&self.value).unwrap_or(0)
    }
}

/// An ordered map of bytes with optimistic transactions.
///
/// Every method sees all commits that were acknowledged before it was called, whoever made them.
#[async_trait]
pub trait Meta: Debug + Send + Sync + 'static {
    /// A consistent read snapshot of all rows: no later commit shows in it. A listing is one view.
    async fn view(&self) -> Result<View, Error>;

    /// The newest row under one key. Cheaper than a view.
    async fn get(&self, key: &[u8]) -> Result<Option<Row>, Error>;

    /// The same without a future, where rows are at hand; `None` where they are not. See [`Store::get`](crate::Store::get).
    fn get_at_once(&self, _key: &[u8]) -> Option<Result<Option<Row>, Error>> {
        None
    }

    /// A number that every commit changes before it is acknowledged, but for those of [quiet](Batch::quiet) batches, and
    /// that never comes again; read without waiting. What a row said when it was read *after* this number still holds
    /// for as long as the number is the same, unless it is one that quiet batches write.
    ///
    /// `None` where there is none because others may commit too: then rows are read to see whether they changed.
    fn stamp(&self) -> Option<u64> {
        None
    }

    /// A number that every commit which puts or deletes the row of this key, quiet or not, changes before it is
    /// acknowledged, and that never comes again; read without waiting. What the row said when it was read *after* this
    /// number still holds for as long as the number is the same, unless it is a counter that is
    /// [added](crate::Batch::add) to. A number changes for the sake of other rows, too, but seldom.
    ///
    /// `None` where there is none because others may commit too.
    fn mark(&self, _key: &[u8]) -> Option<u64> {
        None
    }

    /// Applies all of a batch's writes if all of its expectations hold, and returns the commit's number, which is the
    /// version of every row it wrote. An acknowledged commit is as durable as the backend can make it.
    ///
    /// Otherwise nothing changes: [`Error::Conflict`] names the first expectation that failed, and [`Error::Damaged`]
    /// a row that `add` met and that is not a counter.
    async fn commit(&self, batch: Batch) -> Result<u64, Error>;

    /// The same without a future, where nothing is waited for; the batch comes back where something is. See
    /// [`Store::commit`](crate::Store::commit).
    fn commit_at_once(&self, batch: Batch) -> Result<Result<u64, Error>, Batch> {
        Err(batch)
    }
}

/// A counter's bytes: eight, big-endian.
pub(crate) fn encode_counter(sum: i64) -> Bytes {
    Bytes::copy_from_slice(&sum.to_be_bytes())
}

/// The reverse; `None` when these are not a counter's bytes.
pub(crate) fn decode_counter(value: &[u8]) -> Option<i64> {
    value.try_into().ok().map(i64::from_be_bytes)
}
