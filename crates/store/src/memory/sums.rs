//! Counters that are being added to.
//!
//! Nearly every commit adds to the same few. In a short list beside the other rows that takes one look at each, in place
//! of a way through the whole table.

use super::cell::Cell;
use crate::Key;

/// The most counters that are kept here. Every read goes past them.
const MOST: usize = 16;

/// A few counters by their keys, in no order.
#[derive(Clone, Default)]
pub(super) struct Sums(Vec<(Key, Cell)>);

impl Sums {
    /// After so many commits others may take their places.
    pub(super) const LASTING: u64 = 4096;

    pub(super) fn get(&self, key: &[u8]) -> Option<&Cell> {
        let mut all = self.0.iter();
        all.find(|(of, _)| of == key).map(|(_, cell)| cell)
    }

    pub(super) fn get_mut(&mut self, key: &[u8]) -> Option<&mut Cell> {
        let mut all = self.0.iter_mut();
        all.find(|(of, _)| of == key).map(|(_, cell)| cell)
    }

    pub(super) fn has_room(&self) -> bool {
        self.0.len() < MOST
    }

    pub(super) fn push(&mut self, key: Key, cell: Cell) {
        self.0.push((key, cell));
    }

    pub(super) fn remove(&mut self, key: &[u8]) -> Option<Cell> {
        let at = self.0.iter().position(|(of, _)| of == key)?;
        Some(self.0.swap_remove(at).1)
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = (Key, Cell)> {
        self.0.drain(..)
    }
}
