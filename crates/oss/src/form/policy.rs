//! The policy of a form: what the signer of a form lets its sender fill in (§2.7).
//! <https://help.aliyun.com/zh/oss/developer-reference/postobject>, "Appendix: Post Policy".
//!
//! The fine codes are those of the vendor's pages 0006-00000201 to 0006-00000228.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use signature::Query;
use signature::oss_post::field;

/// Fields of version 4 that the policy must name.
const MUST_BE_NAMED: [&str; 3] = ["x-oss-signature-version", "x-oss-credential", "x-oss-date"];

/// A policy that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    expiration: DateTime<Utc>,
    conditions: Vec<Condition>,
}

/// What a policy asks of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    /// The size of the file, in bytes.
    Length { min: u64, max: u64 },
    /// A field has a value of this kind. The name is in lower case.
    Field { name: String, test: Test },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Equals(String),
    StartsWith(String),
    In(Vec<String>),
    NotIn(Vec<String>),
}

/// Why a text is no policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// For people.
    pub reason: String,
    /// The vendor's fine code, where one is known.
    pub ec: Option<&'static str>,
}

/// Why a form is not what its policy wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// It comes too late.
    Expired,
    /// This condition does not hold.
    Condition(String),
    /// A field is there that no condition names.
    ExtraField(&'static str),
}

/// The sizes that a file may have, in bytes, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// At least this much.
    pub min: u64,
    /// At most this much.
    pub max: u64,
}

fn invalid<T>(reason: impl Into<String>, ec: &'static str) -> Result<T, Invalid> {
    Err(Invalid {
        reason: reason.into(),
        ec: Some(ec),
    })
}

fn unnumbered<T>(reason: impl Into<String>) -> Result<T, Invalid> {
    let reason = reason.into();
    Err(Invalid { reason, ec: None })
}

impl Policy {
    /// Reads the value of the field `policy`.
    pub fn read(base64: &str) -> Result<Self, Invalid> {
        let bytes = STANDARD.decode(base64).ok();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        match text {
            Some(text) => Self::parse(&text),
            None => invalid("Invalid Base64 or UTF-8.", "0006-00000201"),
        }
    }

    /// Reads the text behind the Base64.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let value = match serde_json::from_str(text) {
            Ok(value) => value,
            Err(error) => return invalid(json_error(text, &error), "0006-00000201"),
        };
        let Value::Object(members) = value else {
            return invalid("Policy must be a JSON object.", "0006-00000201");
        };
        match (members.get("expiration"), members.get("conditions")) {
            (None, None) => invalid("Policy missing expiration and conditions.", "0006-00000209"),
            (None, _) => invalid("Policy missing expiration.", "0006-00000208"),
            (_, None) => invalid("Policy missing conditions.", "0006-00000207"),
            (Some(expiration), Some(conditions)) => Ok(Self {
                expiration: read_expiration(expiration)?,
                conditions: read_conditions(conditions)?,
            }),
        }
    }

    /// Holds a form against the policy. `now` is virtual time. The sizes are what is left to be seen.
    pub fn check(
        &self,
        bucket: &str,
        form: &Query,
        now: DateTime<Utc>,
    ) -> Result<Sizes, Violation> {
        if self.expiration < now {
            return Err(Violation::Expired);
        }
        let mut sizes = Sizes {
            min: 0,
            max: u64::MAX,
        };
        for condition in &self.conditions {
            match condition {
                Condition::Length { min, max } => {
                    sizes.min = sizes.min.max(*min);
                    sizes.max = sizes.max.min(*max);
                }
                Condition::Field { name, test } => {
                    let value = match name.as_str() {
                        "bucket" => Some(bucket),
                        name => field(form, name),
                    };
                    if !value.is_some_and(|value| test.holds(value)) {
                        return Err(Violation::Condition(test.describe(name)));
                    }
                }
            }
        }
        self.check_extra(form)?;
        Ok(sizes)
    }

    fn check_extra(&self, form: &Query) -> Result<(), Violation> {
        let version = field(form, "x-oss-signature-version");
        if version != Some(signature::oss_v4::ALGORITHM) {
            return Ok(());
        }
        let names = |known: &str| {
            let of = |condition: &Condition| matches!(condition, Condition::Field { name, .. } if name == known);
            self.conditions.iter().any(of)
        };
        match MUST_BE_NAMED.into_iter().find(|name| !names(name)) {
            Some(name) => Err(Violation::ExtraField(name)),
            None => Ok(()),
        }
    }
}

impl Test {
    fn holds(&self, value: &str) -> bool {
        match self {
            Self::Equals(expected) => value == expected,
            Self::StartsWith(prefix) => value.starts_with(prefix.as_str()),
            Self::In(values) => values.iter().any(|one| one == value),
            Self::NotIn(values) => !values.iter().any(|one| one == value),
        }
    }

    /// As the service prints a condition, whatever form it was written in: `["eq", "$key", "a"]`.
    fn describe(&self, name: &str) -> String {
        let quoted = |text: &str| Value::from(text).to_string();
        let list = |values: &[String]| {
            let values: Vec<_> = values.iter().map(|value| quoted(value)).collect();
            format!("[{}]", values.join(", "))
        };
        let (operator, operand) = match self {
            Self::Equals(value) => ("eq", quoted(value)),
            Self::StartsWith(prefix) => ("starts-with", quoted(prefix)),
            Self::In(values) => ("in", list(values)),
            Self::NotIn(values) => ("not-in", list(values)),
        };
        let field = quoted(&format!("${name}"));
        format!("[{}, {field}, {operand}]", quoted(operator))
    }
}

/// What the parser found, in the service's words as far as they are known.
fn json_error(text: &str, error: &serde_json::Error) -> String {
    let said = error.to_string();
    let what = said.split(" at line ").next().unwrap_or_default();
    let line = text.split('\n').nth(error.line().saturating_sub(1));
    let found = line.and_then(|line| line.get(error.column().saturating_sub(1)..));
    let found = found.and_then(|rest| rest.chars().next());
    match (what, found) {
        ("expected `,` or `]`", _) => "Invalid JSON: , or ] expected".to_owned(),
        ("expected `,` or `}`", _) => "Invalid JSON: , or } expected".to_owned(),
        (_, Some(found)) => format!("Invalid JSON: unknown char {found}"),
        (_, None) => "Invalid JSON: unexpected end".to_owned(),
    }
}

/// ISO 8601 in UTC, with or without a fraction of a second.
fn read_expiration(value: &Value) -> Result<DateTime<Utc>, Invalid> {
    let Value::String(text) = value else {
        return invalid("Invalid 'expiration' value: not a string.", "0006-00000210");
    };
    if text.is_empty() {
        return invalid("Invalid 'expiration' value: empty.", "0006-00000211");
    }
    let in_utc = text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T');
    match DateTime::parse_from_rfc3339(text) {
        Ok(time) if in_utc => Ok(time.to_utc()),
        _ => invalid(
            format!("Invalid 'expiration' value: '{text}'"),
            "0006-00000212",
        ),
    }
}

fn read_conditions(value: &Value) -> Result<Vec<Condition>, Invalid> {
    let Value::Array(items) = value else {
        return invalid("Invalid 'conditions' value: not a list.", "0006-00000214");
    };
    let mut conditions = Vec::with_capacity(items.len());
    for item in items {
        conditions.push(match item {
            Value::Object(members) => read_simple(members)?,
            Value::Array(parts) => read_list(parts)?,
            _ => {
                return invalid(
                    "Invalid Condition: neither an object nor a list.",
                    "0006-00000222",
                );
            }
        });
    }
    Ok(conditions)
}

/// `{"bucket": "name"}`.
fn read_simple(members: &Map<String, Value>) -> Result<Condition, Invalid> {
    let mut members = members.iter();
    match (members.next(), members.next()) {
        (Some((name, value)), None) => equals(name, value),
        _ => unnumbered(
            "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
        ),
    }
}

fn equals(name: &str, value: &Value) -> Result<Condition, Invalid> {
    let test = Test::Equals(text(value)?);
    Ok(on_field(name, test))
}

fn on_field(name: &str, test: Test) -> Condition {
    let name = name.strip_prefix('$').unwrap_or(name);
    Condition::Field {
        name: name.to_ascii_lowercase(),
        test,
    }
}

/// `["eq", "$key", "value"]` and the others.
fn read_list(parts: &[Value]) -> Result<Condition, Invalid> {
    let [Value::String(operator), operands @ ..] = parts else {
        return invalid("Invalid Condition: no operator.", "0006-00000216");
    };
    if operands.is_empty() {
        return invalid("Invalid Condition: no operator.", "0006-00000216");
    }
    let known = ["eq", "starts-with", "content-length-range", "in", "not-in"];
    let operator = operator.to_ascii_lowercase();
    if !known.contains(&operator.as_str()) {
        return unnumbered(format!("Invalid Condition: unknown operator {operator}."));
    }
    let [first, second] = operands else {
        let reason = format!("Invalid Condition: {operator} takes two values.");
        return invalid(reason, "0006-00000218");
    };
    if operator == "content-length-range" {
        return read_range(first, second);
    }
    let name = text(first)?;
    let test = match operator.as_str() {
        "eq" => Test::Equals(text(second)?),
        "starts-with" => Test::StartsWith(text(second)?),
        "in" => Test::In(texts(second)?),
        _ => Test::NotIn(texts(second)?),
    };
    Ok(on_field(&name, test))
}

fn read_range(min: &Value, max: &Value) -> Result<Condition, Invalid> {
    let reason = "Invalid Condition: content-length-range takes two integers.";
    if [min, max]
        .iter()
        .any(|bound| bound.is_array() || bound.is_object())
    {
        return invalid(reason, "0006-00000223");
    }
    match (min.as_u64(), max.as_u64()) {
        (Some(min), Some(max)) if min <= max => Ok(Condition::Length { min, max }),
        (Some(_), Some(_)) => invalid(
            "Invalid Condition: content-length-range ends before it begins.",
            "0006-00000219",
        ),
        _ => invalid(reason, "0006-00000221"),
    }
}

fn text(value: &Value) -> Result<String, Invalid> {
    match value {
        Value::String(text) => Ok(text.clone()),
        _ => invalid("Invalid Condition: not a string.", "0006-00000224"),
    }
}

fn texts(value: &Value) -> Result<Vec<String>, Invalid> {
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        _ => invalid("Invalid Condition: not a list of strings.", "0006-00000224"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(conditions: &str) -> Result<Policy, Invalid> {
        Policy::parse(&format!(
            r#"{{"expiration":"2026-01-15T02:03:04.000Z","conditions":[{conditions}]}}"#
        ))
    }

    fn check(condition: &str, form: &[(&str, &str)]) -> Result<Sizes, Violation> {
        let form = Query::from_pairs(form.iter().copied());
        let now = "2026-01-15T02:03:04Z".parse().unwrap();
        conditions(condition).unwrap().check("b", &form, now)
    }

    fn failed(condition: &str, form: &[(&str, &str)]) -> String {
        match check(condition, form) {
            Err(Violation::Condition(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn conditions_hold_or_are_named() {
        let form = [("key", "user/a"), ("Content-Type", "image/png")];
        for condition in [
            r#"{"bucket":"b"}"#,
            r#"["eq","$bucket","b"]"#,
            r#"["eq","key","user/a"]"#,
            r#"["starts-with","$key","user/"]"#,
            r#"["starts-with","$KEY",""]"#,
            r#"["in","$content-type",["image/jpg","image/png"]]"#,
            r#"["not-in","$Content-Type",["image/jpg"]]"#,
        ] {
            assert!(check(condition, &form).is_ok(), "{condition}");
        }
        for (condition, text) in [
            (r#"{"bucket":"x"}"#, r#"["eq", "$bucket", "x"]"#),
            (r#"["eq","key","user"]"#, r#"["eq", "$key", "user"]"#),
            (
                r#"["starts-with","$key","me/"]"#,
                r#"["starts-with", "$key", "me/"]"#,
            ),
            (
                r#"["in","$content-type",["a","b"]]"#,
                r#"["in", "$content-type", ["a", "b"]]"#,
            ),
            (
                r#"["not-in","$content-type",["image/png"]]"#,
                r#"["not-in", "$content-type", ["image/png"]]"#,
            ),
            (r#"["eq","$absent",""]"#, r#"["eq", "$absent", ""]"#),
            (
                r#"["starts-with","$absent",""]"#,
                r#"["starts-with", "$absent", ""]"#,
            ),
            (
                r#"["not-in","$absent",["a"]]"#,
                r#"["not-in", "$absent", ["a"]]"#,
            ),
        ] {
            assert_eq!(failed(condition, &form), text);
        }
    }

    #[test]
    fn of_repeated_fields_the_first_counts() {
        let form = [("key", "a"), ("KEY", "b")];
        assert!(check(r#"["eq","$key","a"]"#, &form).is_ok());
        assert!(check(r#"["eq","$key","b"]"#, &form).is_err());
    }

    #[test]
    fn ranges_narrow_each_other() {
        let two = r#"["content-length-range",1,10],["content-length-range",5,20]"#;
        assert_eq!(check(two, &[]), Ok(Sizes { min: 5, max: 10 }));
        assert_eq!(
            check("", &[]),
            Ok(Sizes {
                min: 0,
                max: u64::MAX
            })
        );
    }

    #[test]
    fn the_end_is_the_last_moment() {
        let policy = conditions("").unwrap();
        let at = |text: &str| policy.check("b", &Query::default(), text.parse().unwrap());
        assert!(at("2026-01-15T02:03:04Z").is_ok());
        assert_eq!(at("2026-01-15T02:03:04.001Z"), Err(Violation::Expired));
    }

    #[test]
    fn version_4_wants_its_fields_named() {
        let form = [
            ("x-oss-signature-version", "OSS4-HMAC-SHA256"),
            ("x-oss-credential", "c"),
            ("x-oss-date", "d"),
        ];
        let named = r#"{"x-oss-signature-version":"OSS4-HMAC-SHA256"},{"x-oss-credential":"c"}"#;
        let extra = Err(Violation::ExtraField("x-oss-date"));
        assert_eq!(check(named, &form), extra);
        let all = format!(r#"{named},["eq","$x-oss-date","d"]"#);
        assert!(check(&all, &form).is_ok());
        assert!(check("", &[("key", "k")]).is_ok());
    }

    #[test]
    fn every_mistake_has_its_own_fine_code() {
        let ec =
            |read: Result<Policy, Invalid>| read.unwrap_err().ec.unwrap_or("-")[5..].to_owned();
        for (text, expected) in [
            ("", "00000201"),
            ("[]", "00000201"),
            ("{}", "00000209"),
            (r#"{"conditions":[]}"#, "00000208"),
            (r#"{"expiration":"2026-01-15T02:03:04Z"}"#, "00000207"),
            (r#"{"expiration":123,"conditions":[]}"#, "00000210"),
            (r#"{"expiration":"","conditions":[]}"#, "00000211"),
            (
                r#"{"expiration":"2026-01-15 02:03:04","conditions":[]}"#,
                "00000212",
            ),
            (
                r#"{"expiration":"2026-01-15T02:03:04+08:00","conditions":[]}"#,
                "00000212",
            ),
            (
                r#"{"expiration":"2026-01-15T02:03:04Z","conditions":123}"#,
                "00000214",
            ),
        ] {
            assert_eq!(ec(Policy::parse(text)), expected, "{text}");
        }
        for (item, expected) in [
            (r#"["$key"]"#, "00000216"),
            ("[]", "00000216"),
            (r#"["starts-with","$key","a","b"]"#, "00000218"),
            (r#"["content-length-range",20,10]"#, "00000219"),
            (r#"["content-length-range",10,"test"]"#, "00000221"),
            (r#"["content-length-range",-1,5]"#, "00000221"),
            (r#"["content-length-range",[1],"test"]"#, "00000223"),
            ("123", "00000222"),
            (r#"["not-in","cache-control","no-cache"]"#, "00000224"),
            (r#"["eq","$key",1]"#, "00000224"),
        ] {
            assert_eq!(ec(conditions(item)), expected, "{item}");
        }
        assert_eq!(ec(Policy::read("*")), "00000201");
        assert_eq!(ec(Policy::read("/w==")), "00000201");
    }

    #[test]
    fn mistakes_are_worded_as_the_service_words_them() {
        let reason = |read: Result<Policy, Invalid>| read.unwrap_err().reason;
        for (text, expected) in [
            ("{expiration:1}", "Invalid JSON: unknown char e"),
            (r#"{"a":1 "b":2}"#, "Invalid JSON: , or } expected"),
            (r#"{"a":[1 2]}"#, "Invalid JSON: , or ] expected"),
            ("{\n  \"a\": é}", "Invalid JSON: unknown char é"),
            ("{", "Invalid JSON: unknown char {"),
            ("", "Invalid JSON: unexpected end"),
        ] {
            assert_eq!(reason(Policy::parse(text)), expected, "{text}");
        }
        let simple =
            "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.";
        assert_eq!(reason(conditions("{}")), simple);
        assert_eq!(reason(conditions(r#"{"a":"1","b":"2"}"#)), simple);
    }
}
