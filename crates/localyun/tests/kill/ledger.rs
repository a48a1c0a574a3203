//! What must be there, as far as answers tell.

use std::collections::BTreeMap;

use fastrand::Rng;

/// Bytes that can be made again: so many of those which this seed gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) seed: u64,
    pub(crate) len: usize,
}

impl Piece {
    pub(crate) fn new(rng: &mut Rng, len: usize) -> Piece {
        Piece {
            seed: rng.u64(..),
            len,
        }
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        let mut bytes = vec![0; self.len];
        Rng::with_seed(self.seed).fill(&mut bytes);
        bytes
    }
}

/// What an object says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) pieces: Vec<Piece>,
}

impl Version {
    pub(crate) fn len(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len).sum()
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.pieces.iter().flat_map(|piece| piece.bytes()).collect()
    }
}

/// An object, or that there is none.
pub(crate) type State = Option<Version>;

/// What is known of a key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slot {
    /// What the last answer said.
    pub(crate) now: State,
    /// What it will be when the request that is under way comes through.
    pub(crate) next: Option<State>,
}

/// What a check found behind a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// What was acknowledged.
    Kept,
    /// What was under way when the server was killed, whole.
    CameThrough,
    /// Something acknowledged is not there.
    Lost,
    /// Something that nobody ever wrote.
    Half,
}

/// The keys of one worker. Nobody else writes to them, so each has one state, or two while a request is under way.
#[derive(Debug, Default)]
pub(crate) struct Ledger(pub(crate) BTreeMap<String, Slot>);

impl Ledger {
    pub(crate) fn now(&self, key: &str) -> Option<&Version> {
        self.0.get(key)?.now.as_ref()
    }

    /// Notes a request before it is sent.
    pub(crate) fn begin(&mut self, key: &str, next: State) {
        self.0.entry(key.to_owned()).or_default().next = Some(next);
    }

    /// Notes that it was acknowledged.
    pub(crate) fn end(&mut self, key: &str) {
        let slot = self.0.entry(key.to_owned()).or_default();
        if let Some(next) = slot.next.take() {
            slot.now = next;
        }
    }

    /// A key that holds something.
    pub(crate) fn some_key(&self, rng: &mut Rng) -> Option<String> {
        let held = self.0.iter().filter(|(_, slot)| slot.now.is_some());
        let keys: Vec<&String> = held.map(|(key, _)| key).collect();
        rng.choice(keys).cloned()
    }

    /// Judges what was found behind a key, and takes it for true from now on.
    pub(crate) fn settle(&mut self, key: &str, found: Option<&[u8]>) -> Verdict {
        let slot = self.0.entry(key.to_owned()).or_default();
        let is = |state: &State| match (state, found) {
            (None, None) => true,
            (Some(version), Some(found)) => {
                version.len() == found.len() && version.bytes() == found
            }
            _ => false,
        };
        let next = slot.next.take();
        if is(&slot.now) {
            return Verdict::Kept;
        }
        if let Some(next) = next.filter(is) {
            slot.now = next;
            return Verdict::CameThrough;
        }
        slot.now = None;
        if found.is_none() {
            Verdict::Lost
        } else {
            Verdict::Half
        }
    }
}
