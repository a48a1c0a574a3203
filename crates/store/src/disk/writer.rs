//! The one thread that writes rows.
//!
//! It takes what waits in its queue, checks each batch against the engine and against what the batches before it in
//! the group write, hands the engine one batch for all of them, which makes it durable and only then visible, and then
//! answers. While it waits for the device the next group gathers, so a sync is shared by all who wait.

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Receiver, Sender, channel},
    },
    thread::{self, JoinHandle},
};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::{
    Shared,
    space::Space,
    tables::{Engine, State, Tables, failure},
};
use crate::{
    Batch, Error, Expect, Key, Parts, Write,
    error::{conflict, not_a_counter},
    faults::SyncPoint,
    meta::{decode_counter, encode_counter},
};

/// The most commits that share a sync.
const GROUP: usize = 1024;
/// A group that writes more bytes than this takes no further commits.
const GROUP_BYTES: usize = 8 << 20;

type Answer = oneshot::Sender<Result<u64, Error>>;

/// So many rows are deleted one by one when the store is cleared.
const FEW: usize = 20_000;

/// A commit that waits for its answer.
struct Waiting {
    batch: Batch,
    answer: Answer,
}

enum Job {
    Commit(Waiting),
    Clear(oneshot::Sender<Result<(), Error>>),
}

/// The end of the queue at which commits come in.
#[derive(Debug)]
pub(super) struct Queue {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Queue {
    /// Starts the thread.
    pub(super) fn start(
        shared: Arc<Shared>,
        engine: Engine,
        state: State,
    ) -> std::io::Result<Queue> {
        let (jobs, waiting) = channel();
        let writer = Writer {
            shared,
            engine,
            state,
        };
        let thread = thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || writer.run(&waiting))?;
        Ok(Queue {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    pub(super) async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Commit(Waiting { batch, answer }))?;
        answered.await.map_err(|_| Error::Poisoned)?
    }

    pub(super) async fn clear(&self) -> Result<(), Error> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Clear(answer))?;
        answered.await.map_err(|_| Error::Poisoned)?
    }

    /// The thread ends before its queue only if it panics.
    fn send(&self, job: Job) -> Result<(), Error> {
        let jobs = self.jobs.as_ref().ok_or(Error::Poisoned)?;
        jobs.send(job).map_err(|_| Error::Poisoned)
    }
}

/// What waits is still written.
impl Drop for Queue {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer of the store panicked");
        }
    }
}

struct Writer {
    shared: Arc<Shared>,
    engine: Engine,
    state: State,
}

impl Writer {
    fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(job) = jobs.recv() {
            let mut next = Some(job);
            while let Some(job) = next.take() {
                match job {
                    Job::Commit(first) => next = self.gather(first, jobs),
                    Job::Clear(answer) => drop(answer.send(self.clear())),
                }
            }
        }
    }

    /// Commits a group. Returns the job that ended it, if it was one that cannot be part of it.
    fn gather(&mut self, first: Waiting, jobs: &Receiver<Job>) -> Option<Job> {
        // Only this thread changes it.
        let stamp = self.shared.stamp.load(Ordering::Acquire);
        let mut group = Group::new(self.state, self.shared.tables(), stamp);
        group.add(first, &self.shared.space);
        let mut next = None;
        while group.has_room() {
            match jobs.try_recv() {
                Ok(Job::Commit(waiting)) => group.add(waiting, &self.shared.space),
                Ok(other) => {
                    next = Some(other);
                    break;
                }
                Err(_) => break,
            }
        }
        let outcome = self.write(&group);
        if outcome.is_ok() {
            self.state = group.state;
        }
        group.answer(outcome.err());
        next
    }

    /// Makes a group durable, then visible.
    fn write(&self, group: &Group) -> Result<(), Error> {
        self.shared.health.check()?;
        if group.state == self.state {
            return Ok(()); // none of it is to be written
        }
        let wanted = self.shared.syncs.wanted(SyncPoint::Rows);
        let durable = wanted.map_err(|error| self.poison(error.into()))?;
        let mut batch = self.engine.batch(group.rows.len() + 1, durable);
        for (key, row) in &group.rows {
            match row {
                Some((version, value)) => group.tables.put(&mut batch, key, *version, value),
                None => group.tables.delete(&mut batch, key),
            }
        }
        self.engine.put_state(&mut batch, group.state);
        batch
            .commit()
            .map_err(|error| self.poison(failure(error)))?;
        for key in group.rows.keys() {
            self.shared.marks.change(key);
        }
        if !group.quiet {
            self.shared.stamp.fetch_add(1, Ordering::AcqRel);
        }
        Ok(())
    }

    /// What is durable is not known any more.
    fn poison(&self, error: Error) -> Error {
        tracing::error!(%error, "a commit failed half-way; the store takes no more writes until a restart");
        self.shared.health.poison();
        match error {
            // `Full` promises that nothing was changed. Here rows may have reached the journal.
            Error::Full => Error::Io(std::io::ErrorKind::StorageFull.into()),
            error => error,
        }
    }

    /// Deletes few rows, or moves on to a generation without rows; and to one without blobs in any case.
    fn clear(&mut self) -> Result<(), Error> {
        self.shared.health.check()?;
        let full = self.shared.tables();
        let few = self.engine.snapshot(full.clone()).keys(FEW)?;
        let state = State {
            generation: self.state.generation + u64::from(few.is_none()),
            blobs: self.state.blobs + 1,
            ..self.state
        };
        let empty = self.shared.make_generation(&self.engine, state)?;
        let wanted = self.shared.syncs.wanted(SyncPoint::Rows);
        let durable = wanted.map_err(|error| self.poison(error.into()))?;
        let few = few.unwrap_or_default();
        let mut batch = self.engine.batch(few.len() + 1, durable);
        for key in &few {
            full.delete(&mut batch, key);
        }
        self.engine.put_state(&mut batch, state);
        batch
            .commit()
            .map_err(|error| self.poison(failure(error)))?;
        self.state = state;
        self.shared.replace_tables(empty);
        self.shared.marks.change_all();
        self.shared.stamp.fetch_add(1, Ordering::AcqRel);
        let blobs = self.shared.files.path_of(full.blobs);
        drop(full);
        self.delete_others(&blobs);
        Ok(())
    }

    /// What cannot be deleted now is at the next start.
    fn delete_others(&self, blobs: &Path) {
        if let Err(error) = self.engine.delete_others(self.state.generation) {
            tracing::warn!(%error, "cannot delete the rows of a cleared store yet");
        }
        if let Err(error) = self.shared.files.delete_folder(blobs) {
            tracing::warn!(%error, "cannot delete the blobs of a cleared store yet");
        }
    }
}

/// Commits that share a sync.
struct Group {
    tables: Tables,
    /// The store's, as it is before.
    stamp: u64,
    /// As it is when all of them are written.
    state: State,
    /// What they leave under each key that one of them wrote: version and value, or nothing.
    rows: HashMap<Key, Option<(u64, Bytes)>>,
    /// Roughly what is written, in bytes.
    bytes: usize,
    /// Whether all of them are quiet batches.
    quiet: bool,
    answers: Vec<(Answer, Result<u64, Error>)>,
}

impl Group {
    fn new(state: State, tables: Tables, stamp: u64) -> Group {
        Group {
            tables,
            stamp,
            state,
            rows: HashMap::new(),
            bytes: 0,
            quiet: true,
            answers: Vec::new(),
        }
    }

    fn has_room(&self) -> bool {
        self.answers.len() < GROUP && self.bytes < GROUP_BYTES
    }

    /// Checks a batch and adds what it writes. Its answer waits for the group, also that of one which conflicts: what
    /// it conflicts with may be part of the group and is not to be seen yet.
    fn add(&mut self, waiting: Waiting, space: &Space) {
        let outcome = self.apply(waiting.batch, space);
        self.answers.push((waiting.answer, outcome));
    }

    fn apply(&mut self, batch: Batch, space: &Space) -> Result<u64, Error> {
        let quiet = batch.is_quiet();
        let Parts {
            keys,
            expectations,
            writes,
        } = batch.into_parts();
        for (key, expect) in expectations {
            let known = self.quiet && expect.is_known(self.stamp);
            if !known {
                self.expect(keys.at(key), expect)?;
            }
        }
        let version = self.state.commits + 1;
        let mut rows = Vec::with_capacity(writes.len());
        let mut bytes = 0;
        for (key, write) in writes {
            let key = Key::copy_from_slice(keys.at(key));
            let row = match write {
                Write::Put(value) => Some((version, value)),
                Write::Delete => None,
                Write::Add(by) => Some((version, self.sum(&key, by)?)),
            };
            bytes += 64 + key.len() + row.as_ref().map_or(0, |(_, value)| value.len());
            rows.push((key, row));
        }
        space.room_for(bytes as u64)?;
        // Nothing fails from here on.
        self.state.commits = version;
        self.bytes += bytes;
        self.quiet &= quiet;
        self.rows.extend(rows);
        Ok(version)
    }

    fn expect(&self, key: &[u8], expect: Expect) -> Result<(), Error> {
        let version = match self.rows.get(key) {
            Some(row) => row.as_ref().map(|(version, _)| *version),
            None => self.tables.newest(key)?.map(|row| row.version),
        };
        match expect.holds(version) {
            true => Ok(()),
            false => Err(conflict(key)),
        }
    }

    fn sum(&self, key: &Key, by: i64) -> Result<Bytes, Error> {
        let value = match self.rows.get(key) {
            Some(row) => row.as_ref().map(|(_, value)| value.clone()),
            None => self.tables.newest(key)?.map(|row| row.value),
        };
        let sum = value.map_or(Some(0), |value| decode_counter(&value));
        let sum = sum.ok_or_else(|| not_a_counter(key))?;
        Ok(encode_counter(sum.wrapping_add(by)))
    }

    /// Answers everybody: as it was found, or, if the group was not written, why.
    fn answer(self, failed: Option<Error>) {
        let mut failed = failed;
        for (answer, outcome) in self.answers {
            let outcome = match &mut failed {
                None => outcome,
                Some(error) => Err(again(error)),
            };
            let _ = answer.send(outcome); // who does not wait any more needs none
        }
    }
}

/// The same error once more.
fn again(error: &Error) -> Error {
    match error {
        Error::Full => Error::Full,
        Error::Io(error) => Error::Io(match error.raw_os_error() {
            Some(code) => std::io::Error::from_raw_os_error(code),
            None => std::io::Error::new(error.kind(), error.to_string()),
        }),
        Error::Damaged { what } => Error::Damaged { what: what.clone() },
        Error::Poisoned | Error::Conflict { .. } | Error::Missing(_) | Error::Unsupported(_) => {
            Error::Poisoned
        }
    }
}
