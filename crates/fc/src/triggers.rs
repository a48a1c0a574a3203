//! Triggers as they are kept.

mod config;
mod cron;
mod rule;
mod watch;

use chrono::{DateTime, Utc};
use gateway::{Fault, Guard};
use serde_json::Value;
use store::{Batch, Error};

use crate::functions::{Page, changed_meanwhile};
use crate::locate::Target;
use crate::owned::Owned;
use crate::rows::{self, Kind, Owner, TriggerRow};
use crate::settings::{self, Fields};
use crate::web::address::{self, HostRow};
use crate::web::settings::{Auth, Settings};
use crate::web::visit;
use crate::{Fc, fault, ids, names};

/// The most triggers of a function (spec/fc.md §1.9).
pub(crate) const MOST: usize = 50;

/// The type whose requests come over HTTP.
pub(crate) const HTTP: &str = "http";
/// The type whose events are of objects.
pub(crate) const OSS: &str = "oss";
/// The type whose events are times.
pub(crate) const TIMER: &str = "timer";

pub(crate) use cron::Schedule;
pub(crate) use rule::Rule;
pub(crate) use watch::{Watch, Watched};

impl TriggerRow {
    /// A trigger as a body describes it.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`.
    pub(crate) fn create(
        name: String,
        mut body: Fields,
        now: DateTime<Utc>,
    ) -> Result<Self, Fault> {
        names::check("triggerName", &name)?;
        let mut need = |field| {
            let text = settings::take_text(&mut body, field)?;
            Ok::<_, Fault>(text.unwrap_or_default())
        };
        let (kind, source_arn) = (need("triggerType")?, need("sourceArn")?);
        config::check_type(&kind, &source_arn)?;
        let mut trigger = Self {
            id: ids::uuid()?,
            name,
            kind,
            source_arn,
            config: Fields::new(),
            description: String::new(),
            invocation_role: String::new(),
            qualifier: String::new(),
            prefix: String::new(),
            created: now,
            modified: now,
        };
        if !body.contains_key("triggerConfig") {
            return Err(fault::missing_field("triggerConfig"));
        }
        trigger.update(body, now)?;
        Ok(trigger)
    }

    /// Puts what a body says in the place of what was said before.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`.
    pub(crate) fn update(&mut self, mut body: Fields, now: DateTime<Utc>) -> Result<(), Fault> {
        for (field, own) in [
            ("description", &mut self.description),
            ("invocationRole", &mut self.invocation_role),
            ("qualifier", &mut self.qualifier),
        ] {
            if let Some(text) = settings::take_text(&mut body, field)? {
                *own = text;
            }
        }
        match body.remove("triggerConfig") {
            None | Some(Value::Null) => {}
            Some(config) => self.config = config::read(&self.kind, config)?,
        }
        if let Some(unknown) = body.keys().next() {
            return Err(fault::unknown_field(unknown));
        }
        self.modified = now;
        Ok(())
    }

    /// Adds what policies may ask of an HTTP trigger (spec/fc.md §3.9).
    pub(crate) fn describe(&self, guard: &mut Guard) {
        if self.kind != HTTP {
            return;
        }
        let Ok(settings) = Settings::read(&self.config) else {
            return;
        };
        let anonymous = matches!(settings.auth, Auth::Anonymous);
        for (key, value) in [
            ("fc:EnableHTTPTriggerAnonymous", anonymous),
            ("fc:EnableHTTPTriggerInternet", !settings.closed),
        ] {
            guard.conditions.push((key.to_owned(), value.to_string()));
        }
    }
}

impl TriggerRow {
    /// Says in the log, once, if nothing here will ever set it off.
    fn warn_if_quiet(&self, function: &str, now: DateTime<Utc>) {
        let why = match self.kind.as_str() {
            HTTP | OSS => return,
            TIMER => match self.config.get("enable") {
                Some(Value::Bool(false)) => return,
                Some(Value::Bool(true)) => {
                    let cron = self.config.get("cronExpression").and_then(Value::as_str);
                    let schedule = cron.and_then(|cron| cron.parse::<Schedule>().ok());
                    match schedule.and_then(|schedule| schedule.next(now, now)) {
                        Some(_) => return,
                        None => "its time never comes".to_owned(),
                    }
                }
                _ => "it has no 'enable': true".to_owned(),
            },
            kind => format!("nothing here makes events of the type {kind}"),
        };
        let (trigger, kind) = (&self.name, &self.kind);
        tracing::warn!(function, trigger, kind, "a trigger will not fire: {why}");
    }
}

impl Fc {
    /// The trigger of this name.
    ///
    /// # Errors
    ///
    /// `FunctionNotFound`, `TriggerNotFound`.
    pub(crate) async fn trigger(
        &self,
        owner: &Owner,
        name: &str,
    ) -> Result<Owned<TriggerRow>, Fault> {
        self.expect_owner(owner).await?;
        let found = self.owned(&owner.one(Kind::Trigger, name)).await?;
        found.ok_or_else(|| fault::trigger_not_found(name, &owner.function))
    }

    /// Makes a trigger. Its version is the row's.
    ///
    /// # Errors
    ///
    /// `FunctionNotFound`, `TriggerAlreadyExists`, `InvalidArgument` where there are too many.
    pub(crate) async fn create_trigger(
        &self,
        owner: &Owner,
        trigger: &TriggerRow,
    ) -> Result<u64, Fault> {
        self.expect_owner(owner).await?;
        self.expect_room(owner, trigger).await?;
        let key = owner.one(Kind::Trigger, &trigger.name);
        let mut batch = Batch::new();
        Self::add_owned(&mut batch, owner, &key, trigger)?;
        if !trigger.prefix.is_empty() {
            let host = address::key(&owner.place.region, &trigger.prefix);
            let leads = rows::encode(&HostRow::new(owner, trigger))?;
            batch.expect_absent(&host).put(&host, leads);
        }
        self.watch(&mut batch, owner, trigger).await?;
        self.set_timer(&mut batch, owner, trigger).await?;
        let made = self.commit_triggers(batch).await;
        let version = made.map_err(|error| match error {
            Error::Conflict { key: taken } if *taken == *key.as_bytes() => {
                fault::trigger_already_exists(&trigger.name)
            }
            error => changed_meanwhile(error),
        })?;
        trigger.warn_if_quiet(&owner.function, trigger.created);
        Ok(version)
    }

    /// Puts a trigger in the place of the one that was found. Its version is the row's.
    ///
    /// # Errors
    ///
    /// `ConcurrentUpdateError` if it was changed since; `InvalidArgument`.
    pub(crate) async fn update_trigger(
        &self,
        owner: &Owner,
        trigger: &TriggerRow,
        version: u64,
    ) -> Result<u64, Fault> {
        self.expect_room(owner, trigger).await?;
        let key = owner.one(Kind::Trigger, &trigger.name);
        let mut batch = Batch::new();
        batch
            .expect_version(&key, version)
            .put(&key, rows::encode(trigger)?);
        self.watch(&mut batch, owner, trigger).await?;
        self.set_timer(&mut batch, owner, trigger).await?;
        let updated = self.commit_triggers(batch).await;
        updated.map_err(changed_meanwhile)
    }

    /// Deletes a trigger that was found.
    ///
    /// # Errors
    ///
    /// `ConcurrentUpdateError` if it was changed since.
    pub(crate) async fn delete_trigger(
        &self,
        owner: &Owner,
        trigger: &Owned<TriggerRow>,
    ) -> Result<(), Fault> {
        let key = owner.one(Kind::Trigger, &trigger.row.name);
        let mut batch = Batch::new();
        Self::remove_owned(&mut batch, owner, &key, trigger.version);
        if !trigger.row.prefix.is_empty() {
            batch.delete(address::key(&owner.place.region, &trigger.row.prefix));
        }
        self.unwatch(&mut batch, owner, &trigger.row).await?;
        batch.delete(owner.timer(&trigger.row.name));
        let deleted = self.commit_triggers(batch).await;
        deleted.map(drop).map_err(changed_meanwhile)
    }

    /// Whether the source of a trigger of OSS is a bucket of its account and region.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`.
    pub(crate) async fn expect_source(
        &self,
        target: &Target,
        trigger: &TriggerRow,
    ) -> Result<(), Fault> {
        if trigger.kind != OSS {
            return Ok(());
        }
        let (account, region, arn) = (&target.account, &target.region, &trigger.source_arn);
        let own = format!("acs:oss:{region}:{account}:");
        let bucket = arn
            .strip_prefix(&own)
            .filter(|bucket| !bucket.contains(['/', ':', '*']))
            .ok_or_else(|| fault::invalid_source_arn(arn, &format!("{own}<bucket>")))?;
        if trigger.invocation_role.is_empty() {
            return Err(fault::missing_field("invocationRole"));
        }
        match self.objects.has_bucket(region, account, bucket).await? {
            true => Ok(()),
            false => Err(fault::no_event_bucket(bucket)),
        }
    }

    /// Whether the function may have this trigger too: 50 of all kinds, and one of HTTP for each qualifier. In FC 2.0 a
    /// function has those of HTTP or others.
    async fn expect_room(&self, owner: &Owner, new: &TriggerRow) -> Result<(), Fault> {
        let page = Page {
            prefix: String::new(),
            from: None,
            limit: MOST,
        };
        let all = self.all_owned(owner, Kind::Trigger, &page).await?;
        let (mut others, _): (Vec<TriggerRow>, _) = all;
        others.retain(|other| other.name != new.name);
        let clash = others.iter().any(|other| {
            new.kind == HTTP && other.kind == HTTP && visit::same(&other.qualifier, &new.qualifier)
        });
        if clash {
            return Err(fault::invalid_argument(format!(
                "function '{}' has an HTTP trigger for the qualifier '{}' already",
                owner.function, new.qualifier
            )));
        }
        let mixed = |other: &TriggerRow| (other.kind == HTTP) != (new.kind == HTTP);
        if !owner.place.is_bare() && others.iter().any(mixed) {
            // https://help.aliyun.com/zh/fc/user-guide/overview-36
            return Err(fault::invalid_argument(format!(
                "function '{}' has triggers already, and a function with an HTTP trigger has none of other types",
                owner.function
            )));
        }
        match others.len() >= MOST {
            true => Err(fault::invalid_argument(format!(
                "function '{}' has {MOST} triggers, and no more are possible",
                owner.function
            ))),
            false => Ok(()),
        }
    }
}
