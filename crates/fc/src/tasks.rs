//! Asynchronous tasks: invocations whose course is kept, and which can be stopped (spec/fc.md §3.8).
//!
//! Each has a row beside the one in the queue. What happens to it is written in the commit that makes it happen; only that
//! an instance runs it is said before. It is told for seven days after its end.

mod list;
mod row;

use gateway::{Call, Fault};
use store::{Batch, Error, Store};

use crate::functions::changed_meanwhile;
use crate::locate::Target;
use crate::owned::Owned;
use crate::queue::JobRow;
use crate::reply::Reply;
use crate::rows::{self, Kind, QUEUE, TASKS};
use crate::{Fc, fault};

pub(crate) use list::list;
pub(crate) use row::{Status, TaskRow};

/// The longest id of a task, in characters.
const LONGEST_ID: usize = 128;
/// How often it is tried to stop a task that changes meanwhile. Whoever runs it writes to it a few times only.
const TRIES: usize = 16;

/// An id that a caller gives: letters, digits, `_` and `-`, beginning with a letter or `_`.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn check_id(header: &str, id: &str) -> Result<(), Fault> {
    let begins = id.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    match begins && id.bytes().all(legal) && id.len() <= LONGEST_ID {
        true => Ok(()),
        false => Err(fault::invalid_argument(format!(
            "header {header} is '{id}' and must have 1 to {LONGEST_ID} letters, digits, '_' and '-', and begin with a letter or '_'"
        ))),
    }
}

/// One task.
///
/// # Errors
///
/// `FunctionNotFound`; `AsyncTaskNotFound`, which FC 2.0 calls `StatefulAsyncInvocationNotFound`.
pub(crate) async fn get(call: &Call<Fc>) -> Result<Reply, Fault> {
    let found = found(call).await?;
    Reply::json(&found.row.shown(&call.target, true))
}

/// Stops a task. One that waits never starts, and the instance of one that runs is ended. What is over stays as it is.
///
/// # Errors
///
/// Those of [`get`].
pub(crate) async fn stop(call: &Call<Fc>) -> Result<(), Fault> {
    for _ in 0..TRIES {
        let found = found(call).await?;
        match call.service.stop(&call.target, found, call).await {
            Err(fault) if fault.code() == "ConcurrentUpdateError" => {}
            stopped => return stopped,
        }
    }
    Err(fault::concurrent_update())
}

/// The task of the path. A function that has gone may still have some.
async fn found(call: &Call<Fc>) -> Result<Owned<TaskRow>, Fault> {
    let (target, service) = (&call.target, &call.service);
    let id = match target.generation.has_services() {
        true => target.name("invocationId"),
        false => target.name("taskId"),
    };
    let found: Option<Owned<TaskRow>> = service
        .owned(&target.function().one(Kind::Task, id))
        .await?;
    match found.filter(|found| !found.row.is_forgotten(call.now.virtual_)) {
        Some(found) => Ok(found),
        None => {
            service.expect_owner(&target.function()).await?;
            let (place, function) = (target.place(), target.name("functionName"));
            Err(fault::task_not_found(id, &place.service, function))
        }
    }
}

impl Fc {
    async fn stop(
        &self,
        target: &Target,
        found: Owned<TaskRow>,
        call: &Call<Fc>,
    ) -> Result<(), Fault> {
        let Owned { mut row, version } = found;
        let now = call.now.virtual_;
        let key = target.function().one(Kind::Task, &row.id);
        let job = format!("{QUEUE}{}", row.request_id);
        let mut batch = Batch::new();
        let runs = match row.status {
            Status::Enqueued | Status::Retrying => {
                batch.expect_present(&job).delete(&job);
                row.end(Status::Stopped, "", now);
                false
            }
            Status::Dequeued | Status::Running => {
                row.happens(Status::Stopping, "", now);
                true
            }
            _ => return Ok(()),
        };
        batch
            .expect_version(&key, version)
            .put(&key, rows::encode(&row)?);
        let stopped = self.store.meta.commit(batch).await;
        stopped.map_err(changed_meanwhile)?;
        if runs {
            self.queue.interrupt(&job);
        }
        Ok(())
    }

    /// The task of an invocation, if it is one.
    pub(crate) async fn task_of(&self, job: &JobRow) -> Result<Option<Owned<TaskRow>>, Fault> {
        match job.task_key() {
            Some(key) => self.owned(&key).await,
            None => Ok(None),
        }
    }

    /// Adds the task of a new invocation to the commit that accepts it.
    ///
    /// # Errors
    ///
    /// `AsyncTaskAlreadyExists`, which FC 2.0 calls `StatefulAsyncInvocationAlreadyExists`.
    pub(crate) async fn add_task(&self, batch: &mut Batch, job: &JobRow) -> Result<(), Fault> {
        let (Some(key), Some(row)) = (job.task_key(), TaskRow::new(job)) else {
            return Ok(());
        };
        match self.owned::<TaskRow>(&key).await? {
            None => batch.expect_absent(&key),
            Some(old) if old.row.is_forgotten(job.accepted) => {
                batch.expect_version(&key, old.version)
            }
            Some(_) => return Err(fault::task_already_exists(&row.id, &row.service)),
        };
        batch.put(&key, rows::encode(&row)?);
        Ok(())
    }

    /// Deletes the tasks that nobody is told of any more.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn sweep(&self, now: chrono::DateTime<chrono::Utc>) -> Result<usize, Fault> {
        sweep(&self.store, now).await
    }
}

async fn sweep(store: &Store, now: chrono::DateTime<chrono::Utc>) -> Result<usize, Fault> {
    let view = store.meta.view().await?;
    let mut cursor = view.cursor(TASKS.as_bytes());
    let mut swept = 0;
    while let Some(row) = cursor.next().await? {
        if !rows::decode::<TaskRow>(&row)?.is_forgotten(now) {
            continue;
        }
        let mut batch = Batch::new();
        batch.expect_version(&row.key, row.version).delete(&row.key);
        match store.meta.commit(batch).await {
            Ok(_) => swept += 1,
            // A new task of the same name took its place.
            Err(Error::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(swept)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::Generation;
    use crate::rows::Place;

    #[test]
    fn ids_have_the_form_of_names() {
        for id in ["a", "_", "job-1", &"x".repeat(128)] {
            check_id("h", id).unwrap();
        }
        for id in ["", "1a", "-a", "a/b", "ä", "a b", &"x".repeat(129)] {
            assert_eq!(check_id("h", id).unwrap_err().code(), "InvalidArgument");
        }
    }

    #[tokio::test]
    async fn what_has_been_over_for_a_week_is_swept() {
        let place = Place::of("1", "cn-hangzhou", "");
        let target = Target::of_function(Generation::V2023, &place, "f", None);
        let (store, now) = (Store::memory(), DateTime::UNIX_EPOCH);
        for (id, over) in [("waits", false), ("ran", true)] {
            let job = JobRow {
                task: Some(id.into()),
                ..JobRow::new(&target, id.into(), b"", now)
            };
            let mut row = TaskRow::new(&job).unwrap();
            if over {
                row.end(Status::Succeeded, "", now);
            }
            let mut batch = Batch::new();
            batch.put(job.task_key().unwrap(), rows::encode(&row).unwrap());
            store.meta.commit(batch).await.unwrap();
        }
        let week = now + TimeDelta::days(7);
        assert_eq!(sweep(&store, week).await.unwrap(), 0);
        assert_eq!(
            sweep(&store, week + TimeDelta::seconds(1)).await.unwrap(),
            1
        );
        assert_eq!(
            sweep(&store, week + TimeDelta::days(99)).await.unwrap(),
            0,
            "the other one waits"
        );
    }
}
