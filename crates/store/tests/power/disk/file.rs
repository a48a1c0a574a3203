//! A file of which not everything is durable.

use std::collections::HashMap;

use bytes::Bytes;
use fastrand::Rng;
use imbl::Vector;

use super::content::{Content, pieces};

/// What a file says now, and what it would say for certain.
#[derive(Clone, Debug, Default)]
pub(crate) struct File {
    live: Content,
    durable: Content,
    /// What happened since the last sync.
    pending: Vector<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write(u64, Bytes),
    Resize(u64),
}

/// A sector that was written to: how many of these writes survive, and how many have been looked at.
#[derive(Default)]
struct Sector {
    writes: usize,
    kept: usize,
    seen: usize,
}

impl File {
    pub(crate) fn len(&self) -> u64 {
        self.live.len()
    }

    pub(crate) fn read(&self, at: u64, len: usize) -> Vec<u8> {
        self.live.read(at, len)
    }

    /// See [`Content::seek`].
    pub(crate) fn seek(&self, at: u64, written: bool) -> Option<u64> {
        self.live.seek(at, written)
    }

    pub(crate) fn write(&mut self, at: u64, bytes: &[u8]) {
        self.live.write(at, bytes);
        self.pending
            .push_back(Change::Write(at, Bytes::copy_from_slice(bytes)));
    }

    pub(crate) fn resize(&mut self, len: u64) {
        self.live.resize(len);
        self.pending.push_back(Change::Resize(len));
    }

    pub(super) fn sync(&mut self) {
        self.durable = self.live.clone();
        self.pending.clear();
    }

    /// What is left of it: the durable bytes, and by chance some of what came since.
    pub(super) fn cut(&self, rng: &mut Rng, sector: u64) -> File {
        let mut left = self.durable.clone();
        if !self.pending.is_empty() {
            let resized = rng.usize(..=self.pending.len());
            let mut sectors = self.fates(rng, sector);
            let mut len = left.len();
            for (number, change) in self.pending.iter().enumerate() {
                len = if number < resized {
                    change.len(len)
                } else {
                    len
                };
                match change {
                    Change::Write(at, bytes) => {
                        survive(&mut left, *at, bytes, sector, &mut sectors)
                    }
                    // What a truncation took does not come back when the end moves on.
                    Change::Resize(end) if number < resized => left.resize(*end),
                    Change::Resize(_) => {}
                }
            }
            left.resize(len);
        }
        File {
            live: left.clone(),
            durable: left,
            pending: Vector::new(),
        }
    }

    /// For each sector that was written to, how many of these writes survive: the first so many.
    fn fates(&self, rng: &mut Rng, size: u64) -> HashMap<u64, Sector> {
        let mut sectors: HashMap<u64, Sector> = HashMap::new();
        for change in &self.pending {
            if let Change::Write(at, bytes) = change {
                for (number, ..) in pieces(*at, at + bytes.len() as u64, size) {
                    sectors.entry(number).or_default().writes += 1;
                }
            }
        }
        let mood = rng.u8(..4);
        let mut numbers: Vec<u64> = sectors.keys().copied().collect();
        numbers.sort_unstable();
        for number in numbers {
            let sector = sectors.entry(number).or_default();
            sector.kept = match mood {
                0 => 0,
                1 => sector.writes,
                _ => rng.usize(..=sector.writes),
            };
        }
        sectors
    }
}

impl Change {
    /// How long a file of this length is afterwards.
    fn len(&self, before: u64) -> u64 {
        match self {
            Change::Write(at, bytes) => before.max(at + bytes.len() as u64),
            Change::Resize(len) => *len,
        }
    }
}

/// Writes those sectors of a write that survive it.
fn survive(
    left: &mut Content,
    at: u64,
    bytes: &[u8],
    size: u64,
    sectors: &mut HashMap<u64, Sector>,
) {
    let end = at + bytes.len() as u64;
    for (number, from, to) in pieces(at, end, size) {
        let sector = sectors.entry(number).or_default();
        sector.seen += 1;
        if sector.seen <= sector.kept {
            let start = number * size + from as u64;
            let offset = (start - at) as usize;
            left.patch(start, &bytes[offset..offset + to - from]);
        }
    }
}
