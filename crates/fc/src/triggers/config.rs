//! What the configuration of a trigger may say, by its type (spec/fc.md §3.7).

use gateway::Fault;
use serde_json::Value;

use super::{HTTP, OSS, Rule, Schedule, TIMER};
use crate::fault;
use crate::settings::Fields;

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

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"];

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
        HTTP => check_http(&config)?,
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

fn texts<'a>(config: &'a Fields, field: &str) -> Result<Vec<&'a str>, Fault> {
    let items = config.get(field).and_then(Value::as_array);
    let texts = items.and_then(|items| items.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
    let texts = texts.filter(|texts| !texts.is_empty());
    texts.ok_or_else(|| bad(&format!("must have a list of strings '{field}'")))
}

fn check_http(config: &Fields) -> Result<(), Fault> {
    known(
        config,
        &[
            "authType",
            "methods",
            "disableURLInternet",
            "authConfig",
            "corsConfig",
        ],
    )?;
    match config.get("authType").and_then(Value::as_str) {
        Some("anonymous" | "function" | "jwt" | "basic" | "bearer") => {}
        _ => {
            return Err(bad(
                "must have an 'authType': anonymous, function, jwt, basic or bearer",
            ));
        }
    }
    let methods = texts(config, "methods")?;
    match methods.iter().find(|method| !METHODS.contains(method)) {
        Some(method) => Err(bad(&format!("has the unknown method '{method}'"))),
        None => Ok(()),
    }
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
