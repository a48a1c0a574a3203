//! What one field may say.

use std::ops::RangeInclusive;

use gateway::Fault;
use serde_json::{Number, Value, json};

use super::{Field, Fields, Kind, program};
use crate::fault;

/// The most bytes of names and values of variables together (spec/fc.md §1.9).
const MAX_ENVIRONMENT: usize = 4 << 10;

/// The value as it is kept.
///
/// # Errors
///
/// `InvalidArgument`.
pub(super) fn check(field: &Field, value: Value) -> Result<Value, Fault> {
    let name = field.name;
    match (&field.kind, &value) {
        (Kind::Text(most), Value::String(text)) if text.chars().count() > *most => Err(invalid(
            name,
            &format!("must have at most {most} characters"),
        )),
        (Kind::Text(_), Value::String(_)) | (Kind::Switch, Value::Bool(_)) => Ok(value),
        (Kind::OneOf(known), Value::String(text)) => match known.contains(&text.as_str()) {
            true => Ok(value),
            false => Err(invalid(
                name,
                &format!("is '{text}' and must be one of {}", known.join(", ")),
            )),
        },
        (Kind::Whole(least, most, step), Value::Number(number)) => {
            let given = number.as_u64();
            let fits = |n: &u64| (*least..=*most).contains(n) && n.is_multiple_of(*step);
            given.filter(fits).map(|n| json!(n)).ok_or_else(|| {
                invalid(
                    name,
                    &format!("is {number} and must be {}", range(*least, *most, *step)),
                )
            })
        }
        (Kind::Hundredths(least, most, step), Value::Number(number)) => {
            match is_hundredths(number, *least..=*most, *step) {
                true => Ok(value),
                false => Err(invalid(
                    name,
                    &format!(
                        "is {number} and must be between {} and {} in steps of {}",
                        *least as f64 / 100.0,
                        *most as f64 / 100.0,
                        *step as f64 / 100.0
                    ),
                )),
            }
        }
        (Kind::Object, Value::Object(_)) => Ok(value),
        (Kind::List(most), Value::Array(items)) => match items.len() > *most {
            true => Err(invalid(name, &format!("must have at most {most} items"))),
            false => Ok(value),
        },
        (Kind::Role, Value::String(arn)) => match arn.is_empty() || role_name(arn).is_some() {
            true => Ok(value),
            false => Err(invalid(
                name,
                &format!("is '{arn}', which is no ARN of a role"),
            )),
        },
        (_, Value::Object(fields)) => {
            object(field, fields)?;
            Ok(value)
        }
        _ => Err(invalid(name, "has a value of the wrong type")),
    }
}

fn object(field: &Field, fields: &Fields) -> Result<(), Fault> {
    match field.kind {
        Kind::Environment => environment(fields),
        Kind::Lifecycle => lifecycle(field.name, fields),
        Kind::Program => program::check(field.name, fields),
        Kind::HealthCheck => program::check_health(field.name, fields),
        _ => Err(invalid(field.name, "has a value of the wrong type")),
    }
}

pub(super) fn invalid(name: &str, why: &str) -> Fault {
    fault::invalid_argument(format!("'{name}' {why}"))
}

/// Whether a number is one of these hundredths, as exactly as binary fractions can be.
fn is_hundredths(number: &Number, within: RangeInclusive<u64>, step: u64) -> bool {
    let hundredths = number.as_f64().map_or(-1.0, |n| n * 100.0);
    let whole = hundredths.round();
    let inside = whole >= *within.start() as f64 && whole <= *within.end() as f64;
    inside && (hundredths - whole).abs() < 1e-6 && whole % step as f64 == 0.0
}

fn range(least: u64, most: u64, step: u64) -> String {
    match step {
        1 => format!("between {least} and {most}"),
        _ => format!("between {least} and {most}, a multiple of {step}"),
    }
}

/// The name of the role in `acs:ram::<uid>:role/<name>`.
pub(crate) fn role_name(arn: &str) -> Option<&str> {
    let rest = arn.strip_prefix("acs:ram::")?;
    let (uid, name) = rest.split_once(":role/")?;
    let digits = !uid.is_empty() && uid.bytes().all(|b| b.is_ascii_digit());
    (digits && !name.is_empty()).then_some(name)
}

/// Names begin with a letter and have letters, digits and `_`; `FC_` is the platform's; 4 KB together.
fn environment(variables: &Fields) -> Result<(), Fault> {
    let mut size = 0;
    for (name, value) in variables {
        let legal = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !legal {
            return Err(fault::invalid_argument(format!(
                "environment variable name '{name}' must begin with a letter and have only letters, digits and '_'"
            )));
        }
        if name.starts_with("FC_") {
            return Err(fault::invalid_argument(format!(
                "environment variable name '{name}' must not begin with 'FC_'"
            )));
        }
        let Value::String(text) = value else {
            return Err(fault::invalid_argument(format!(
                "the value of environment variable '{name}' must be a string"
            )));
        };
        if text.contains('\0') {
            return Err(fault::invalid_argument(format!(
                "the value of environment variable '{name}' must not have a zero character"
            )));
        }
        size += name.len() + text.len();
    }
    if size > MAX_ENVIRONMENT {
        return Err(fault::invalid_argument(format!(
            "environment variables have {size} bytes and may have {MAX_ENVIRONMENT}"
        )));
    }
    Ok(())
}

/// The hooks, and how many seconds each may take at most (spec/fc.md §1.8).
const HOOKS: [(&str, u64); 3] = [("initializer", 300), ("preStop", 90), ("preFreeze", 90)];

fn lifecycle(name: &str, hooks: &Fields) -> Result<(), Fault> {
    for (hook, settings) in hooks {
        let known = HOOKS.iter().find(|(known, _)| known == hook);
        let (_, most) = known.ok_or_else(|| fault::unknown_field(&format!("{name}.{hook}")))?;
        let Some(settings) = settings.as_object() else {
            if settings.is_null() {
                continue;
            }
            return Err(invalid(&format!("{name}.{hook}"), "must be an object"));
        };
        for (field, value) in settings {
            let place = format!("{name}.{hook}.{field}");
            let fits = match (field.as_str(), value) {
                (_, Value::Null) | ("handler", Value::String(_)) | ("command", Value::Array(_)) => {
                    true
                }
                ("timeout", value) => value.as_u64().is_some_and(|n| (1..=*most).contains(&n)),
                ("handler" | "command", _) => false,
                _ => return Err(fault::unknown_field(&place)),
            };
            if !fits {
                let why = format!("is {value}; a timeout is between 1 and {most}");
                return Err(invalid(&place, &why));
            }
        }
    }
    Ok(())
}
