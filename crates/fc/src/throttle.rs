//! Who may run now: functions that are switched off, and how many requests run at a time (spec/fc.md §3.5).

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use gateway::Fault;
use serde_json::Value;
use tokio::sync::Notify;

use crate::invoke::refused;
use crate::locate::Target;
use crate::rows::{ConfigRow, Kind};
use crate::{Fc, Invocation, Invoked, Revision, RevisionKey, fault};

/// The requests that run now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Throttle(Arc<Mutex<Vec<Under>>>);

/// Those of one function in one version or alias.
#[derive(Debug)]
struct Under {
    key: RevisionKey,
    count: u64,
    /// Told when they are all to end.
    abort: Arc<Notify>,
}

impl Throttle {
    fn lock(&self) -> MutexGuard<'_, Vec<Under>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more. Whether it may stay is asked once it is counted, so that two cannot both be the last.
    fn enter(&self, key: &RevisionKey) -> Place {
        let mut all = self.lock();
        let of_it = |under: &&mut Under| is(&under.key, key);
        let abort = match all.iter_mut().find(of_it) {
            Some(under) => {
                under.count += 1;
                Arc::clone(&under.abort)
            }
            None => {
                let abort = Arc::new(Notify::new());
                all.push(Under {
                    key: key.clone(),
                    count: 1,
                    abort: Arc::clone(&abort),
                });
                abort
            }
        };
        Place {
            throttle: self.clone(),
            key: key.clone(),
            abort,
        }
    }

    /// How many run of a function, and how many of those in this version or alias.
    fn counts(&self, key: &RevisionKey) -> (u64, u64) {
        let all = self.lock();
        let function = all.iter().filter(|under| under.key.is_same_function(key));
        function.fold((0, 0), |(whole, part), under| {
            let same = u64::from(under.key.qualifier == key.qualifier);
            (whole + under.count, part + under.count * same)
        })
    }

    /// Ends whatever runs of a function.
    fn abort(&self, key: &RevisionKey) {
        let all = self.lock();
        let function = all.iter().filter(|under| under.key.is_same_function(key));
        function.for_each(|under| under.abort.notify_waiters());
    }
}

fn is(one: &RevisionKey, other: &RevisionKey) -> bool {
    one.is_same_function(other) && one.qualifier == other.qualifier
}

/// The place of a request that runs. It is free again when this is dropped.
struct Place {
    throttle: Throttle,
    key: RevisionKey,
    abort: Arc<Notify>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.throttle.lock();
        if let Some(at) = all.iter().position(|under| is(&under.key, &self.key)) {
            all[at].count -= 1;
            if all[at].count == 0 {
                all.swap_remove(at);
            }
        }
    }
}

impl Fc {
    /// Runs a request, if the function is not switched off and its limits let it. `now` is virtual time.
    ///
    /// # Errors
    ///
    /// `FunctionInvocationDisabled`, also when the function is switched off meanwhile with all that it does;
    /// `ResourceExhausted`; those of the host.
    pub(crate) async fn run(
        &self,
        target: &Target,
        revision: &Arc<Revision>,
        invocation: Invocation,
        now: DateTime<Utc>,
    ) -> Result<Invoked, Fault> {
        let place = self.throttle.enter(&revision.key);
        let mut aborted = pin!(place.abort.notified());
        // From before it is asked whether the function is switched off.
        aborted.as_mut().enable();
        self.expect_on(target).await?;
        self.expect_below_limit(target, revision, now).await?;
        tokio::select! {
            invoked = self.host.invoke(revision, invocation) => invoked.map_err(refused),
            () = aborted => Err(fault::invocation_disabled(&revision.key.function)),
        }
    }

    /// Whether a function can be invoked.
    ///
    /// # Errors
    ///
    /// `FunctionInvocationDisabled`.
    pub(crate) async fn expect_on(&self, target: &Target) -> Result<(), Fault> {
        if !target.generation.has_services() && self.restriction(target).await?.is_some() {
            let function = target.name("functionName");
            return Err(fault::invocation_disabled(function));
        }
        Ok(())
    }

    /// What GetFunction tells of a function that is switched off; `None` if it is not.
    pub(crate) async fn restriction(&self, target: &Target) -> Result<Option<ConfigRow>, Fault> {
        let key = target
            .function()
            .one(Kind::Restriction, crate::locate::LATEST);
        let found = self.owned::<ConfigRow>(&key).await?;
        Ok(found.map(|found| found.row))
    }

    /// Ends the requests that run of a function.
    pub(crate) fn abort(&self, target: &Target) {
        self.throttle.abort(&target.key());
    }

    /// Counts with the request that asks.
    async fn expect_below_limit(
        &self,
        target: &Target,
        revision: &Revision,
        now: DateTime<Utc>,
    ) -> Result<(), Fault> {
        let (kind, setting) = match target.generation.has_services() {
            true => (Kind::OnDemand, "maximumInstanceCount"),
            false => (Kind::Concurrency, "reservedConcurrency"),
        };
        let row = match kind {
            Kind::OnDemand => self.config(target, kind).await?,
            _ => self.config_of_function(target, kind).await?,
        };
        let most = row.and_then(|found| found.row.settings.get(setting).and_then(Value::as_u64));
        let Some(most) = most else {
            return Ok(());
        };
        let (whole, part) = self.throttle.counts(&revision.key);
        let (run, may) = match kind {
            Kind::OnDemand => {
                let each = u64::from(revision.instance_concurrency);
                let ready = self.kept_ready(target, now).await?;
                (part, (most + ready).saturating_mul(each))
            }
            _ => (whole, most),
        };
        match run > may {
            true => Err(fault::over_limit(&revision.key.function, setting, most)),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(function: &str, qualifier: &str) -> RevisionKey {
        RevisionKey {
            account: "1".into(),
            region: "cn-hangzhou".into(),
            service: None,
            function: function.into(),
            qualifier: qualifier.into(),
            revision: 1,
        }
    }

    #[test]
    fn requests_are_counted_by_function_and_by_qualifier() {
        let throttle = Throttle::default();
        let (latest, prod) = (key("f", "LATEST"), key("f", "prod"));
        let places = [&latest, &prod, &prod].map(|key| throttle.enter(key));
        let _other = throttle.enter(&key("g", "prod"));
        assert_eq!(throttle.counts(&latest), (3, 1));
        assert_eq!(throttle.counts(&prod), (3, 2));
        drop(places);
        assert_eq!(throttle.counts(&prod), (0, 0));
        assert_eq!(throttle.lock().len(), 1, "what is over is forgotten");
    }
}
