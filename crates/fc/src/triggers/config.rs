//! What the configuration of a trigger may say, by its type (spec/fc.md §3.7).

use gateway::Fault;
use serde_json::Value;

use super::{HTTP, OSS, Rule, Schedule, TIMER};
use crate::fault;
use crate::settings::Fields;
use crate::web::settings::Settings;

/// The types. Of those behind the first three nothing is checked but that the configuration is an object: nothing here
/// could fire them.
const TYPES: [&str; 10] = [
    HTTP,
    OSS,
    TIMER,
    "log",
    "sls",
    "mns_topic",
    "cdn_events",
    "tablestore",
    "eventbridge",
    "kafka",
];

/// The longest payload of a timer, in bytes: that of an asynchronous invocation.
const MAX_PAYLOAD: usize = 128 << 10;

/// Whether there is such a type, and whether its source is named as it has to be.
///
/// # Errors
///
/// `InvalidArgument`.
pub(super) fn check_type(kind: &str, source_arn: &str) -> Result<(), Fault> {
    if kind.is_empty() {
        return Err(fault::missing_field("triggerType"));
    }
    if !TYPES.contains(&kind) {
        return Err(fault::invalid_argument(format!(
            "triggerType '{kind}' is not one of {}",
            TYPES.join(", ")
        )));
    }
    // acs:oss:<region>:<uid>:<bucket>
    let parts = source_arn.split(':').filter(|part| !part.is_empty());
    if kind == OSS && (!source_arn.starts_with("acs:oss:") || parts.count() != 5) {
        return Err(fault::invalid_argument(format!(
            "sourceArn '{source_arn}' must be acs:oss:<region>:<uid>:<bucket>"
        )));
    }
    Ok(())
}

/// The configuration: a JSON object, in the newer generations as text.
///
/// # Errors
///
/// `InvalidArgument`.
pub(super) fn read(kind: &str, config: Value) -> Result<Fields, Fault> {
    let config = match config {
        Value::String(text) => {
            serde_json::from_str(&text).map_err(|e| bad("is not JSON").because(e))?
        }
        config => config,
    };
    let Value::Object(config) = config else {
        return Err(bad("must be a JSON object"));
    };
    match kind {
        HTTP => Settings::read(&config).map(drop)?,
        TIMER => check_timer(&config)?,
        OSS => Rule::read(&config).map(drop)?,
        _ => {}
    }
    Ok(config)
}

fn bad(why: &str) -> Fault {
    fault::invalid_argument(format!("triggerConfig {why}"))
}

fn known(config: &Fields, fields: &[&str]) -> Result<(), Fault> {
    let unknown = config
        .keys()
        .find(|field| !fields.contains(&field.as_str()));
    unknown.map_or(Ok(()), |field| {
        Err(fault::unknown_field(&format!("triggerConfig.{field}")))
    })
}

fn check_timer(config: &Fields) -> Result<(), Fault> {
    known(config, &["cronExpression", "enable", "payload"])?;
    let cron = config.get("cronExpression").and_then(Value::as_str);
    let cron = cron.ok_or_else(|| bad("must have a 'cronExpression'"))?;
    cron.parse::<Schedule>()
        .map_err(|why| bad(&format!("has the cronExpression '{cron}': {why}")))?;
    let payload = match config.get("payload") {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text,
        Some(_) => return Err(bad("has a 'payload' that is no string")),
    };
    match payload.len() > MAX_PAYLOAD {
        true => Err(bad(&format!(
            "has a payload of more than {MAX_PAYLOAD} bytes"
        ))),
        false => Ok(()),
    }
}
