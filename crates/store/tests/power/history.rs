//! What a writer's rows may be after a power failure.
//!
//! A writer has rows of its own and makes one commit at a time. So its rows are always as they were after some number
//! of commits: not fewer than were acknowledged when the power failed, and not more than were begun.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use imbl::OrdMap;

/// A writer's rows: key and value.
pub(crate) type Rows = OrdMap<Vec<u8>, Bytes>;

/// A writer's rows as they are after each of its commits.
#[derive(Debug, Default)]
pub(crate) struct History {
    states: Mutex<Vec<Rows>>,
    acknowledged: AtomicUsize,
}

/// How many of a writer's commits were acknowledged, and how many were begun.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) acknowledged: usize,
    pub(crate) begun: usize,
}

impl History {
    /// One that begins with these rows.
    pub(crate) fn new(rows: Rows) -> History {
        History {
            states: Mutex::new(vec![rows]),
            acknowledged: AtomicUsize::new(0),
        }
    }

    fn states(&self) -> MutexGuard<'_, Vec<Rows>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows as they will be when all that was begun has come through.
    pub(crate) fn rows(&self) -> Rows {
        self.states().last().cloned().unwrap_or_default()
    }

    /// Notes a commit before it is made.
    pub(crate) fn begin(&self, rows: Rows) {
        self.states().push(rows);
    }

    /// Notes that the last commit was acknowledged.
    pub(crate) fn acknowledge(&self) {
        let begun = self.states().len() - 1;
        self.acknowledged.store(begun, Ordering::SeqCst);
    }

    /// Notes that the last commit was refused and has changed nothing.
    pub(crate) fn take_back(&self) {
        self.states().pop();
    }

    pub(crate) fn span(&self) -> Span {
        let acknowledged = self.acknowledged.load(Ordering::SeqCst);
        let begun = self.states().len() - 1;
        Span {
            acknowledged,
            begun,
        }
    }

    /// After how many commits the rows were as found, if that may be.
    pub(crate) fn place(&self, span: Span, found: &Rows) -> Result<usize, String> {
        let states = self.states();
        let may = span.acknowledged..=span.begun;
        if let Some(place) = may
            .clone()
            .rev()
            .find(|place| states.get(*place) == Some(found))
        {
            return Ok(place);
        }
        match states.iter().position(|state| state == found) {
            Some(place) => Err(format!("rows as after commit {place}, not one of {may:?}")),
            None => Err(format!(
                "rows as they never were; expected those of {may:?}; against the first of them: {}",
                states
                    .get(span.acknowledged)
                    .map(|expected| difference(expected, found))
                    .unwrap_or_default()
            )),
        }
    }
}

fn difference(expected: &Rows, found: &Rows) -> String {
    let missing = expected
        .iter()
        .filter(|(key, value)| found.get(*key) != Some(*value));
    let strange = found
        .iter()
        .filter(|(key, value)| expected.get(*key) != Some(*value));
    let names = |rows: Vec<(&Vec<u8>, &Bytes)>| -> String {
        let name = |(key, _): (&Vec<u8>, &Bytes)| key.escape_ascii().to_string();
        rows.into_iter().map(name).collect::<Vec<_>>().join(" ")
    };
    format!(
        "missing [{}], strange [{}]",
        names(missing.collect()),
        names(strange.collect())
    )
}
