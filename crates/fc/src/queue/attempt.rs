//! One attempt to run a waiting invocation, and what follows from it.

use chrono::{DateTime, TimeDelta, Utc};
use gateway::{Fault, Gateway, Moment};
use store::Batch;

use super::{Due, JobRow};
use crate::acting::Acting;
use crate::async_config::AsyncConfig;
use crate::destination::Ended;
use crate::rows;
use crate::{Fc, HostError, Invocation, Outcome};

/// The first wait, in milliseconds. Each is twice the one before.
const FIRST_WAIT: i64 = 500;
/// The longest wait, in milliseconds: 5 hours.
const LONGEST_WAIT: i64 = 5 * 3600 * 1000;
/// How much of what a function says goes to this program's log when it is given up, in bytes.
const SHOWN: usize = 1024;

/// What an attempt came to.
enum Came {
    /// The function was run.
    Ran(Outcome),
    /// It cannot be run.
    Refused(Fault),
    /// It has waited too long.
    Expired,
    /// There was no room.
    Full,
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
        let Some(row) = self.store.meta.get(key.as_bytes()).await? else {
            return Ok(None);
        };
        let (version, job) = (row.version, rows::decode::<JobRow>(&row)?);
        let now = gateway.clock.now();
        let config = self.async_config(&job.target()).await?;
        let came = match now.virtual_ - job.accepted > config.age {
            true => Came::Expired,
            false => self.run(gateway, &job, &now).await?,
        };
        let later = gateway.clock.now();
        let Some(again) = job.again(&came, &config, later.virtual_) else {
            let ended = job.ended(came);
            self.settle(gateway, &job, version, &config, &ended).await?;
            return Ok(None);
        };
        let mut batch = Batch::new();
        batch
            .expect_version(key, version)
            .put(key, rows::encode(&again)?);
        Ok(self.commit_if_there(batch).await?.then_some(again.due))
    }

    /// False if a reset or a snapshot took the row away meanwhile.
    async fn commit_if_there(&self, batch: Batch) -> Result<bool, Fault> {
        match self.store.meta.commit(batch).await {
            Ok(_) => Ok(true),
            Err(store::Error::Conflict { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes it out of the queue, and tells its destination in the same commit.
    async fn settle(
        &self,
        gateway: &Gateway,
        job: &JobRow,
        version: u64,
        config: &AsyncConfig,
        ended: &Ended,
    ) -> Result<(), Fault> {
        let key = job.key();
        let mut batch = Batch::new();
        batch.expect_version(&key, version).delete(&key);
        let told = self.tell(gateway, job, config, ended).await?;
        if let Some(told) = &told {
            let key = told.key();
            batch.expect_absent(&key).put(&key, rows::encode(told)?);
        }
        if self.commit_if_there(batch).await? {
            told.iter().for_each(|told| self.queue.hand_over(told));
        }
        Ok(())
    }

    /// The invocation that tells a function what came of this one, if there is one to tell.
    async fn tell(
        &self,
        gateway: &Gateway,
        job: &JobRow,
        config: &AsyncConfig,
        ended: &Ended,
    ) -> Result<Option<JobRow>, Fault> {
        let destination = match ended.well() {
            true => &config.destinations.success,
            false => &config.destinations.failure,
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
            JobRow::told(function, id, event.to_string().as_bytes(), now.virtual_)
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

    async fn run(&self, gateway: &Gateway, job: &JobRow, now: &Moment) -> Result<Came, Fault> {
        match self.run_once(gateway, job, now).await {
            Ok(came) => Ok(came),
            Err(fault) if fault.status().is_server_error() => Err(fault),
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
            credentials: self.credentials(&resolved.role, name, now).await?,
            retry_count: job.failures,
            ..Invocation::default()
        };
        let revision = self.revision(&target, &resolved).await?;
        let outcome = match self.host.invoke(&revision, invocation).await {
            Ok(invoked) => invoked.outcome,
            Err(HostError::Exhausted(_)) => return Ok(Came::Full),
            Err(error) => return Err(crate::invoke::refused(error)),
        };
        let (key, id) = (&revision.key, &job.request_id);
        self.logs.keep(key, id, &outcome, now.wall);
        Ok(Came::Ran(outcome))
    }
}

impl JobRow {
    /// The invocation as it waits for the next attempt, if there is one.
    fn again(&self, came: &Came, config: &AsyncConfig, now: DateTime<Utc>) -> Option<Self> {
        let mut again = self.clone();
        match came {
            Came::Ran(outcome)
                if outcome.error.is_some() && u64::from(self.failures) < config.retries =>
            {
                again.failures += 1;
                again.due = now + wait(again.failures);
                tracing::debug!(
                    request = self.request_id,
                    ?outcome.error,
                    "the function failed and runs again"
                );
            }
            Came::Full => {
                again.refusals += 1;
                again.due = now + wait(again.refusals);
            }
            Came::Ran(_) | Came::Refused(_) | Came::Expired => return None,
        }
        Some(again)
    }

    /// What is told of it now that it is over.
    fn ended(&self, came: Came) -> Ended {
        let attempts = self.failures;
        match came {
            Came::Ran(outcome) => {
                let error = outcome.error.map_or("", |error| error.as_str());
                if !error.is_empty() {
                    self.give_up(&outcome);
                }
                Ended {
                    condition: error.to_owned(),
                    status: 200,
                    error,
                    payload: String::from_utf8_lossy(&outcome.body).into_owned(),
                    attempts: attempts + 1,
                }
            }
            Came::Refused(fault) => {
                self.warn(fault.text());
                Ended {
                    condition: fault.code().to_owned(),
                    status: fault.status().as_u16(),
                    payload: fault.text().to_owned(),
                    attempts,
                    ..Ended::default()
                }
            }
            Came::Expired | Came::Full => {
                self.warn("it has waited longer than it may");
                Ended {
                    condition: "EventAgeExceeded".to_owned(),
                    status: 200,
                    attempts,
                    ..Ended::default()
                }
            }
        }
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
