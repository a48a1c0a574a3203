//! Who lives, who waits, and who may start: one lock, held for moments only.

mod held;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use gateway::Client;
use tokio::sync::Notify;

use crate::host::{InstanceReport, Revision, RevisionKey};
use crate::pool::crowd::{Crowd, Place};
use crate::pool::{PoolLimits, PoolReport};
use crate::runtime::Instance;
use crate::stopwatch::Stopwatch;
use crate::{Invocation, Logs};

/// An instance, and what it is worth.
pub(crate) struct Warm {
    // First, so that the process is gone before its seat is free and the code of its revision removed.
    pub(crate) instance: Box<dyn Instance>,
    pub(crate) seat: Seat,
    pub(crate) revision: Arc<Revision>,
    pub(crate) id: String,
    /// The latest request without its event, for hooks that run outside one.
    pub(crate) last: Invocation,
    pub(crate) born: Stopwatch,
    /// When it began to wait.
    pub(crate) since: Stopwatch,
}

impl Warm {
    /// Notes the request for hooks, if there are any that run outside one.
    pub(super) fn remember(&mut self, invocation: &Invocation) {
        if self.revision.pre_freeze.is_some() || self.revision.pre_stop.is_some() {
            self.last = Invocation {
                event: Bytes::new(),
                client: Client::default(),
                ..invocation.clone()
            };
        }
    }
}

/// What a request gets.
pub(crate) enum Taken {
    /// An instance that waited.
    Warm(Warm),
    /// Leave to start one, and the instance that has to make room for it.
    Free { seat: Seat, evicted: Option<Warm> },
}

/// All seats of a pool.
pub(crate) struct Seats {
    limits: PoolLimits,
    pub(super) logs: Arc<Logs>,
    state: Mutex<State>,
    /// Held while a request looks for a crowd, so that two do not make two.
    joining: Mutex<()>,
    /// Told when the last seat becomes free.
    empty: Notify,
}

#[derive(Default)]
struct State {
    taken: Vec<Entry>,
    /// In the order in which they began to wait.
    idle: Vec<Warm>,
    /// Those that share an instance, and how many they are.
    crowds: Vec<(Arc<Crowd>, u32)>,
    /// How many instances are held on to.
    held: Vec<(RevisionKey, usize)>,
    next: u64,
    closed: bool,
}

struct Entry {
    number: u64,
    key: RevisionKey,
    /// No requests for its revision come any more.
    retired: bool,
    /// It is ending, and counts no longer.
    leaving: bool,
    /// What the instance is called, once it is ready.
    id: String,
    version_id: String,
    born: Stopwatch,
}

impl State {
    fn leave(&mut self, warm: &Warm) {
        let entry = |entry: &&mut Entry| entry.number == warm.seat.number;
        if let Some(entry) = self.taken.iter_mut().find(entry) {
            entry.leaving = true;
        }
    }

    /// Takes some of those that wait, for good.
    fn take_out(&mut self, chosen: impl Fn(&Warm) -> bool) -> Vec<Warm> {
        let out: Vec<Warm> = self.idle.extract_if(.., |warm| chosen(warm)).collect();
        out.iter().for_each(|warm| self.leave(warm));
        out
    }
}

/// The right to one instance. Free again when this is dropped.
pub(crate) struct Seat {
    seats: Arc<Seats>,
    number: u64,
}

impl Seat {
    /// Says which instance has it, now that it is ready.
    pub(crate) fn is_of(&self, id: &str, version_id: &str) {
        let mut state = self.seats.lock();
        let own = |entry: &&mut Entry| entry.number == self.number;
        if let Some(entry) = state.taken.iter_mut().find(own) {
            id.clone_into(&mut entry.id);
            version_id.clone_into(&mut entry.version_id);
        }
    }

    /// Where hooks log that run outside of requests.
    pub(super) fn logs(&self) -> &Arc<Logs> {
        &self.seats.logs
    }

    /// Whether no requests for its revision come any more.
    pub(crate) fn is_retired(&self) -> bool {
        let state = self.seats.lock();
        let entry = state.taken.iter().find(|entry| entry.number == self.number);
        state.closed || entry.is_none_or(|entry| entry.retired)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut state = self.seats.lock();
        state.taken.retain(|entry| entry.number != self.number);
        if state.taken.is_empty() {
            self.seats.empty.notify_waiters();
        }
    }
}

impl Seats {
    pub(crate) fn new(limits: PoolLimits) -> Self {
        Self {
            limits,
            logs: Arc::default(),
            state: Mutex::default(),
            joining: Mutex::default(),
            empty: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The instance that waited least, else a seat; else the text that says which limit was reached.
    pub(crate) fn take(self: &Arc<Self>, revision: &Revision) -> Result<Taken, String> {
        let key = &revision.key;
        let mut state = self.lock();
        if state.closed {
            return Err("the server is stopping".into());
        }
        while let Some(at) = state
            .idle
            .iter()
            .rposition(|warm| is(&warm.revision.key, key))
        {
            let warm = state.idle.remove(at);
            if warm.instance.is_alive() && warm.born.elapsed() < self.limits.age {
                return Ok(Taken::Warm(warm));
            }
            // Its seat needs the lock to become free.
            drop(state);
            drop(warm);
            state = self.lock();
        }
        drop(state);
        let (seat, evicted) = self.sit(key)?;
        Ok(Taken::Free { seat, evicted })
    }

    /// A seat for one more instance, whoever waits, and the one that has to make room for it.
    pub(crate) fn sit(self: &Arc<Self>, key: &RevisionKey) -> Result<(Seat, Option<Warm>), String> {
        let mut state = self.lock();
        if state.closed {
            return Err("the server is stopping".into());
        }
        let evicted = self.make_room(&mut state, key)?;
        let number = state.next;
        state.next += 1;
        state.taken.push(Entry {
            number,
            key: key.clone(),
            retired: false,
            leaving: false,
            id: String::new(),
            version_id: String::new(),
            born: Stopwatch::start(),
        });
        drop(state);
        let seat = Seat {
            seats: Arc::clone(self),
            number,
        };
        Ok((seat, evicted))
    }

    /// A place in a crowd: of those with room the one that has been there longest, else a new one.
    pub(super) fn join(self: &Arc<Self>, revision: &Revision) -> Result<Place, String> {
        let _joining = self.joining.lock().unwrap_or_else(PoisonError::into_inner);
        let most = revision.instance_concurrency;
        let fresh = |warm: &Warm| warm.born.elapsed() < self.limits.age;
        let place = |crowd: &Arc<Crowd>| Place {
            crowd: Arc::clone(crowd),
            seats: Arc::clone(self),
        };
        let mut state = self.lock();
        if state.closed {
            return Err("the server is stopping".into());
        }
        let mut crowds = state.crowds.iter_mut();
        let open = crowds.find(|(crowd, members)| {
            *members < most && is(&crowd.key, &revision.key) && crowd.is_open(fresh)
        });
        if let Some((crowd, members)) = open {
            *members += 1;
            return Ok(place(crowd));
        }
        drop(state);
        let taken = self.take(revision)?;
        let crowd = Arc::new(Crowd::new(revision.key.clone(), taken));
        let found = place(&crowd);
        self.lock().crowds.push((crowd, 1));
        Ok(found)
    }

    /// Whether this was the last one; then the crowd is no more.
    pub(super) fn leave_crowd(&self, crowd: &Arc<Crowd>) -> bool {
        let mut state = self.lock();
        let same = |(other, _): &(Arc<Crowd>, u32)| Arc::ptr_eq(other, crowd);
        let Some(at) = state.crowds.iter().position(same) else {
            return false;
        };
        state.crowds[at].1 -= 1;
        let last = state.crowds[at].1 == 0;
        if last {
            state.crowds.remove(at);
        }
        last
    }

    pub(super) fn limits(&self) -> PoolLimits {
        self.limits
    }

    /// Sees that one more instance of this function may live; the one that waited longest may have to go for it.
    fn make_room(&self, state: &mut State, key: &RevisionKey) -> Result<Option<Warm>, String> {
        let of_function = |other: &RevisionKey| other.is_same_function(key);
        let staying = || state.taken.iter().filter(|entry| !entry.leaving);
        let siblings = staying().filter(|entry| of_function(&entry.key)).count();
        let oldest = if siblings >= self.limits.per_function {
            let text = || {
                let limit = self.limits.per_function;
                format!(
                    "the function has {limit} instances, as many as one may have, and all are busy"
                )
            };
            let sibling = |warm: &Warm| of_function(&warm.revision.key);
            let free = |warm: &Warm| sibling(warm) && !state.holds(&warm.revision.key);
            state.idle.iter().position(free).ok_or_else(text)?
        } else if staying().count() >= self.limits.total {
            let text = || {
                let limit = self.limits.total;
                format!("there are {limit} instances, as many as there may be, and all are busy")
            };
            let free = |warm: &Warm| !state.holds(&warm.revision.key);
            state.idle.iter().position(free).ok_or_else(text)?
        } else {
            return Ok(None);
        };
        let warm = state.idle.remove(oldest);
        state.leave(&warm);
        Ok(Some(warm))
    }

    /// Lets an instance wait, or gives it back when nobody will come for it.
    pub(crate) fn put(&self, warm: Warm) -> Option<Warm> {
        let mut state = self.lock();
        let retired = |entry: &Entry| entry.number == warm.seat.number && entry.retired;
        if state.closed || state.taken.iter().any(retired) {
            return Some(warm);
        }
        state.idle.push(warm);
        None
    }

    /// Marks the instances of this revision and of older ones, and gives those that wait.
    pub(crate) fn retire(&self, key: &RevisionKey) -> Vec<Warm> {
        let old =
            |other: &RevisionKey| other.is_same_function(key) && other.revision <= key.revision;
        let mut state = self.lock();
        for entry in state.taken.iter_mut().filter(|entry| old(&entry.key)) {
            entry.retired = true;
        }
        state.take_out(|warm| old(&warm.revision.key))
    }

    /// Marks all instances, and gives those that wait.
    pub(crate) fn retire_all(&self) -> Vec<Warm> {
        let mut state = self.lock();
        for entry in &mut state.taken {
            entry.retired = true;
        }
        state.take_out(|_| true)
    }

    /// Lets nobody in any more, and gives those that wait.
    pub(crate) fn close(&self) -> Vec<Warm> {
        let mut state = self.lock();
        state.closed = true;
        state.take_out(|_| true)
    }

    /// Returns when no instance lives.
    pub(crate) async fn emptied(&self) {
        loop {
            let told = self.empty.notified();
            if self.lock().taken.is_empty() {
                return;
            }
            told.await;
        }
    }

    /// Those that live and are not about to end.
    pub(crate) fn instances(&self) -> Vec<InstanceReport> {
        let state = self.lock();
        let living = state.taken.iter().filter(|entry| !entry.leaving);
        let reports = living.map(|entry| InstanceReport {
            key: entry.key.clone(),
            version_id: entry.version_id.clone(),
            id: entry.id.clone(),
            age: entry.born.elapsed(),
        });
        reports.collect()
    }

    pub(crate) fn report(&self) -> PoolReport {
        let state = self.lock();
        PoolReport {
            instances: state.taken.len(),
            idle: state.idle.len(),
        }
    }
}

impl fmt::Debug for Seats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report().fmt(f)
    }
}

/// Equality that looks first at what differs most.
fn is(one: &RevisionKey, other: &RevisionKey) -> bool {
    one.revision == other.revision && one == other
}
