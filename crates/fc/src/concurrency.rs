//! How many requests of a function may run at a time: `reservedConcurrency` of FC 3.0, which holds for all versions together,
//! and `maximumInstanceCount` of FC 2.0, which holds for one.

use gateway::{Call, Fault};
use serde_json::{Value, json};

use crate::functions::Page;
use crate::locate::Target;
use crate::owned::Owned;
use crate::reply::Reply;
use crate::rows::{ConfigRow, Kind};
use crate::settings::{self, Fields};
use crate::{Fc, body, etag, fault, page, show};

/// Sets the limit.
///
/// # Errors
///
/// `FunctionNotFound` and the like, `InvalidArgument`; `PreconditionFailed` in FC 2.0.
pub(crate) async fn put(call: &mut Call<Fc>, kind: Kind) -> Result<Reply, Fault> {
    let body = body::object(call, body::WITHOUT_CODE).await?;
    let settings = settings::create(settings::limit(kind), body)?;
    let (service, target, now) = (&call.service, &call.target, call.now.virtual_);
    service.resolve(target).await?;
    let found = service.config(target, kind).await?;
    let mut row = ConfigRow::new(target, settings, now);
    if let Some(found) = &found {
        etag::check(call, found.version)?;
        row.created = found.row.created;
    }
    let version = found.map(|found| found.version);
    let version = service.put_config(target, kind, &row, version).await?;
    let reply = Reply::json(&shown(target, &row))?;
    Ok(reply.tagged(target.generation, &etag::of(version)))
}

/// The limit.
///
/// # Errors
///
/// `FunctionNotFound`, `OnDemandConfigNotFound`.
pub(crate) async fn get(call: &Call<Fc>, kind: Kind) -> Result<Reply, Fault> {
    let found = found(call, kind).await?;
    let reply = Reply::json(&shown(&call.target, &found.row))?;
    Ok(reply.tagged(call.target.generation, &etag::of(found.version)))
}

/// Removes the limit.
///
/// # Errors
///
/// `FunctionNotFound`, `OnDemandConfigNotFound`; `PreconditionFailed` in FC 2.0.
pub(crate) async fn delete(call: &Call<Fc>, kind: Kind) -> Result<Reply, Fault> {
    let found = found(call, kind).await?;
    etag::check(call, found.version)?;
    call.service
        .delete_config(&call.target, kind, &found)
        .await?;
    Ok(Reply::emptied(call.target.generation))
}

async fn found(call: &Call<Fc>, kind: Kind) -> Result<Owned<ConfigRow>, Fault> {
    let target = &call.target;
    call.service.expect_owner(&target.function()).await?;
    let found = call.service.config(target, kind).await?;
    let function = target.name("functionName");
    found.ok_or_else(|| fault::limit_not_found(function, target.qualifier()))
}

/// The limits of all functions of FC 3.0, or of one.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) async fn list(call: &Call<Fc>) -> Result<Reply, Fault> {
    let (target, page) = (&call.target, Page::read(&call.head)?);
    let function = call.head.query.first("functionName").unwrap_or_default();
    let listed = call
        .service
        .configs(target, Kind::Concurrency, function, page);
    let (rows, next) = listed.await?;
    let shown = rows.iter().map(|row| shown(target, row).into()).collect();
    Reply::json(&show::list("configs", shown, next.as_deref()))
}

/// The limits of all functions in services, in the order of their resources.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) async fn list_on_demand(call: &Call<Fc>) -> Result<Reply, Fault> {
    let (target, wanted) = (&call.target, Page::read(&call.head)?);
    let all = call
        .service
        .configs_everywhere(target, Kind::OnDemand)
        .await?;
    let (rows, next) = page::cut(all, &wanted, resource);
    let shown = rows.iter().map(|row| shown(target, row).into()).collect();
    Reply::json(&show::list("configs", shown, next.as_deref()))
}

fn resource(row: &ConfigRow) -> String {
    let ConfigRow {
        service,
        function,
        qualifier,
        ..
    } = row;
    format!("services/{service}.{qualifier}/functions/{function}")
}

fn shown(target: &Target, row: &ConfigRow) -> Fields {
    let mut shown = row.settings.clone();
    let (name, value): (&str, Value) = match target.generation.has_services() {
        true => ("resource", json!(resource(row))),
        false => ("functionArn", json!(show::arn_of(target, row))),
    };
    shown.insert(name.to_owned(), value);
    shown
}
