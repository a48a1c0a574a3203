//! Which functions and services calls about tags name.

use gateway::Fault;

use crate::locate::Target;
use crate::rows::Owner;
use crate::{fault, names};

/// The function that an ARN names, or the end of one: `functions/<name>`.
///
/// # Errors
///
/// `InvalidArgument` for anything else, and for what is of another account or region.
pub(crate) fn function(target: &Target, arn: &str) -> Result<Owner, Fault> {
    let name = behind(target, arn, "functions/")?;
    Ok(target.place().owner_of(&name))
}

/// The service that an ARN names, or the end of one: `services/<name>`.
///
/// # Errors
///
/// As [`function`].
pub(crate) fn service(target: &Target, arn: &str) -> Result<Owner, Fault> {
    let name = behind(target, arn, "services/")?;
    let mut place = target.place();
    place.service = name.into();
    Ok(place.owner())
}

fn behind(target: &Target, arn: &str, kind: &str) -> Result<String, Fault> {
    let own = target.arn("");
    let rest = arn.strip_prefix(&own).unwrap_or(arn);
    let name = rest.strip_prefix(kind);
    let name =
        name.ok_or_else(|| fault::bad_resource(arn, &target.arn(&format!("{kind}<name>"))))?;
    names::check_path("name", name)?;
    Ok(name.to_owned())
}
