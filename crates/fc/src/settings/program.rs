//! How the program of a custom runtime is started and checked (spec/fc.md §2).

use gateway::Fault;
use serde_json::Value;

use super::Fields;
use super::check::invalid;
use crate::fault;

/// Fields of a health check, and the least and the most seconds or times that they may say.
const COUNTS: [(&str, u64, u64); 5] = [
    ("initialDelaySeconds", 0, 120),
    ("periodSeconds", 1, 120),
    ("timeoutSeconds", 1, 3),
    ("failureThreshold", 1, 120),
    ("successThreshold", 1, 120),
];

/// # Errors
///
/// `InvalidArgument`.
pub(super) fn check(name: &str, config: &Fields) -> Result<(), Fault> {
    for (field, value) in config {
        let place = format!("{name}.{field}");
        match (field.as_str(), value) {
            (_, Value::Null) => {}
            ("command" | "args", Value::Array(words)) if words.iter().all(is_word) => {}
            ("command" | "args", _) => {
                return Err(invalid(
                    &place,
                    "must be a list of strings without zero characters",
                ));
            }
            ("port", value) => number(&place, value, 1, 65535)?,
            ("healthCheckConfig", Value::Object(config)) => check_health(&place, config)?,
            ("healthCheckConfig", _) => return Err(invalid(&place, "must be an object")),
            _ => return Err(fault::unknown_field(&place)),
        }
    }
    Ok(())
}

/// # Errors
///
/// `InvalidArgument`.
pub(super) fn check_health(name: &str, config: &Fields) -> Result<(), Fault> {
    for (field, value) in config {
        let place = format!("{name}.{field}");
        let count = COUNTS.iter().find(|(known, ..)| known == field);
        match (field.as_str(), value, count) {
            (_, Value::Null, _) => {}
            ("httpGetUrl", Value::String(path), _) if path.is_empty() || is_path(path) => {}
            ("httpGetUrl", _, _) => {
                return Err(invalid(&place, "must be a path that begins with '/'"));
            }
            (_, value, Some((_, least, most))) => number(&place, value, *least, *most)?,
            _ => return Err(fault::unknown_field(&place)),
        }
    }
    Ok(())
}

fn number(place: &str, value: &Value, least: u64, most: u64) -> Result<(), Fault> {
    match value.as_u64().is_some_and(|n| (least..=most).contains(&n)) {
        true => Ok(()),
        false => Err(invalid(
            place,
            &format!("is {value} and must be between {least} and {most}"),
        )),
    }
}

fn is_word(value: &Value) -> bool {
    value.as_str().is_some_and(|word| !word.contains('\0'))
}

fn is_path(path: &str) -> bool {
    path.starts_with('/') && path.parse::<http::Uri>().is_ok()
}
