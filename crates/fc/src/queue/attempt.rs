//! One attempt to run a waiting invocation, and what follows from it.

use chrono::{DateTime, TimeDelta, Utc};
use gateway::{Fault, Gateway, Moment};
use store::Batch;

use super::{Due, JobRow};
use crate::rows::{self};
use crate::{Fc, HostError, Invocation, Outcome};

/// How often a function that failed is run again.
const RETRIES: u32 = 3;
/// How long an invocation is kept, in seconds.
const MAX_AGE: i64 = 86_400;
/// The first wait, in milliseconds. Each is twice the one before.
const FIRST_WAIT: i64 = 500;
/// The longest wait, in milliseconds: 5 hours.
const LONGEST_WAIT: i64 = 5 * 3600 * 1000;
/// How much of what a function says goes to this program's log when it is given up, in bytes.
const SHOWN: usize = 1024;

/// What an attempt came to.
enum Came {
    /// It is settled, one way or the other.
    Settled,
    /// The function failed.
    Failed(Outcome),
    /// There was no room.
    Refused,
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
        let (version, mut job) = (row.version, rows::decode::<JobRow>(&row)?);
        let now = gateway.clock.now();
        let came = match now.virtual_ - job.accepted > TimeDelta::seconds(MAX_AGE) {
            true => {
                job.warn("it is older than a day");
                Came::Settled
            }
            false => self.run(gateway, &job, &now).await?,
        };
        match came {
            Came::Failed(outcome) if job.failures < RETRIES => {
                job.failures += 1;
                job.due = gateway.clock.now().virtual_ + wait(job.failures);
                tracing::debug!(request = job.request_id, ?outcome.error, "the function failed and runs again");
            }
            Came::Failed(outcome) => {
                job.give_up(&outcome);
                return self.settle(key, version).await.map(|()| None);
            }
            Came::Refused => {
                job.refusals += 1;
                job.due = gateway.clock.now().virtual_ + wait(job.refusals);
            }
            Came::Settled => return self.settle(key, version).await.map(|()| None),
        }
        let mut batch = Batch::new();
        batch
            .expect_version(key, version)
            .put(key, rows::encode(&job)?);
        match self.store.meta.commit(batch).await {
            Ok(_) => Ok(Some(job.due)),
            // A reset or a snapshot took the row away meanwhile.
            Err(store::Error::Conflict { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn settle(&self, key: &str, version: u64) -> Result<(), Fault> {
        let mut batch = Batch::new();
        batch.expect_version(key, version).delete(key);
        match self.store.meta.commit(batch).await {
            Ok(_) | Err(store::Error::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn run(&self, gateway: &Gateway, job: &JobRow, now: &Moment) -> Result<Came, Fault> {
        match self.run_once(gateway, job, now).await {
            Ok(came) => Ok(came),
            Err(fault) if fault.status().is_server_error() => Err(fault),
            Err(fault) => {
                job.warn(fault.text());
                Ok(Came::Settled)
            }
        }
    }

    async fn run_once(&self, gateway: &Gateway, job: &JobRow, now: &Moment) -> Result<Came, Fault> {
        let target = job.target();
        if let Some(role) = &job.role {
            self.expect_may_invoke(gateway, role, &target, now).await?;
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
            Err(HostError::Exhausted(_)) => return Ok(Came::Refused),
            Err(error) => return Err(crate::invoke::refused(error)),
        };
        let (key, id) = (&revision.key, &job.request_id);
        self.logs.keep(key, id, &outcome, now.wall);
        Ok(match outcome.error {
            Some(_) => Came::Failed(outcome),
            None => Came::Settled,
        })
    }
}

impl JobRow {
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
