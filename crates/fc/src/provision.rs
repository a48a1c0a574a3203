//! Instances that are kept ready for a function: `PutProvisionConfig`, and `minInstances` of `PutScalingConfig`.
//!
//! A row says how many there are to be. [`Fc::provide`] goes through all of them whenever something may have changed, tells
//! the host how many to hold on to, and has it start those that are missing.

mod api;
mod goal;
mod keep;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use gateway::Fault;
use tokio::sync::Notify;

use crate::locate::{LATEST, Target};
use crate::owned::Owned;
use crate::rows::{self, ConfigRow, Kind, Owner, Place};
use crate::{Fc, Generation, RevisionKey, fault};

pub(crate) use api::{delete, get, list, put};
use goal::Goal;

/// What is known of instances that are kept ready, besides what the host knows.
#[derive(Debug, Default)]
pub(crate) struct Provision {
    /// Told when something may have changed.
    changed: Notify,
    /// Why the last start has failed, by row.
    failures: Mutex<HashMap<String, Failure>>,
    /// How many are being started, by row.
    starting: Mutex<HashMap<String, usize>>,
}

#[derive(Debug, Clone)]
struct Failure {
    key: RevisionKey,
    why: String,
    /// Monotonic.
    at: Duration,
}

impl Provision {
    /// Says that something may have changed.
    pub(crate) fn look(&self) {
        self.changed.notify_one();
    }

    fn starting(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.starting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failures(&self) -> MutexGuard<'_, HashMap<String, Failure>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn target_of(place: &Place, row: &ConfigRow) -> Target {
    let generation = match place.is_bare() {
        true => Generation::V2023,
        false => Generation::V2021,
    };
    let qualifier = Some(row.qualifier.clone()).filter(|qualifier| qualifier != LATEST);
    Target::of_function(generation, place, &row.function, qualifier)
}

impl Fc {
    /// How many instances of the present state of a function are ready.
    pub(crate) async fn current(&self, target: &Target) -> Result<u64, Fault> {
        let key = match self.resolve_first(target).await {
            Ok(resolved) => resolved.key(target),
            Err(fault) if fault.status().is_server_error() => return Err(fault),
            Err(_) => return Ok(0),
        };
        let ready = self.host.instances();
        let ready = ready
            .iter()
            .filter(|one| one.key == key && !one.id.is_empty());
        Ok(ready.count() as u64)
    }

    /// How many instances of the present state of a function are ready that are kept so; those on demand are not.
    pub(crate) async fn kept_ready(
        &self,
        target: &Target,
        now: DateTime<Utc>,
    ) -> Result<u64, Fault> {
        let Some(Owned { row, .. }) = self.config(target, Kind::Provision).await? else {
            return Ok(0);
        };
        let goal = Goal::read(&row.settings)?.at(row.modified, now);
        Ok(self.current(target).await?.min(goal))
    }

    /// Whether nothing is kept ready for a function, so that it can be deleted.
    ///
    /// # Errors
    ///
    /// `ProvisionConfigExist`, `ResidentScalingConfigExists`.
    pub(crate) async fn expect_unprovisioned(&self, owner: &Owner) -> Result<(), Fault> {
        let view = self.store.meta.view().await?;
        for kind in [Kind::Provision, Kind::Scaling] {
            let mut cursor = view.cursor(owner.all(kind).as_bytes());
            while let Some(row) = cursor.next().await? {
                let row: ConfigRow = rows::decode(&row)?;
                if Goal::read(&row.settings)?.is_any() {
                    return Err(fault::provision_exists(
                        &owner.function,
                        &row.qualifier,
                        kind,
                    ));
                }
            }
        }
        Ok(())
    }
}
