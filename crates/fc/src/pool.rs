//! Warm instances: those that have answered a request wait for the next one of the same revision.
//!
//! Each instance has a [`Seat`] from before it starts until it is gone, so the caps count everything that lives. A
//! request owns its instance; nobody else can reach it, unless it is of a function whose instances take several at a
//! time: then it is shared by a [crowd](crowd). Between requests an instance is frozen. One whose request did
//! not end as it should (a timeout, an exit, a caller who has gone) is never used again.

mod crowd;
mod seats;

use std::fmt;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::sleep;

use crate::host::{
    Host, HostError, InstanceReport, Invoked, Revision, RevisionKey, Runtimes, instance_id,
};
use crate::pool::crowd::Entered;
use crate::pool::seats::{Seat, Seats, Taken, Warm};
use crate::runtime::Stage;
use crate::stopwatch::{Stopwatch, wall};
use crate::{Invocation, Launch, Logs, Network, Outcome, ids};

/// How many instances there may be, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolLimits {
    /// Instances of one function, of all its revisions together. 10.
    pub per_function: usize,
    /// Instances of all functions. 100, the cloud's quota of a region (`spec/fc.md` §1.9).
    pub total: usize,
    /// An instance that waited this long for a request is ended. 5 minutes.
    pub idle: Duration,
    /// An instance of this age gets no request any more. 36 hours, the life of its keys.
    pub age: Duration,
    /// Whether instances are frozen between requests, as they are in the cloud.
    pub freeze: bool,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            per_function: 10,
            total: 100,
            idle: Duration::from_secs(5 * 60),
            age: Duration::from_secs(36 * 60 * 60),
            freeze: true,
        }
    }
}

/// How many instances there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PoolReport {
    /// All that are counted by the caps.
    pub instances: usize,
    /// Those of them that wait for a request.
    pub idle: usize,
}

/// Runs functions on warm instances.
pub struct Pool {
    runtimes: Arc<dyn Runtimes>,
    network: Arc<OnceLock<Network>>,
    limits: PoolLimits,
    seats: Arc<Seats>,
}

impl Pool {
    /// A pool without instances. `network` is set once the server listens; until then handlers reach nothing.
    ///
    /// Has to be called inside a tokio runtime: a task looks for instances that waited too long.
    pub fn new(
        runtimes: Arc<dyn Runtimes>,
        network: Arc<OnceLock<Network>>,
        limits: PoolLimits,
    ) -> Self {
        let seats = Arc::new(Seats::new(limits));
        tokio::spawn(sweep(Arc::downgrade(&seats), limits));
        Self {
            runtimes,
            network,
            limits,
            seats,
        }
    }

    /// How many instances there are now.
    pub fn report(&self) -> PoolReport {
        self.seats.report()
    }

    /// Ends what waits, at once and without hooks, and what is busy after its request: nothing is left of the functions
    /// that they are of.
    pub fn abandon(&self) {
        drop(self.seats.retire_all());
    }

    /// A new instance that has passed its initializer. The inner error is the outcome of one that failed.
    async fn start(
        &self,
        seat: Seat,
        revision: &Arc<Revision>,
        invocation: &Invocation,
    ) -> Result<Result<Warm, Invoked>, HostError> {
        let function = &revision.function;
        let runtime = self.runtimes.of(function).await;
        let runtime = runtime.map_err(HostError::NoRuntime)?;
        let launch = Launch {
            instance_id: instance_id(&invocation.request_id),
            account_id: revision.key.account.to_string(),
            region: revision.key.region.to_string(),
            credentials: invocation.credentials.clone(),
            network: self.network.get().copied().unwrap_or(Network::NOWHERE),
        };
        let started = runtime.start(function, &launch).await;
        let mut warm = Warm {
            instance: started.map_err(|error| HostError::Start(Arc::new(error)))?,
            seat,
            revision: Arc::clone(revision),
            id: launch.instance_id,
            last: Invocation::default(),
            born: Stopwatch::start(),
            since: Stopwatch::start(),
        };
        let version = &function.version_id;
        if let Some(hook) = &revision.initializer {
            let passed = warm.instance.pass(Stage::Initialize, hook, invocation);
            if let Err(outcome) = passed.await {
                let instance_id = warm.id;
                return Ok(Err(Invoked {
                    outcome,
                    instance_id,
                }));
            }
        }
        let settled = warm.instance.settle().await;
        settled.map_err(|error| HostError::Start(Arc::new(error)))?;
        warm.seat.is_of(&warm.id, version);
        Ok(Ok(warm))
    }

    /// What a request was given, ready for it.
    async fn ready(
        &self,
        taken: Taken,
        revision: &Arc<Revision>,
        invocation: &Invocation,
    ) -> Result<Result<Warm, Invoked>, HostError> {
        match taken {
            Taken::Warm(mut warm) => {
                warm.instance.thaw();
                Ok(Ok(warm))
            }
            Taken::Free { seat, evicted } => {
                evicted.into_iter().for_each(end);
                self.start(seat, revision, invocation).await
            }
        }
    }

    /// Runs a request on an instance that has others at the same time. It is not ended when this future is dropped.
    async fn invoke_shared(
        &self,
        revision: &Arc<Revision>,
        invocation: Invocation,
    ) -> Result<Invoked, HostError> {
        loop {
            let place = self.seats.join(revision).map_err(HostError::Exhausted)?;
            let make = |taken| self.ready(taken, revision, &invocation);
            let (mut handle, instance_id) = match place.enter(&invocation, make).await {
                Entered::Handle(handle, id) => (handle, id),
                Entered::Failed(why) => return why,
                Entered::Broken => continue,
            };
            let outcome = handle.invoke(invocation).await;
            return Ok(Invoked {
                outcome,
                instance_id,
            });
        }
    }
}

/// What becomes of an instance after its request.
fn check_in(seats: &Arc<Seats>, warm: Warm) {
    let limits = seats.limits();
    if !warm.instance.is_alive() {
        return;
    }
    if warm.seat.is_retired() || warm.born.elapsed() >= limits.age {
        return end(warm);
    }
    if warm.revision.pre_freeze.is_none() {
        return keep(seats, warm, limits.freeze);
    }
    let seats = Arc::clone(seats);
    tokio::spawn(async move {
        if let Ok(warm) = pass(Stage::PreFreeze, warm).await {
            keep(&seats, warm, limits.freeze);
        }
    });
}

#[async_trait]
impl Host for Pool {
    async fn invoke(
        &self,
        revision: &Arc<Revision>,
        invocation: Invocation,
    ) -> Result<Invoked, HostError> {
        if revision.instance_concurrency > 1 {
            return self.invoke_shared(revision, invocation).await;
        }
        let taken = self.seats.take(revision).map_err(HostError::Exhausted)?;
        let mut warm = match self.ready(taken, revision, &invocation).await? {
            Ok(warm) => warm,
            Err(failed) => return Ok(failed),
        };
        warm.remember(&invocation);
        // When this future is dropped here, the instance, in the midst of a request, goes with it.
        let outcome = warm.instance.invoke(invocation).await;
        let instance_id = warm.id.clone();
        check_in(&self.seats, warm);
        Ok(Invoked {
            outcome,
            instance_id,
        })
    }

    fn hold(&self, held: Vec<(RevisionKey, usize)>) {
        self.seats.hold(held).into_iter().for_each(end);
    }

    async fn provide(
        &self,
        revision: &Arc<Revision>,
        invocation: Invocation,
    ) -> Result<Result<(), Invoked>, HostError> {
        let sat = self.seats.sit(&revision.key);
        let (seat, evicted) = sat.map_err(HostError::Exhausted)?;
        let free = Taken::Free { seat, evicted };
        match self.ready(free, revision, &invocation).await? {
            Ok(mut warm) => {
                warm.remember(&invocation);
                check_in(&self.seats, warm);
                Ok(Ok(()))
            }
            Err(failed) => Ok(Err(failed)),
        }
    }

    fn logs(&self) -> Arc<Logs> {
        Arc::clone(&self.seats.logs)
    }

    fn instances(&self) -> Vec<InstanceReport> {
        self.seats.instances()
    }

    fn retire(&self, key: &RevisionKey) {
        self.seats.retire(key).into_iter().for_each(end);
    }

    async fn shutdown(&self) {
        self.seats.close().into_iter().for_each(end);
        self.seats.emptied().await;
    }
}

impl Drop for Pool {
    /// Ends what waits at once: there is nobody left to run hooks for.
    fn drop(&mut self) {
        drop(self.seats.close());
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("limits", &self.limits)
            .field("report", &self.report())
            .finish_non_exhaustive()
    }
}

/// Puts an instance where the next request finds it.
fn keep(seats: &Seats, mut warm: Warm, freeze: bool) {
    if freeze {
        warm.instance.freeze();
    }
    warm.since = Stopwatch::start();
    if let Some(warm) = seats.put(warm) {
        end(warm);
    }
}

/// Ends an instance in the background, after its last word if it has one.
fn end(mut warm: Warm) {
    if warm.revision.pre_stop.is_none() || !warm.instance.is_alive() {
        return;
    }
    tokio::spawn(async move {
        warm.instance.thaw();
        stop(warm).await;
    });
}

/// Runs the hook at the end of an instance, under an id of its own (D124), and keeps what it logs.
async fn stop(mut warm: Warm) {
    let last = &mut warm.last.request_id;
    *last = ids::uuid().unwrap_or_else(|_| std::mem::take(last));
    let id = last.clone();
    let (key, began) = (warm.revision.key.clone(), wall());
    let logs = Arc::clone(warm.seat.logs());
    let (error, log) = match pass(Stage::PreStop, warm).await {
        Ok(mut warm) => (None, warm.instance.take_log()),
        Err(outcome) => (outcome.error, outcome.log),
    };
    if !log.is_empty() {
        logs.add(&key, &id, error, &log, began);
    }
}

/// Runs the program of a stage outside a request. When it failed, the instance is gone.
async fn pass(stage: Stage, mut warm: Warm) -> Result<Warm, Outcome> {
    let hook = match stage {
        Stage::Initialize => &warm.revision.initializer,
        Stage::PreFreeze => &warm.revision.pre_freeze,
        Stage::PreStop => &warm.revision.pre_stop,
    };
    let Some(hook) = hook.clone() else {
        return Ok(warm);
    };
    match warm.instance.pass(stage, &hook, &warm.last).await {
        Ok(()) => Ok(warm),
        Err(outcome) => {
            let (function, instance) = (&*warm.revision.key.function, &*warm.id);
            let error = String::from_utf8_lossy(&outcome.body);
            tracing::warn!(function, instance, stage = stage.as_str(), %error, "a hook failed");
            Err(outcome)
        }
    }
}

/// Ends instances that waited too long, for as long as there is a pool.
async fn sweep(seats: Weak<Seats>, limits: PoolLimits) {
    let shortest = limits.idle.min(limits.age);
    let pause = (shortest / 10).clamp(Duration::from_millis(10), Duration::from_secs(10));
    loop {
        sleep(pause).await;
        let Some(seats) = seats.upgrade() else { return };
        seats.expired().into_iter().for_each(end);
    }
}
