//! Where large bodies are hashed: on few threads, each of which takes pieces of several bodies at once.
//!
//! A body's pieces wait in its [`Line`]. A thread takes the first piece of each line that has one, of as many as
//! [`md5`](super::md5) hashes side by side, and puts the lines back. While it hashes, further pieces gather, so the more
//! there is to do the more is done at once. A thread that has found nothing to do for a while ends.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{num::NonZero, thread};

use bytes::{Buf, Bytes};
use fearless_simd::Level;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::md5::{LANES, Lane, Md5, update_together};

/// How many pieces of one body may wait; who has more waits.
const WAITING: usize = 2;

/// How long a thread waits for something to do.
const IDLE: Duration = Duration::from_secs(10);

/// The threads, and what they have to do. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Desk(Arc<Room>);

#[derive(Default)]
struct Room {
    state: Mutex<State>,
    /// Told when there is a line to be taken.
    work: Condvar,
}

#[derive(Default)]
struct State {
    /// Lines that have a piece and that no thread has.
    ready: VecDeque<Arc<Line>>,
    threads: usize,
    /// How many of them wait.
    idle: usize,
}

/// What a piece holds until it is hashed.
type Place = OwnedSemaphorePermit;

/// One body's pieces.
#[derive(Default)]
struct Line(Mutex<Body>);

#[derive(Default)]
struct Body {
    md5: Md5,
    waiting: VecDeque<(Bytes, Place)>,
    /// Whether it is ready, or a thread has it.
    busy: bool,
    /// Who waits for the sum of all pieces.
    end: Option<oneshot::Sender<[u8; 16]>>,
}

impl Line {
    fn body(&self) -> MutexGuard<'_, Body> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body that is being hashed. When it is dropped, what waits is hashed for nobody.
pub(super) struct Hashing {
    desk: Desk,
    line: Arc<Line>,
    places: Arc<Semaphore>,
}

impl Desk {
    /// Goes on with a body.
    pub(super) fn begin(&self, md5: Md5) -> Hashing {
        let line = Line::default();
        line.body().md5 = md5;
        Hashing {
            desk: self.clone(),
            line: line.into(),
            places: Arc::new(Semaphore::new(WAITING)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let state = self.0.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a line seen to.
    fn add(&self, line: Arc<Line>) {
        let mut state = self.state();
        state.ready.push_back(line);
        if state.idle > 0 {
            return self.0.work.notify_one();
        }
        if state.threads == most() {
            return;
        }
        state.threads += 1;
        drop(state);
        let desk = self.clone();
        let thread = thread::Builder::new().name("sums".to_owned());
        if let Err(error) = thread.spawn(move || desk.work(IDLE)) {
            tracing::warn!(%error, "no thread for sums; a request computes them by itself");
            self.work(Duration::ZERO);
        }
    }

    /// Hashes until nothing has come for so long.
    fn work(&self, idle: Duration) {
        let level = Level::new();
        while let Some(lines) = self.take(idle) {
            let more = hash(level, &lines);
            self.state().ready.extend(more);
        }
    }

    /// Some lines that are ready. `None`: this thread ends.
    fn take(&self, idle: Duration) -> Option<Vec<Arc<Line>>> {
        let mut state = self.state();
        if state.ready.is_empty() {
            state.idle += 1;
            let nothing = |state: &mut State| state.ready.is_empty();
            let waited = self.0.work.wait_timeout_while(state, idle, nothing);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.idle -= 1;
        }
        let some = state.ready.len().min(LANES);
        if some == 0 {
            state.threads -= 1;
            return None;
        }
        Some(state.ready.drain(..some).collect())
    }
}

/// The most threads: side by side they share the processors with those who bring the pieces.
fn most() -> usize {
    thread::available_parallelism().map_or(1, |cores| NonZero::get(cores).div_ceil(2))
}

/// Hashes the first piece of each line, or the beginning of it. Returns the lines that have more.
fn hash(level: Level, lines: &[Arc<Line>]) -> Vec<Arc<Line>> {
    let mut work: Vec<_> = lines
        .iter()
        .filter_map(|line| {
            let mut body = line.body();
            let (bytes, place) = body.waiting.pop_front()?;
            Some((line, body.md5, bytes, place))
        })
        .collect();
    let mut lanes: Vec<_> = work
        .iter_mut()
        .map(|(_, md5, bytes, _)| Lane { md5, bytes })
        .collect();
    update_together(level, &mut lanes);
    let left: Vec<usize> = lanes.iter().map(|lane| lane.bytes.len()).collect();
    let mut more = Vec::new();
    for ((line, md5, mut bytes, place), left) in work.into_iter().zip(left) {
        bytes.advance(bytes.len() - left);
        let mut body = line.body();
        body.md5 = md5;
        if left > 0 {
            body.waiting.push_front((bytes, place));
        }
        if body.waiting.is_empty() {
            body.rest();
        } else {
            more.push(line.clone());
        }
    }
    more
}

impl Body {
    /// Nothing is to be done for it now.
    fn rest(&mut self) {
        self.busy = false;
        if let Some(end) = self.end.take() {
            let _ = end.send(self.md5.finish()); // who does not wait any more needs none
        }
    }
}

impl Hashing {
    /// Adds a piece. Waits while too many wait already.
    pub(super) async fn add(&mut self, bytes: Bytes) {
        // Nobody closes it.
        let Ok(place) = self.places.clone().acquire_owned().await else {
            return;
        };
        let mut body = self.line.body();
        body.waiting.push_back((bytes, place));
        let busy = std::mem::replace(&mut body.busy, true);
        drop(body);
        if !busy {
            self.desk.add(self.line.clone());
        }
    }

    /// The sum of all pieces. `None` if the thread failed.
    pub(super) async fn finish(self) -> Option<[u8; 16]> {
        let (end, ended) = oneshot::channel();
        {
            let mut body = self.line.body();
            body.end = Some(end);
            if !body.busy {
                body.rest();
            }
        }
        drop(self);
        ended.await.ok()
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        write!(
            f,
            "{} threads, {} bodies ready",
            state.threads,
            state.ready.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn many_bodies_of_any_length() {
        let desk = Desk::default();
        let bodies = (0..40_usize).map(|body| {
            let desk = desk.clone();
            tokio::spawn(async move {
                let bytes: Vec<u8> = (0..body * 5003).map(|at| (at % 251) as u8).collect();
                let mut hashing = desk.begin(Md5::default());
                for piece in bytes.chunks(10_000 + body) {
                    hashing.add(Bytes::copy_from_slice(piece)).await;
                }
                assert_eq!(hashing.finish().await, Some(fast_md5::digest(&bytes)));
            })
        });
        for body in bodies.collect::<Vec<_>>() {
            body.await.unwrap();
        }
        assert!(desk.state().ready.is_empty());
        assert!(desk.state().threads <= most());
    }

    #[tokio::test]
    async fn a_body_that_is_given_up_holds_up_nobody() {
        let desk = Desk::default();
        let mut given_up = desk.begin(Md5::default());
        given_up.add(Bytes::from(vec![7; 1 << 20])).await;
        drop(given_up);
        let mut hashing = desk.begin(Md5::default());
        hashing.add(Bytes::from_static(b"abc")).await;
        assert_eq!(hashing.finish().await, Some(fast_md5::digest(b"abc")));
    }
}
