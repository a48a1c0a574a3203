//! How a function is invoked asynchronously: how often, for how long, and who is told (spec/fc.md §3.8).

use chrono::TimeDelta;
use gateway::{Call, Fault};
use serde_json::{Value, json};

use crate::acting::Acting;
use crate::destination::{Destination, Destinations};
use crate::functions::Page;
use crate::locate::Target;
use crate::owned::Owned;
use crate::reply::Reply;
use crate::rows::{ConfigRow, Kind};
use crate::settings::{self, Fields};
use crate::{Fc, body, fault, page, show};

/// What holds for one function.
#[derive(Debug)]
pub(crate) struct AsyncConfig {
    /// How often a function that failed is run again.
    pub(crate) retries: u64,
    /// How long an invocation is kept before it is run.
    pub(crate) age: TimeDelta,
    pub(crate) destinations: Destinations,
    /// Whether each invocation is a task.
    pub(crate) tasks: bool,
}

/// What holds where nothing is said: three retries, one day.
impl Default for AsyncConfig {
    fn default() -> Self {
        Self {
            retries: 3,
            age: TimeDelta::days(1),
            destinations: Destinations::default(),
            tasks: false,
        }
    }
}

impl AsyncConfig {
    fn read(settings: &Fields, target: &Target) -> Result<Self, Fault> {
        let number = |name| settings.get(name).and_then(Value::as_u64);
        let on = |name| settings.get(name).and_then(Value::as_bool) == Some(true);
        let default = Self::default();
        let age = number("maxAsyncEventAgeInSeconds").and_then(|age| i64::try_from(age).ok());
        Ok(Self {
            retries: number("maxAsyncRetryAttempts").unwrap_or(default.retries),
            age: age.map_or(default.age, TimeDelta::seconds),
            destinations: Destinations::read(settings, &target.place())?,
            tasks: on("asyncTask") || on("statefulInvocation"),
        })
    }
}

/// Sets what the body says, for the function and the qualifier of the request; the rest stays as it was.
///
/// # Errors
///
/// `FunctionNotFound` and the like, `InvalidArgument`, and `AccessDenied` where the function's role may not invoke a
/// destination.
pub(crate) async fn put(call: &mut Call<Fc>) -> Result<Reply, Fault> {
    let body = body::object(call, body::WITHOUT_CODE).await?;
    let (service, target, now) = (&call.service, &call.target, call.now.virtual_);
    let schema = settings::asynchronous(target.generation);
    let resolved = service.resolve(target).await?;
    let found = service.config(target, Kind::Async).await?;
    let (row, version) = match found {
        Some(Owned { mut row, version }) => {
            settings::update(schema, &mut row.settings, body)?;
            row.modified = now;
            (row, Some(version))
        }
        None => {
            let settings = settings::create(schema, body)?;
            (ConfigRow::new(target, settings, now), None)
        }
    };
    let config = AsyncConfig::read(&row.settings, target)?;
    for destination in config.destinations.iter() {
        expect_reachable(call, &resolved.role, destination).await?;
    }
    service
        .put_config(target, Kind::Async, &row, version)
        .await?;
    Reply::json(&shown(target, &row))
}

/// Whether results can go there: the function's role has to be allowed to invoke.
async fn expect_reachable(
    call: &Call<Fc>,
    role: &str,
    destination: &Destination,
) -> Result<(), Fault> {
    let Some(function) = &destination.function else {
        call.service.tell_undelivered(&destination.arn);
        return Ok(());
    };
    if role.is_empty() && !call.is_unchecked() {
        let name = call.target.name("functionName");
        return Err(fault::destination_needs_role(name, &destination.arn));
    }
    let (acting, now) = (Acting::function(role), &call.now);
    let service = &call.service;
    service
        .expect_may_invoke(call.mode(), acting, function, now)
        .await
}

/// What is set for the function and the qualifier of a request.
///
/// # Errors
///
/// `FunctionNotFound`, `AsyncConfigNotExists`.
pub(crate) async fn get(call: &Call<Fc>) -> Result<Reply, Fault> {
    let found = found(call).await?;
    Reply::json(&shown(&call.target, &found.row))
}

/// Removes it.
///
/// # Errors
///
/// `FunctionNotFound`, `AsyncConfigNotExists`.
pub(crate) async fn delete(call: &Call<Fc>) -> Result<Reply, Fault> {
    let found = found(call).await?;
    call.service
        .delete_config(&call.target, Kind::Async, &found)
        .await?;
    Ok(Reply::no_content())
}

async fn found(call: &Call<Fc>) -> Result<Owned<ConfigRow>, Fault> {
    let target = &call.target;
    call.service.expect_owner(&target.function()).await?;
    let found = call.service.config(target, Kind::Async).await?;
    let function = target.name("functionName");
    found.ok_or_else(|| fault::async_config_not_exists(function, target.qualifier()))
}

/// Lists what is set for one function, or for all of FC 3.0.
///
/// # Errors
///
/// `InvalidArgument`; `FunctionNotFound` where the path names one.
pub(crate) async fn list(call: &Call<Fc>) -> Result<Reply, Fault> {
    let target = &call.target;
    let function = match target.name("functionName") {
        "" => call.head.query.first("functionName").unwrap_or_default(),
        named => {
            call.service.expect_owner(&target.function()).await?;
            named
        }
    };
    let page = Page::read(&call.head)?;
    let listed = call.service.configs(target, Kind::Async, function, page);
    let (rows, next) = listed.await?;
    let shown = rows.iter().map(|row| shown(target, row).into()).collect();
    Reply::json(&show::list("configs", shown, next.as_deref()))
}

/// The functions in services whose asynchronous invocations are tasks.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) async fn list_stateful(call: &Call<Fc>) -> Result<Reply, Fault> {
    let (target, wanted) = (&call.target, Page::read(&call.head)?);
    let mut all = call.service.configs_everywhere(target, Kind::Async).await?;
    all.retain(|row| row.settings.get("statefulInvocation") == Some(&Value::Bool(true)));
    let name = |row: &ConfigRow| format!("{}/{}/{}", row.service, row.function, row.qualifier);
    let (rows, next) = page::cut(all, &wanted, name);
    let shown = rows.iter().map(|row| {
        json!({
            "serviceName": row.service,
            "functionName": row.function,
            "qualifier": row.qualifier,
        })
    });
    Reply::json(&show::list("data", shown.collect(), next.as_deref()))
}

/// As answers have it: the generations name a function in different ways.
fn shown(target: &Target, row: &ConfigRow) -> Fields {
    let mut shown = row.settings.clone();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("createdTime", show::time(row.created));
    put("lastModifiedTime", show::time(row.modified));
    if target.generation.has_services() {
        put("service", json!(row.service));
        put("function", json!(row.function));
        put("qualifier", json!(row.qualifier));
    } else {
        put("functionArn", json!(show::arn_of(target, row)));
    }
    shown
}

impl Fc {
    /// How a function is invoked asynchronously.
    pub(crate) async fn async_config(&self, target: &Target) -> Result<AsyncConfig, Fault> {
        match self.config(target, Kind::Async).await? {
            Some(found) => AsyncConfig::read(&found.row.settings, target),
            None => Ok(AsyncConfig::default()),
        }
    }
}
