//! Instances that stay although nobody asks for them.

use super::{Entry, Seats, State, Warm, is};
use crate::host::RevisionKey;
use crate::pool::PoolLimits;

impl State {
    /// How many instances of this revision stay.
    fn living(&self, key: &RevisionKey) -> usize {
        let own = |entry: &&Entry| !entry.leaving && !entry.retired && is(&entry.key, key);
        self.taken.iter().filter(own).count()
    }

    /// How many of these are held on to.
    fn held(&self, key: &RevisionKey) -> usize {
        let held = self.held.iter().filter(|(of, _)| is(of, key));
        held.map(|(_, count)| *count).max().unwrap_or(0)
    }

    /// Whether none of these may go.
    pub(super) fn holds(&self, key: &RevisionKey) -> bool {
        let held = self.held(key);
        held > 0 && self.living(key) <= held
    }

    /// Takes out those of the chosen that may go, the one that has waited longest first.
    fn let_go(&mut self, chosen: impl Fn(&Warm) -> bool) -> Vec<Warm> {
        let mut out = Vec::new();
        let mut at = 0;
        while at < self.idle.len() {
            if chosen(&self.idle[at]) && !self.holds(&self.idle[at].revision.key) {
                let warm = self.idle.remove(at);
                self.leave(&warm);
                out.push(warm);
            } else {
                at += 1;
            }
        }
        out
    }
}

impl Seats {
    /// Those that waited too long and may go, or are too old.
    pub(crate) fn expired(&self) -> Vec<Warm> {
        let PoolLimits { idle, age, .. } = self.limits;
        let mut state = self.lock();
        let mut out = state.take_out(|warm| warm.born.elapsed() >= age);
        out.extend(state.let_go(|warm| warm.since.elapsed() >= idle));
        out
    }

    /// Holds on to as many instances, and gives those that wait and are not held any more.
    pub(crate) fn hold(&self, held: Vec<(RevisionKey, usize)>) -> Vec<Warm> {
        let mut state = self.lock();
        let before = std::mem::replace(&mut state.held, held);
        let mut out = Vec::new();
        for (key, count) in before {
            let less = count.saturating_sub(state.held(&key));
            for _ in 0..less {
                let free = |warm: &Warm| is(&warm.revision.key, &key);
                let Some(at) = state.idle.iter().position(free) else {
                    break;
                };
                let warm = state.idle.remove(at);
                state.leave(&warm);
                out.push(warm);
            }
        }
        out
    }
}
