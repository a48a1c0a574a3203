//! Functions that are switched off: nobody can invoke them until they are switched on again.

use gateway::{Call, Fault};
use serde_json::{Value, json};

use crate::locate::Target;
use crate::reply::Reply;
use crate::rows::{ConfigRow, Kind};
use crate::settings::{self, Fields};
use crate::{Fc, body, show};

const ABORT: &str = "abortOngoingRequest";

/// Switches a function off, and ends what it does if the body says so.
///
/// # Errors
///
/// `FunctionNotFound`, `InvalidArgument`.
pub(crate) async fn disable(call: &mut Call<Fc>) -> Result<Reply, Fault> {
    let bytes = body::whole(call, body::WITHOUT_CODE).await?;
    let body = match bytes.is_empty() {
        true => Fields::new(),
        false => body::parse(&bytes)?,
    };
    let mut settings = settings::create(settings::RESTRICTION, body)?;
    let abort = settings.remove(ABORT) == Some(Value::Bool(true));
    let (service, target, now) = (&call.service, &call.target, call.now.virtual_);
    service.expect_owner(&target.function()).await?;
    let found = service
        .config_of_function(target, Kind::Restriction)
        .await?;
    let row = ConfigRow::new(target, settings, now);
    let version = found.map(|found| found.version);
    service
        .put_config(target, Kind::Restriction, &row, version)
        .await?;
    service.provision.look();
    if abort {
        service.abort(target);
    }
    done()
}

/// Switches it on again.
///
/// # Errors
///
/// `FunctionNotFound`.
pub(crate) async fn enable(call: &Call<Fc>) -> Result<Reply, Fault> {
    let (service, target) = (&call.service, &call.target);
    service.expect_owner(&target.function()).await?;
    if let Some(found) = service
        .config_of_function(target, Kind::Restriction)
        .await?
    {
        service
            .delete_config(target, Kind::Restriction, &found)
            .await?;
        service.provision.look();
    }
    done()
}

fn done() -> Result<Reply, Fault> {
    let mut body = Fields::new();
    body.insert("success".to_owned(), json!(true));
    Reply::json(&body)
}

/// Adds to what is told of a function that it is switched off.
///
/// # Errors
///
/// The store's.
pub(crate) async fn tell(fc: &Fc, target: &Target, shown: &mut Fields) -> Result<(), Fault> {
    if target.generation.has_services() {
        return Ok(());
    }
    if let Some(row) = fc.restriction(target).await? {
        let restriction = json!({
            "disable": true,
            "reason": row.settings.get("reason"),
            "lastModifiedTime": show::time(row.modified),
        });
        shown.insert("invocationRestriction".to_owned(), restriction);
    }
    Ok(())
}
