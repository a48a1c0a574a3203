//! Triggers that run functions at times (spec/fc.md §3.7).
//!
//! Times are virtual. What has come since the timers were last looked at goes into the queue of asynchronous invocations;
//! whoever keeps the time ([`Fc::keep_time`]) waits for what comes next, and looks again when the clock was moved or a
//! timer was changed. A row for each timer that is enabled is all that is kept: what comes while nobody looks, because the
//! program does not run, is not made up for.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, SecondsFormat, Utc};
use gateway::{Clock, Fault};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Batch;
use tokio::sync::{Mutex, Notify};

use crate::queue::JobRow;
use crate::rows::{self, Owner, Place, TIMERS, TriggerRow};
use crate::triggers::{Schedule, TIMER};
use crate::{Fc, Generation, Target};

/// How many times of one timer are made up for when the clock is moved over them: the last ones.
const MOST: usize = 100;

/// A timer that is enabled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TimerRow {
    account: String,
    region: String,
    /// Empty in FC 3.0.
    service: String,
    function: String,
    trigger: String,
    /// Empty for the latest.
    qualifier: String,
    expression: String,
    payload: String,
    /// When it was set, in virtual time: it fires after that, and periods count from there.
    since: DateTime<Utc>,
}

impl TimerRow {
    /// The timer that a trigger is; `None` if it is another trigger, or not enabled.
    fn of(owner: &Owner, row: &TriggerRow) -> Option<Self> {
        let text = |name: &str| {
            let value = row.config.get(name).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        let enabled = row.config.get("enable") == Some(&Value::Bool(true));
        (row.kind == TIMER && enabled).then(|| Self {
            account: owner.place.account.to_string(),
            region: owner.place.region.to_string(),
            service: owner.place.service.to_string(),
            function: owner.function.to_string(),
            trigger: row.name.clone(),
            qualifier: row.qualifier.clone(),
            expression: text("cronExpression"),
            payload: text("payload"),
            since: row.modified,
        })
    }

    fn target(&self) -> Target {
        let place = Place::of(&self.account, &self.region, &self.service);
        let qualifier = Some(self.qualifier.clone()).filter(|q| !q.is_empty());
        Target::kept(&place, &self.function, qualifier)
    }

    fn event(&self, at: DateTime<Utc>) -> String {
        let time = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        json!({"triggerTime": time, "triggerName": self.trigger, "payload": self.payload})
            .to_string()
    }
}

/// A timer, and when it fires.
#[derive(Debug)]
struct Timer {
    row: TimerRow,
    schedule: Schedule,
}

/// The timers, and up to when they were looked at.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    known: RwLock<Known>,
    changed: Notify,
    /// Virtual time; held while somebody looks.
    seen: Mutex<Option<DateTime<Utc>>>,
}

#[derive(Debug, Default)]
struct Known {
    /// How often they were forgotten: what was read before is not kept after.
    forgotten: u64,
    timers: Option<Arc<[Timer]>>,
}

impl Timers {
    /// Forgets which there are, and tells whoever keeps the time.
    pub(crate) fn forget(&self) {
        {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.forgotten += 1;
            known.timers = None;
        }
        self.changed.notify_waiters();
    }

    /// Those that are known, else what to say once they are.
    fn look(&self) -> Result<Arc<[Timer]>, u64> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.timers.clone().ok_or(known.forgotten)
    }

    fn learn(&self, timers: &Arc<[Timer]>, asked: u64) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.forgotten == asked {
            known.timers = Some(timers.clone());
        }
    }
}

impl Fc {
    /// Puts into the queue what timers have come to run since this was last asked, and says when the next one comes, in
    /// virtual time. Of times that the clock was moved over, the last 100 of a timer are run, and the others told in the
    /// log. The first time it is asked, and when the clock was moved back, nothing has come.
    ///
    /// # Errors
    ///
    /// The store's. Then it is as if this had not been asked.
    pub async fn keep_time(&self, clock: &Clock) -> Result<Option<DateTime<Utc>>, Fault> {
        let mut seen = self.timers.seen.lock().await;
        let now = clock.now().virtual_;
        let from = seen.filter(|seen| *seen <= now).unwrap_or(now);
        let timers = self.timers().await?;
        let mut due = Vec::new();
        for timer in &*timers {
            due.extend(timer.due(from, now).into_iter().map(|at| (at, timer)));
        }
        due.sort_by_key(|(at, _)| *at);
        let jobs: Vec<JobRow> = due
            .iter()
            .map(|(at, timer)| self.job_of_timer(&timer.row, *at, now))
            .collect();
        if !jobs.is_empty() {
            self.enqueue(&jobs).await?;
        }
        *seen = Some(now);
        let next = |timer: &Timer| timer.schedule.next(timer.row.since, now);
        Ok(timers.iter().filter_map(next).min())
    }

    /// Waits until a timer is made, changed or deleted, counted from this call on.
    pub fn timers_changed(&self) -> impl Future<Output = ()> {
        self.timers.changed.notified()
    }

    fn job_of_timer(&self, timer: &TimerRow, at: DateTime<Utc>, now: DateTime<Utc>) -> JobRow {
        let target = timer.target();
        let id = match target.generation {
            Generation::V2023 => self.ids.fc(now),
            _ => self.ids.uuid().lower(),
        };
        let event = timer.event(at);
        JobRow::new(&target, id.to_string(), event.as_bytes(), now)
    }

    async fn timers(&self) -> Result<Arc<[Timer]>, Fault> {
        let asked = match self.timers.look() {
            Ok(timers) => return Ok(timers),
            Err(asked) => asked,
        };
        let view = self.store.meta.view().await?;
        let mut rows = view.cursor(TIMERS.as_bytes());
        let mut timers = Vec::new();
        while let Some(row) = rows.next().await? {
            let row: TimerRow = rows::decode(&row)?;
            match row.expression.parse() {
                Ok(schedule) => timers.push(Timer { row, schedule }),
                Err(why) => {
                    let (function, trigger) = (&row.function, &row.trigger);
                    tracing::error!(
                        function,
                        trigger,
                        why,
                        "a timer cannot be read and does not fire"
                    );
                }
            }
        }
        let timers: Arc<[Timer]> = timers.into();
        self.timers.learn(&timers, asked);
        Ok(timers)
    }

    /// Sets the timer that a trigger is now, or takes away the one that it was. One that fires when it did before counts
    /// from when it was set before.
    pub(crate) async fn set_timer(
        &self,
        batch: &mut Batch,
        owner: &Owner,
        row: &TriggerRow,
    ) -> Result<(), Fault> {
        if row.kind != TIMER {
            return Ok(());
        }
        let key = owner.timer(&row.name);
        let before = self.store.meta.get(key.as_bytes()).await?;
        let before = before.map(|row| rows::decode::<TimerRow>(&row));
        let Some(mut timer) = TimerRow::of(owner, row) else {
            batch.delete(&key);
            return Ok(());
        };
        if let Some(before) = before.transpose()?
            && before.expression == timer.expression
        {
            timer.since = before.since;
        }
        batch.put(&key, rows::encode(&timer)?);
        Ok(())
    }
}

impl Timer {
    /// When it has come after `from`, up to `now`.
    fn due(&self, from: DateTime<Utc>, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let TimerRow {
            since,
            function,
            trigger,
            ..
        } = &self.row;
        let from = from.max(*since);
        let mut times = self.schedule.passed(*since, from, now, MOST + 1);
        if times.len() > MOST {
            times.remove(0);
            tracing::warn!(
                function,
                trigger,
                "the clock was moved over more than {MOST} times of a timer; the last {MOST} are run"
            );
        }
        times
    }
}
