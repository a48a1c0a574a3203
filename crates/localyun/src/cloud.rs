//! One emulated cloud: every service wired to one store.

use std::fmt;
use std::future::pending;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use fc::{Due, Fc, Isolation, IsolationReport, Network, Pool, PoolLimits};
use gateway::{Body, Clock, Events, Fault, Gateway, Head, Record, Report, Response};
use http::StatusCode;
use identity::{Bss, Identity, Ims, Location, Metadata, Ram, Sts};
use oss::Oss;
use store::{OpenError, Store};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::Config;
use crate::dispatch::{Destination, dispatch, refuse};
use crate::gate::{Alone, Gate, Inside};
use crate::interpreters::Interpreters;
use crate::issuers::Loopback;

/// How long instances that ended on their own are not missed.
const MISSED: Duration = Duration::from_secs(1);
/// How long a reset waits for the requests under way. All others wait for the reset meanwhile.
const PATIENCE: Duration = Duration::from_secs(2);

/// The services of one cloud and what they share.
#[derive(Debug)]
pub struct Cloud {
    /// The pipeline.
    pub gateway: Arc<Gateway>,
    /// Users, roles, keys, policies and sessions.
    pub identity: Arc<Identity>,
    /// OSS.
    pub oss: Arc<Oss>,
    /// Function Compute.
    pub fc: Arc<Fc>,
    /// STS.
    pub sts: Arc<Sts>,
    /// RAM.
    pub ram: Arc<Ram>,
    /// IMS.
    pub ims: Arc<Ims>,
    /// The metadata service of ECS.
    pub metadata: Metadata,
    /// The Location service.
    pub location: Arc<Location>,
    /// Billing.
    pub bss: Arc<Bss>,
    /// Everything that is kept.
    pub store: Store,
    config: Config,
    /// What functions reach, once there is a socket.
    network: Arc<OnceLock<Network>>,
    interpreters: Arc<Interpreters>,
    pool: Arc<Pool>,
    /// Every request goes in, and a reset is alone, so that no request sees half of one.
    gate: Gate,
    /// Ends the requests that a reset has waited long enough for.
    overdue: Notify,
}

impl Cloud {
    /// A cloud with the account, keys and buckets of `config`. Where it names a data folder, what is in there stays as it
    /// is, and only what is missing is made.
    pub async fn new(config: Config, clock: Clock) -> Result<Arc<Self>, StartError> {
        let store = match &config.data {
            None => Store::memory(),
            Some(folder) => Store::open(folder)?,
        };
        let identity = Arc::new(Identity::new(store.clone()));
        let gateway = Gateway::new(identity.clone(), clock, config.auth);
        let oss = Arc::new(Oss::new(store.clone()));
        let network = Arc::new(OnceLock::new());
        let interpreters = Arc::new(Interpreters::new(config.interpreters.clone()));
        let pool = Pool::new(interpreters.clone(), network.clone(), PoolLimits::default());
        let pool = Arc::new(pool);
        let fc = Arc::new(Fc::new(
            store.clone(),
            identity.clone(),
            oss.clone(),
            pool.clone(),
        ));
        let events: Arc<dyn Events> = fc.clone();
        oss.tell(&events);
        let cloud = Arc::new(Self {
            gateway: Arc::new(gateway),
            fc,
            oss,
            sts: Arc::new(Sts::with_issuers(identity.clone(), Arc::new(Loopback))),
            ram: Arc::new(Ram::new(identity.clone())),
            ims: Arc::new(Ims::new(identity.clone())),
            metadata: Metadata::new(identity.clone(), config.metadata_token_required),
            location: Arc::new(Location::new(identity.clone())),
            bss: Arc::new(Bss::new(identity.clone())),
            identity,
            store,
            config,
            network,
            interpreters,
            pool,
            gate: Gate::default(),
            overdue: Notify::new(),
        });
        cloud.furnish().await?;
        Ok(cloud)
    }

    /// The settings the cloud was made with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Tells everything about a request that is over.
    pub async fn report(&self, record: &Record) -> Report {
        let (gateway, names) = (&self.gateway, &*self.config.hosts);
        match record.service {
            "sts" => gateway.report(&*self.sts, record, names).await,
            "ram" => gateway.report(&*self.ram, record, names).await,
            "ims" => gateway.report(&*self.ims, record, names).await,
            "location" => gateway.report(&*self.location, record, names).await,
            "bssopenapi" => gateway.report(&*self.bss, record, names).await,
            "fc" => gateway.report(&*self.fc, record, names).await,
            _ => gateway.report(&*self.oss, record, names).await,
        }
    }

    /// What keeps functions apart.
    pub(crate) fn isolation(&self) -> &Isolation {
        self.interpreters.isolation()
    }

    /// What of it is active, if that is known or can be tried out.
    pub(crate) async fn isolated(&self) -> Option<IsolationReport> {
        if self.config.interpreters.launches {
            let interpreters = self.interpreters.clone();
            // On its own, so that it is done once even if those who ask do not wait.
            let trial = tokio::spawn(async move {
                if let Err(error) = interpreters.told().await {
                    tracing::error!(error, "functions cannot run");
                }
            });
            if let Err(error) = trial.await {
                tracing::error!(%error, "cannot find out what keeps functions apart");
            }
        }
        self.isolation().known()
    }

    /// The instances of functions.
    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// What functions reach, once the cloud is served.
    pub(crate) fn network(&self) -> Option<Network> {
        self.network.get().copied()
    }

    /// Says where the cloud is served, and where for functions. Only the first time counts.
    pub(crate) fn listens_on(&self, server: SocketAddr, functions: SocketAddr) {
        self.network.get_or_init(|| Network {
            emulator: functions,
            server: Some(server),
            allow_other_hosts: self.config.allow_other_hosts,
        });
        self.fc.listens_on(server.port());
    }

    /// Empties the cloud and puts back what a fresh start gives. Tokens that were issued before are void, and the
    /// virtual clock is the wall clock again. Requests under way may finish first; one that takes longer, such as an
    /// upload whose client has stopped sending, is ended.
    pub async fn reset(&self) -> Result<(), Fault> {
        let _alone = self.alone().await;
        self.store.clear().await?;
        self.gateway.clock.reset();
        self.gateway.records.clear();
        self.fc.logs.clear();
        self.pool.abandon();
        self.identity.forget_uses();
        self.furnish().await?;
        self.fc.resume().await
    }

    /// Puts everything that is stored back as it was when this snapshot was saved: buckets, objects, users, roles, keys,
    /// and what seals tokens. False if there is none of this name. Requests under way end as in a
    /// [`reset`](Cloud::reset). The virtual clock and the records of requests stay.
    pub async fn restore_snapshot(&self, name: &str) -> Result<bool, store::Error> {
        let _alone = self.alone().await;
        let restored = self.store.restore_snapshot(name)?;
        if restored {
            self.pool.abandon();
        }
        self.resume().await;
        Ok(restored)
    }

    /// Waits until no request is under way, and keeps those that come from beginning for as long as the guard lives.
    async fn alone(&self) -> Alone<'_> {
        let mut alone = pin!(self.gate.alone());
        match tokio::time::timeout(PATIENCE, &mut alone).await {
            Ok(alone) => alone,
            Err(_) => {
                self.overdue.notify_waiters();
                alone.await
            }
        }
    }

    /// Makes a bucket of the default account, unless it is there already.
    pub async fn make_bucket(&self, name: &str, region: &str) -> Result<(), Fault> {
        let now = self.now();
        self.oss
            .make_bucket(name, region, identity::DEFAULT_ACCOUNT, now)
            .await
    }

    /// Answers a request without a socket, as if it had come from `peer`. The admin API is not part of a cloud.
    pub async fn call(&self, request: http::Request<Bytes>, peer: IpAddr) -> Response {
        let (parts, body) = request.into_parts();
        let head = Arc::new(Head::new(parts, peer, false, &self.config.hosts));
        let destination = Destination::of(&head);
        self.serve(destination, head, Body::from_bytes(body)).await
    }

    pub(crate) async fn serve(
        &self,
        destination: Destination,
        head: Arc<Head>,
        body: Body,
    ) -> Response {
        let _running = self.running().await;
        let overdue = self.overdue.notified();
        tokio::select! {
            biased;
            response = dispatch(self, destination, head, body) => response,
            () = overdue => {
                let text = "localyun: the cloud was reset while this request was under way";
                refuse(StatusCode::SERVICE_UNAVAILABLE, text)
            }
        }
    }

    /// Holds off a reset for as long as the guard lives.
    pub(crate) async fn running(&self) -> Inside<'_> {
        self.gate.enter().await
    }

    /// Cleans up after objects, uploads and tasks, deletes bodies that nobody owns, and renews the leases of the uploads under way.
    pub(crate) async fn sweep(&self) {
        if let Err(error) = self.oss.sweep().await {
            tracing::error!(%error, "cannot clean up after objects");
        }
        if let Err(error) = self.oss.expire(self.now()).await {
            tracing::error!(%error, "cannot delete what buckets of the platform have kept");
        }
        if let Err(error) = self.fc.collect_layers().await {
            tracing::error!(%error, "cannot clean up after deleted layers");
        }
        match self.fc.sweep(self.now()).await {
            Ok(swept) => tracing::debug!(swept, "forgot asynchronous tasks"),
            Err(fault) => tracing::error!(%fault, "cannot clean up after asynchronous tasks"),
        }
        match self.store.sweep(self.gateway.clock.wall()).await {
            Ok(swept) => tracing::debug!(?swept, "swept"),
            Err(error) => tracing::error!(%error, "cannot sweep"),
        }
    }

    /// Attends to asynchronous invocations until `stop` is closed, and then to those that are running.
    pub(crate) async fn attend(self: Arc<Self>, mut stop: watch::Receiver<()>) {
        let Some(mut due) = self.fc.due() else {
            return;
        };
        self.resume().await;
        let (mut jobs, mut open) = (JoinSet::new(), true);
        loop {
            tokio::select! {
                Some(job) = due.recv(), if open => {
                    jobs.spawn(self.clone().settle(job, stop.clone()));
                }
                _ = stop.changed(), if open => open = false,
                Some(settled) = jobs.join_next() => if let Err(error) = settled {
                    tracing::error!(%error, "an asynchronous invocation stays in the queue until the next start");
                },
                else => return,
            }
        }
    }

    /// Sees to it that timers run what they are for, for as long as this is polled.
    pub(crate) async fn keep_time(self: Arc<Self>) {
        let clock = &self.gateway.clock;
        loop {
            let (moved, changed) = (clock.moved(), self.fc.timers_changed());
            let next = self.look_at_timers().await;
            let comes = async {
                match next {
                    Some(at) => clock.reaches(at).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                () = comes => {}
                () = moved => {}
                () = changed => {}
            }
        }
    }

    /// Puts into the queue what timers have come to run, and says when the next one comes.
    pub(crate) async fn look_at_timers(&self) -> Option<DateTime<Utc>> {
        let _running = self.running().await;
        match self.fc.keep_time(&self.gateway.clock).await {
            Ok(next) => next,
            Err(fault) => {
                let cause = fault.cause().map(ToString::to_string);
                tracing::error!(%fault, cause, "cannot run what timers are for; trying again in a minute");
                Some(self.now() + TimeDelta::minutes(1))
            }
        }
    }

    /// Keeps the instances of functions that are to be ready, for as long as this is polled.
    pub(crate) async fn provide(self: Arc<Self>) {
        let clock = &self.gateway.clock;
        loop {
            // From before it looks, so that no move is missed.
            let moved = clock.moved();
            let provided = {
                let _running = self.running().await;
                self.fc.provide(&self.gateway).await
            };
            let (any, next) = provided.unwrap_or_else(|fault| {
                let cause = fault.cause().map(ToString::to_string);
                tracing::error!(%fault, cause, "cannot keep instances ready; trying again");
                (true, None)
            });
            let comes = async {
                match next {
                    Some(at) => clock.reaches(at).await,
                    None => pending().await,
                }
            };
            // Instances that end on their own are missed.
            let missed = async {
                match any {
                    true => tokio::time::sleep(MISSED).await,
                    false => pending().await,
                }
            };
            tokio::select! {
                () = self.fc.provision_changed() => {}
                () = moved => {}
                () = comes => {}
                () = missed => {}
            }
        }
    }

    async fn resume(&self) {
        if let Err(fault) = self.fc.resume().await {
            tracing::error!(%fault, "cannot read the queue of asynchronous invocations");
        }
    }

    /// Attempts to run an asynchronous invocation until it is settled, or `stop` is closed while it waits: then it waits
    /// in its row. One that a reset has ended is looked at once more, and is gone then.
    async fn settle(self: Arc<Self>, mut job: Due, mut stop: watch::Receiver<()>) {
        loop {
            tokio::select! {
                () = self.gateway.clock.reaches(job.at) => {}
                _ = stop.changed() => return,
            }
            let _running = self.running().await;
            let overdue = self.overdue.notified();
            tokio::select! {
                biased;
                next = self.fc.attempt(&self.gateway, &job) => match next {
                    Some(next) => job.at = next,
                    None => return,
                },
                () = overdue => {}
            }
        }
    }

    async fn furnish(&self) -> Result<(), Fault> {
        let now = self.now();
        self.identity.bootstrap(now).await?;
        for key in &self.config.keys {
            self.identity
                .add_default_key(&key.id, &key.secret, now)
                .await?;
        }
        for uid in &self.config.accounts {
            self.identity.make_account(uid.as_str(), now).await?;
        }
        let role = self.config.ecs_role.as_ref();
        self.metadata.set_role(role.map(|role| role.0.clone()));
        for bucket in &self.config.buckets {
            self.make_bucket(&bucket.name, &bucket.region).await?;
        }
        Ok(())
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.gateway.clock.now().virtual_
    }
}

/// Why a cloud cannot start.
#[derive(Debug)]
pub enum StartError {
    /// Its data folder cannot be used.
    Store(OpenError),
    /// What a fresh cloud has cannot be made.
    Furnish(Fault),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => write!(f, "{error}"),
            Self::Furnish(fault) => match fault.cause() {
                Some(cause) => write!(f, "{cause}"),
                None => write!(f, "{fault}"),
            },
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            Self::Furnish(fault) => Some(fault),
        }
    }
}

impl From<OpenError> for StartError {
    fn from(error: OpenError) -> Self {
        Self::Store(error)
    }
}

impl From<Fault> for StartError {
    fn from(fault: Fault) -> Self {
        Self::Furnish(fault)
    }
}
