//! One attempt to run a waiting invocation, and what follows from it.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use gateway::{Fault, Gateway, Moment};
use store::Batch;

use super::{Due, JobRow};
use crate::acting::Acting;
use crate::async_config::AsyncConfig;
use crate::destination::Ended;
use crate::owned::Owned;
use crate::rows;
use crate::tasks::{Status, TaskRow};
use crate::{Fc, Invocation, Invoked, Outcome};

/// The first wait, in milliseconds. Each is twice the one before.
const FIRST_WAIT: i64 = 500;
/// The longest wait, in milliseconds: 5 hours.
const LONGEST_WAIT: i64 = 5 * 3600 * 1000;
/// How much of what a function says goes to this program's log when it is given up, in bytes.
const SHOWN: usize = 1024;

/// What an attempt came to.
enum Came {
    /// The function was run.
    Ran(Box<Invoked>),
    /// It cannot be run.
    Refused(Fault),
    /// It has waited too long.
    Expired,
    /// There was no room.
    Full,
    /// Somebody stopped it.
    Stopped,
}

/// An invocation in the queue, as this attempt found it.
struct Found {
    job: JobRow,
    version: u64,
    config: AsyncConfig,
}

impl Fc {
    /// Tries to run a waiting invocation. The answer is when to try again, in virtual time; `None` if it is settled.
    pub async fn attempt(&self, gateway: &Gateway, due: &Due) -> Option<DateTime<Utc>> {
        let next = self.try_to_settle(gateway, &due.key).await;
        let next = next.unwrap_or_else(|fault| {
            let cause = fault.cause().map(ToString::to_string);
            tracing::error!(%fault, cause, key = due.key, "an asynchronous invocation stays in the queue until the next start");
            None
        });
        if next.is_none() {
            self.queue.settle(&due.key);
        }
        next
    }

    async fn try_to_settle(
        &self,
        gateway: &Gateway,
        key: &str,
    ) -> Result<Option<DateTime<Utc>>, Fault> {
        // From before its row is read, so that whoever stops it either changes the row or reaches this.
        let stop = self.queue.interruptible(key);
        let Some(row) = self.store.meta.get(key.as_bytes()).await? else {
            return Ok(None);
        };
        let job: JobRow = rows::decode(&row)?;
        let config = self.async_config(&job.target()).await?;
        let found = Found {
            job,
            version: row.version,
            config,
        };
        let now = gateway.clock.now();
        let came = match now.virtual_ - found.job.accepted > found.config.age {
            true => Came::Expired,
            false => match self.begin(&found, &now).await? {
                // Looked at once more: it was stopped, or has gone.
                Begun::Changed => return Ok(Some(found.job.due)),
                Begun::Stopping => Came::Stopped,
                Begun::Runs => tokio::select! {
                    came = self.run_job(gateway, &found.job, &now) => came?,
                    () = stop.told() => Came::Stopped,
                },
            },
        };
        self.conclude(gateway, &found, came).await
    }

    /// Says of a task that it runs.
    async fn begin(&self, found: &Found, now: &Moment) -> Result<Begun, Fault> {
        let Some(Owned { mut row, version }) = self.task_of(&found.job).await? else {
            return Ok(Begun::Runs);
        };
        if row.status == Status::Stopping {
            return Ok(Begun::Stopping);
        }
        row.happens(Status::Dequeued, "", now.virtual_);
        row.happens(Status::Running, "", now.virtual_);
        let mut batch = Batch::new();
        batch.expect_version(found.job.key(), found.version);
        put_task(&mut batch, &found.job, &row, version)?;
        match self.commit_if_there(batch).await? {
            true => Ok(Begun::Runs),
            false => Ok(Begun::Changed),
        }
    }

    /// False if a row is not any more as it was found.
    async fn commit_if_there(&self, batch: Batch) -> Result<bool, Fault> {
        match self.store.meta.commit(batch).await {
            Ok(_) => Ok(true),
            Err(store::Error::Conflict { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes it out of the queue and tells its destination, or puts it off; all of that in one commit.
    async fn conclude(
        &self,
        gateway: &Gateway,
        found: &Found,
        mut came: Came,
    ) -> Result<Option<DateTime<Utc>>, Fault> {
        let (job, key) = (&found.job, found.job.key());
        loop {
            let now = gateway.clock.now();
            let task = self.task_of(job).await?;
            let stopping = task
                .as_ref()
                .is_some_and(|t| t.row.status == Status::Stopping);
            if stopping && job.again(&came, &found.config, now.virtual_).is_some() {
                came = Came::Stopped;
            }
            let again = job.again(&came, &found.config, now.virtual_);
            let told = match again {
                Some(_) => None,
                None => self.tell(gateway, found, &came).await?,
            };
            let mut batch = Batch::new();
            batch.expect_version(&key, found.version);
            match &again {
                Some(again) => batch.put(&key, rows::encode(again)?),
                None => batch.delete(&key),
            };
            if let Some(told) = &told {
                told.add_to(&mut batch)?;
                self.add_task(&mut batch, told).await?;
            }
            if let Some(Owned { mut row, version }) = task {
                came.happens_to(&mut row, again.as_ref(), job, now.virtual_);
                put_task(&mut batch, job, &row, version)?;
            }
            if self.commit_if_there(batch).await? {
                came.log(job, again.is_some());
                if let Some(told) = told {
                    self.queue.hand_over(told.key(), told.due);
                }
                return Ok(again.map(|again| again.due));
            }
            // Only somebody who stops the task has touched it, if the row in the queue is as it was.
            let left = self.store.meta.get(key.as_bytes()).await?;
            if left.is_none_or(|row| row.version != found.version) {
                return Ok(None);
            }
        }
    }

    /// The invocation that tells a function what came of this one, if there is one to tell.
    async fn tell(
        &self,
        gateway: &Gateway,
        found: &Found,
        came: &Came,
    ) -> Result<Option<JobRow>, Fault> {
        let job = &found.job;
        let Some(ended) = came.ended(job) else {
            return Ok(None);
        };
        let destinations = &found.config.destinations;
        let destination = match ended.well() {
            true => &destinations.success,
            false => &destinations.failure,
        };
        let Some(destination) = destination else {
            return Ok(None);
        };
        let Some(function) = &destination.function else {
            self.tell_undelivered(&destination.arn);
            return Ok(None);
        };
        let (target, now) = (job.target(), gateway.clock.now());
        let told = async {
            let role = self.resolve(&target).await?.role;
            let acting = Acting::function(&role);
            self.expect_may_invoke(gateway.mode(), acting, function, &now)
                .await?;
            let event = ended.event(&target, &job.request_id, &job.event()?, now.virtual_);
            let id = self.request_id(function, now.virtual_);
            let told = JobRow::told(function, id, event.to_string().as_bytes(), now.virtual_)?;
            self.as_task(told).await
        };
        match told.await {
            Ok(told) => Ok(Some(told)),
            Err(fault) if fault.status().is_server_error() => Err(fault),
            Err(fault) => {
                let (function, request) = (&job.function, &job.request_id);
                let (arn, why) = (&destination.arn, fault.text());
                tracing::warn!(
                    function,
                    request,
                    "nothing is delivered to the destination '{arn}': {why}"
                );
                Ok(None)
            }
        }
    }

    async fn run_job(&self, gateway: &Gateway, job: &JobRow, now: &Moment) -> Result<Came, Fault> {
        match self.run_once(gateway, job, now).await {
            Ok(came) => Ok(came),
            Err(fault) if fault.status().is_server_error() => Err(fault),
            Err(fault) if fault.code() == "ResourceExhausted" => Ok(Came::Full),
            Err(fault) => Ok(Came::Refused(fault)),
        }
    }

    async fn run_once(&self, gateway: &Gateway, job: &JobRow, now: &Moment) -> Result<Came, Fault> {
        let target = job.target();
        if let Some(role) = &job.role {
            let acting = Acting::oss(role);
            self.expect_may_invoke(gateway.mode(), acting, &target, now)
                .await?;
        }
        let resolved = self.resolve(&target).await?;
        let name = &resolved.function.row.name;
        let invocation = Invocation {
            request_id: job.request_id.clone(),
            event: job.event()?,
            http: job.request().map(Arc::new),
            credentials: self.credentials(&resolved.role, name, now).await?,
            retry_count: job.failures,
            ..Invocation::default()
        };
        let revision = self.revision(&target, &resolved).await?;
        let ran = self.run(&target, &revision, invocation, now.virtual_);
        let invoked = ran.await?;
        let (key, id) = (&revision.key, &job.request_id);
        self.logs.keep(key, id, &invoked.outcome, now.wall);
        Ok(Came::Ran(Box::new(invoked)))
    }
}

/// Whether an attempt goes on.
enum Begun {
    Runs,
    /// Somebody stops the task.
    Stopping,
    /// Something is not as it was found.
    Changed,
}

fn put_task(batch: &mut Batch, job: &JobRow, row: &TaskRow, version: u64) -> Result<(), Fault> {
    if let Some(key) = job.task_key() {
        batch
            .expect_version(&key, version)
            .put(&key, rows::encode(row)?);
    }
    Ok(())
}

impl Came {
    /// How the function failed; empty if it did not.
    fn error(&self) -> &'static str {
        match self {
            Self::Ran(invoked) => invoked.outcome.error.map_or("", |error| error.as_str()),
            _ => "",
        }
    }

    /// What a destination is told; nothing of what was stopped.
    fn ended(&self, job: &JobRow) -> Option<Ended> {
        let attempts = job.failures;
        Some(match self {
            Self::Ran(invoked) => Ended {
                condition: self.error().to_owned(),
                status: 200,
                error: self.error(),
                payload: String::from_utf8_lossy(&invoked.outcome.body).into_owned(),
                attempts: attempts + 1,
            },
            Self::Refused(fault) => Ended {
                condition: fault.code().to_owned(),
                status: fault.status().as_u16(),
                payload: fault.text().to_owned(),
                attempts,
                ..Ended::default()
            },
            Self::Expired => Ended {
                condition: "EventAgeExceeded".to_owned(),
                status: 200,
                attempts,
                ..Ended::default()
            },
            Self::Full | Self::Stopped => return None,
        })
    }

    /// Writes it down in the task.
    fn happens_to(
        &self,
        task: &mut TaskRow,
        again: Option<&JobRow>,
        job: &JobRow,
        now: DateTime<Utc>,
    ) {
        if let Self::Ran(invoked) = self {
            task.ran(invoked, job.failures);
        }
        match (self, again) {
            (Self::Ran(_), Some(_)) => task.happens(Status::Retrying, self.error(), now),
            (_, Some(_)) => task.happens(Status::Enqueued, "", now),
            (Self::Ran(_), None) if self.error().is_empty() => task.end(Status::Succeeded, "", now),
            (Self::Ran(_), None) => task.end(Status::Failed, self.error(), now),
            (Self::Refused(fault), None) => task.end(Status::Invalid, fault.text(), now),
            (Self::Expired, None) => task.end(Status::Expired, "", now),
            (Self::Stopped | Self::Full, None) => task.end(Status::Stopped, "", now),
        }
    }

    fn log(&self, job: &JobRow, again: bool) {
        match self {
            Self::Ran(_) if again => {
                let (request, error) = (&job.request_id, self.error());
                tracing::debug!(request, error, "the function failed and runs again");
            }
            Self::Ran(invoked) if !self.error().is_empty() => job.give_up(&invoked.outcome),
            Self::Refused(fault) => job.warn(fault.text()),
            Self::Expired => job.warn("it has waited longer than it may"),
            Self::Ran(_) | Self::Full | Self::Stopped => {}
        }
    }
}

impl JobRow {
    /// The invocation as it waits for the next attempt, if there is one.
    fn again(&self, came: &Came, config: &AsyncConfig, now: DateTime<Utc>) -> Option<Self> {
        let mut again = self.clone();
        match came {
            Came::Ran(_)
                if !came.error().is_empty() && u64::from(self.failures) < config.retries =>
            {
                again.failures += 1;
                again.due = now + wait(again.failures);
            }
            Came::Full => {
                again.refusals += 1;
                again.due = now + wait(again.refusals);
            }
            Came::Ran(_) | Came::Refused(_) | Came::Expired | Came::Stopped => return None,
        }
        Some(again)
    }

    fn give_up(&self, outcome: &Outcome) {
        let said = &outcome.body[..outcome.body.len().min(SHOWN)];
        let attempts = self.failures + 1;
        self.warn(&format!(
            "it failed {attempts} times, at last with {}",
            String::from_utf8_lossy(said)
        ));
    }

    fn warn(&self, why: &str) {
        tracing::warn!(
            function = self.function,
            request = self.request_id,
            "an asynchronous invocation is given up: {why}"
        );
    }
}

/// How long to wait after so many vain attempts.
fn wait(vain: u32) -> TimeDelta {
    let doubled = FIRST_WAIT.checked_shl(vain.saturating_sub(1).min(30));
    TimeDelta::milliseconds(doubled.map_or(LONGEST_WAIT, |wait| wait.min(LONGEST_WAIT)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_hours() {
        let waits = [1, 2, 3, 4].map(|vain| wait(vain).num_milliseconds());
        assert_eq!(waits, [500, 1000, 2000, 4000]);
        assert_eq!(wait(99).num_hours(), 5);
        assert_eq!(wait(u32::MAX).num_hours(), 5);
    }
}
