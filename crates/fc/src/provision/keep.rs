//! Keeps as many instances as there are to be.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use gateway::{Fault, Gateway, Moment};

use super::{Failure, Goal, target_of};
use crate::locate::Target;
use crate::rows::{self, ConfigRow, Kind, Place};
use crate::{Fc, HostError, Invocation, Revision, RevisionKey};

/// How long it waits before it tries again what has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// An instance that is being started. The next ones are looked for once this is dropped.
struct Starting {
    fc: Arc<Fc>,
    row: String,
}

impl Starting {
    fn new(fc: &Arc<Fc>, row: &str) -> Self {
        *fc.provision.starting().entry(row.to_owned()).or_default() += 1;
        Self {
            fc: fc.clone(),
            row: row.to_owned(),
        }
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        let provision = &self.fc.provision;
        let mut starting = provision.starting();
        if let Some(count) = starting.get_mut(&self.row) {
            *count -= 1;
            if *count == 0 {
                starting.remove(&self.row);
                provision.look();
            }
        }
    }
}

/// Instances that are to be there.
struct Needed {
    /// The key of the row that says so.
    row: String,
    revision: Arc<Revision>,
    count: usize,
    invocation: Invocation,
}

/// The key of a row, read backwards: whose it is.
fn place_of(key: &[u8]) -> Option<Place> {
    let key = std::str::from_utf8(key).ok()?;
    let mut parts = key.split('/').skip(2);
    Some(Place {
        account: parts.next()?.into(),
        region: parts.next()?.into(),
        service: parts.next()?.into(),
        version: None,
    })
}

impl Fc {
    /// Waits until something may have changed that says how many instances there are to be.
    pub async fn provision_changed(&self) {
        self.provision.changed.notified().await;
    }

    /// Sees to it that there are as many instances as there are to be. What is missing is started beside this. The answer is
    /// whether there are to be any, and when that changes next, in virtual time.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn provide(
        self: &Arc<Self>,
        gateway: &Gateway,
    ) -> Result<(bool, Option<DateTime<Utc>>), Fault> {
        let now = gateway.clock.now();
        let mut needed = Vec::new();
        let (mut any, mut next) = (false, None::<DateTime<Utc>>);
        for (key, place, row) in self.all_provision().await? {
            let goal = Goal::read(&row.settings)?;
            any |= goal.is_any();
            next = next.into_iter().chain(goal.next(now.virtual_)).min();
            let count = goal.at(row.modified, now.virtual_);
            let target = target_of(&place, &row);
            if count == 0 || self.expect_on(&target).await.is_err() {
                continue;
            }
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            match self.needed(&key, &target, count, &now).await {
                Ok(one) => needed.push(one),
                Err(fault) if fault.status().is_server_error() => return Err(fault),
                Err(fault) => {
                    self.fails(&key, target.key(), fault.text().to_owned(), now.monotonic)
                }
            }
        }
        let held = needed
            .iter()
            .map(|one| (one.revision.key.clone(), one.count));
        self.host.hold(held.collect());
        for one in needed {
            self.start_missing(one, now.monotonic);
        }
        Ok((any, next))
    }

    async fn all_provision(&self) -> Result<Vec<(String, Place, ConfigRow)>, Fault> {
        let view = self.store.meta.view().await?;
        let mut all = Vec::new();
        for kind in [Kind::Provision, Kind::Scaling] {
            let mut cursor = view.cursor(Place::of_all(kind).as_bytes());
            while let Some(row) = cursor.next().await? {
                if let Some(place) = place_of(&row.key) {
                    let key = String::from_utf8_lossy(&row.key).into_owned();
                    all.push((key, place, rows::decode(&row)?));
                }
            }
        }
        Ok(all)
    }

    async fn needed(
        &self,
        row: &str,
        target: &Target,
        count: usize,
        now: &Moment,
    ) -> Result<Needed, Fault> {
        let resolved = self.resolve_first(target).await?;
        let name = &resolved.function.row.name;
        let invocation = Invocation {
            request_id: self.request_id(target, now.virtual_),
            credentials: self.credentials(&resolved.role, name, now).await?,
            ..Invocation::default()
        };
        Ok(Needed {
            row: row.to_owned(),
            revision: self.revision(target, &resolved).await?,
            count,
            invocation,
        })
    }

    fn start_missing(self: &Arc<Self>, needed: Needed, now: Duration) {
        let Needed {
            row,
            revision,
            count,
            invocation,
        } = needed;
        let failed = self.provision.failures().get(&row).cloned();
        if failed.is_some_and(|f| f.key == revision.key && now.saturating_sub(f.at) < PATIENCE) {
            return;
        }
        // Those that are being started are counted once they are there.
        if self.provision.starting().contains_key(&row) {
            return;
        }
        let living = self.host.instances();
        let living = living.iter().filter(|one| one.key == revision.key);
        for _ in living.count()..count {
            let starting = Starting::new(self, &row);
            let (revision, mut invocation) = (revision.clone(), invocation.clone());
            invocation.request_id = self.ids.uuid().lower().to_string();
            tokio::spawn(async move {
                let Starting { fc, row } = &starting;
                let why = match fc.host.provide(&revision, invocation).await {
                    Ok(Ok(())) => {
                        fc.provision.failures().remove(row);
                        return;
                    }
                    Ok(Err(failed)) => String::from_utf8_lossy(&failed.outcome.body).into_owned(),
                    Err(HostError::Exhausted(why) | HostError::NoRuntime(why)) => why,
                    Err(error) => error.to_string(),
                };
                fc.fails(row, revision.key.clone(), why, now);
            });
        }
    }

    /// Notes it, and says so if it is something new.
    fn fails(&self, row: &str, key: RevisionKey, why: String, at: Duration) {
        let mut failures = self.provision.failures();
        let known = failures.get(row);
        if known.is_none_or(|known| known.key != key || known.why != why) {
            let function = &*key.function;
            tracing::warn!(
                function,
                "an instance that is to be kept ready does not start: {why}"
            );
        }
        let failure = Failure { key, why, at };
        failures.insert(row.to_owned(), failure);
    }
}
