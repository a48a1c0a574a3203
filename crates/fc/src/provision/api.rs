//! The operations that say how many instances are kept ready, and tell how many there are.

use chrono::{DateTime, Utc};
use gateway::{Call, Fault};
use serde_json::{Value, json};

use super::{Goal, target_of};
use crate::functions::Page;
use crate::locate::Target;
use crate::reply::Reply;
use crate::rows::{ConfigRow, Kind, Owner, Place};
use crate::settings::{self, Fields};
use crate::{Fc, body, fault, page, show};

/// Sets how many instances there are to be.
///
/// # Errors
///
/// `FunctionNotFound` and the like, `InvalidArgument`.
pub(crate) async fn put(call: &mut Call<Fc>, kind: Kind) -> Result<Reply, Fault> {
    let body = body::object(call, body::WITHOUT_CODE).await?;
    let (service, target, now) = (&call.service, &call.target, call.now.virtual_);
    let settings = settings::create(settings::provision(kind, target.generation), body)?;
    Goal::read(&settings)?;
    if target.qualifier().bytes().all(|b| b.is_ascii_digit()) {
        return Err(fault::provision_of_version(target.qualifier()));
    }
    service.resolve(target).await?;
    let found = service.config(target, kind).await?;
    let row = ConfigRow::new(target, settings, now);
    let version = found.map(|found| found.version);
    service.put_config(target, kind, &row, version).await?;
    service.forget_failure(&target.function(), kind, &row.qualifier);
    service.provision.look();
    Reply::json(&service.shown_provision(target, kind, &row, now).await?)
}

/// How many there are to be, and how many there are. Where nothing is set both are 0, and FC 3.0 names no function.
///
/// # Errors
///
/// `FunctionNotFound` and the like.
pub(crate) async fn get(call: &Call<Fc>, kind: Kind) -> Result<Reply, Fault> {
    let (service, target, now) = (&call.service, &call.target, call.now.virtual_);
    service.expect_owner(&target.function()).await?;
    if let Some(found) = service.config(target, kind).await? {
        return Reply::json(
            &service
                .shown_provision(target, kind, &found.row, now)
                .await?,
        );
    }
    let nothing = ConfigRow::new(target, Fields::new(), now);
    let mut shown = service.shown_provision(target, kind, &nothing, now).await?;
    if let Some(arn) = shown.get_mut("functionArn") {
        *arn = json!("");
    }
    Reply::json(&shown)
}

/// Lets the instances end.
///
/// # Errors
///
/// `FunctionNotFound`.
pub(crate) async fn delete(call: &Call<Fc>, kind: Kind) -> Result<Reply, Fault> {
    let (service, target) = (&call.service, &call.target);
    service.expect_owner(&target.function()).await?;
    if let Some(found) = service.config(target, kind).await? {
        service.delete_config(target, kind, &found).await?;
        service.forget_failure(&target.function(), kind, target.qualifier());
        service.provision.look();
    }
    Ok(Reply::no_content())
}

/// What is set, for all functions or for some.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) async fn list(call: &Call<Fc>, kind: Kind, name: &str) -> Result<Reply, Fault> {
    let (service, target, now) = (&call.service, &call.target, call.now.virtual_);
    let wanted = Page::read(&call.head)?;
    let query = |name| call.head.query.first(name).filter(|text| !text.is_empty());
    let mut all = service.configs_everywhere(target, kind).await?;
    all.retain(|row| {
        query("functionName").is_none_or(|function| function == row.function)
            && query("serviceName").is_none_or(|service| service == row.service)
            && query("qualifier").is_none_or(|qualifier| qualifier == row.qualifier)
    });
    let (rows, next) = page::cut(all, &wanted, |row| resource(target, row));
    let mut shown = Vec::with_capacity(rows.len());
    for row in &rows {
        shown.push(
            service
                .shown_provision(target, kind, row, now)
                .await?
                .into(),
        );
    }
    Reply::json(&show::list(name, shown, next.as_deref()))
}

/// As FC 2.0 names what instances are kept for.
fn resource(target: &Target, row: &ConfigRow) -> String {
    let ConfigRow {
        service,
        function,
        qualifier,
        ..
    } = row;
    format!("{}#{service}#{qualifier}#{function}", target.account)
}

impl Fc {
    fn forget_failure(&self, owner: &Owner, kind: Kind, qualifier: &str) {
        self.provision
            .failures()
            .remove(&owner.one(kind, qualifier));
    }

    async fn shown_provision(
        &self,
        target: &Target,
        kind: Kind,
        row: &ConfigRow,
        now: DateTime<Utc>,
    ) -> Result<Fields, Fault> {
        let place = Place {
            service: row.service.as_str().into(),
            ..target.place()
        };
        let of = target_of(&place, row);
        let goal = Goal::read(&row.settings)?.at(row.modified, now);
        let key = of.function().one(kind, &row.qualifier);
        let failure = self.provision.failures().get(&key).cloned();
        let current = self.current(&of).await?.min(goal);
        let error = failure
            .filter(|_| current < goal)
            .map(|failure| failure.why);
        let mut shown = row.settings.clone();
        let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
        match kind {
            Kind::Scaling => {
                put("targetInstances", json!(goal));
                put("currentInstances", json!(current));
            }
            _ => {
                put("target", json!(goal));
                put("current", json!(current));
            }
        }
        put("currentError", json!(error.unwrap_or_default()));
        match target.generation.has_services() {
            true => put("resource", json!(resource(target, row))),
            false => put("functionArn", json!(show::arn_of(target, row))),
        };
        Ok(shown)
    }
}
