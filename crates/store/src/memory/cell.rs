//! What is kept of a row in memory.

use std::ops::Deref;

use bytes::Bytes;

use crate::{Key, Row, meta::decode_counter};

/// A row but its key.
#[derive(Clone)]
pub(super) struct Cell {
    pub(super) version: u64,
    pub(super) value: Value,
}

/// What a row says.
#[derive(Clone)]
pub(super) enum Value {
    Bytes(Bytes),
    /// A counter to which something was added. It changes with nearly every commit, and takes no memory of its own.
    Sum([u8; 8]),
}

impl Cell {
    /// A counter to which nothing was added.
    pub(super) const ZERO: Self = Self {
        version: 0,
        value: Value::Sum([0; 8]),
    };

    pub(super) fn to_row(&self, key: &Key) -> Row {
        Row {
            key: key.clone(),
            version: self.version,
            value: self.value.share(),
        }
    }

    /// What this says as a counter; `None` where it is none.
    pub(super) fn counter(&self) -> Option<i64> {
        decode_counter(&self.value)
    }
}

impl Value {
    pub(super) fn sum(sum: i64) -> Self {
        Self::Sum(sum.to_be_bytes())
    }

    pub(super) fn share(&self) -> Bytes {
        match self {
            Self::Bytes(bytes) => bytes.clone(),
            Self::Sum(sum) => Bytes::copy_from_slice(sum),
        }
    }
}

impl Deref for Value {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Sum(sum) => sum,
        }
    }
}
