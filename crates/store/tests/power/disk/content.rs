//! Bytes with holes.

use std::sync::Arc;

use imbl::OrdMap;

const PAGE: usize = 4096;

/// The bytes of a file. Where nothing was written they are zero and take no room. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    len: u64,
    pages: OrdMap<u64, Arc<[u8; PAGE]>>,
}

impl Content {
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn read(&self, at: u64, len: usize) -> Vec<u8> {
        let end = self.len.min(at.saturating_add(len as u64));
        let mut bytes = Vec::with_capacity(end.saturating_sub(at) as usize);
        for (page, from, to) in pages(at, end) {
            match self.pages.get(&page) {
                Some(page) => bytes.extend_from_slice(&page[from..to]),
                None => bytes.resize(bytes.len() + to - from, 0),
            }
        }
        bytes
    }

    /// Writes, and grows if need be.
    pub(crate) fn write(&mut self, at: u64, bytes: &[u8]) {
        self.patch(at, bytes);
        self.len = self.len.max(at + bytes.len() as u64);
    }

    /// Writes without growing: what lies behind the end cannot be read, unless the end moves.
    pub(crate) fn patch(&mut self, at: u64, mut bytes: &[u8]) {
        for (page, from, to) in pages(at, at + bytes.len() as u64) {
            let (now, rest) = bytes.split_at(to - from);
            let page = self
                .pages
                .entry(page)
                .or_insert_with(|| Arc::new([0; PAGE]));
            Arc::make_mut(page)[from..to].copy_from_slice(now);
            bytes = rest;
        }
    }

    /// Moves the end. What it grows by is zero.
    pub(crate) fn resize(&mut self, len: u64) {
        let kept = len.div_ceil(PAGE as u64);
        while let Some(&(last, _)) = self.pages.get_max()
            && last >= kept
        {
            self.pages.remove(&last);
        }
        let within = (len % PAGE as u64) as usize;
        if within > 0
            && let Some(page) = self.pages.get_mut(&(len / PAGE as u64))
        {
            Arc::make_mut(page)[within..].fill(0);
        }
        self.len = len;
    }
}

impl Content {
    /// Where the first page at or behind a place begins that was written to, or one that was not; not beyond the end.
    pub(crate) fn seek(&self, at: u64, written: bool) -> Option<u64> {
        let last = self.len.div_ceil(PAGE as u64);
        let mut page = at / PAGE as u64;
        if written {
            page = self.pages.range(page..).next().map(|(page, _)| *page)?;
        } else {
            while page < last && self.pages.contains_key(&page) {
                page += 1;
            }
        }
        let found = at.max(page * PAGE as u64).min(self.len);
        (at < self.len && !(written && found == self.len)).then_some(found)
    }
}

/// The pages between two places, each with where it begins and ends to be between them.
fn pages(at: u64, end: u64) -> impl Iterator<Item = (u64, usize, usize)> {
    pieces(at, end, PAGE as u64)
}

/// The pieces of a size between two places, each with where it begins and ends to be between them.
pub(crate) fn pieces(at: u64, end: u64, size: u64) -> impl Iterator<Item = (u64, usize, usize)> {
    let numbers = if at < end {
        at / size..(end - 1) / size + 1
    } else {
        0..0
    };
    numbers.map(move |number| {
        let start = number * size;
        let from = at.saturating_sub(start);
        let to = (end - start).min(size);
        (number, from as usize, to as usize)
    })
}
