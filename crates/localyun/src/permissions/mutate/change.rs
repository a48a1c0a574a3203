//! The changes to a policy that somebody could make by mistake.

use serde_json::{Map, Value, json};

/// One change.
#[derive(Debug)]
pub(crate) struct Change {
    /// The statement.
    pub(crate) statement: usize,
    /// What was done to it.
    pub(crate) what: String,
    /// Whether the statement speaks about more or less than before.
    pub(crate) direction: Direction,
    /// The policy afterwards; none if nothing is left.
    pub(crate) document: Option<Value>,
}

/// What a change does to the reach of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Nothing is left.
    Gone,
    /// Less.
    Narrower,
    /// More.
    Wider,
    /// Everything, in the place of what this element had.
    Everything(&'static str),
    /// It says the opposite.
    Turned,
}

/// A statement after a change, with what was done.
struct Variant(Direction, String, Map<String, Value>);

/// Every change to every statement, the removal of a statement before the others to it.
pub(crate) fn changes(document: &Value) -> Vec<Change> {
    let statements = document["Statement"].as_array();
    let statements = statements.map(Vec::as_slice).unwrap_or_default();
    let mut all = Vec::new();
    for (index, statement) in statements.iter().enumerate() {
        all.push(Change {
            statement: index,
            what: "left out".to_owned(),
            direction: Direction::Gone,
            document: without(document, index),
        });
        let Some(statement) = statement.as_object() else {
            continue;
        };
        all.extend(
            variants(statement)
                .into_iter()
                .map(|Variant(direction, what, changed)| {
                    let mut document = document.clone();
                    document["Statement"][index] = Value::Object(changed);
                    Change {
                        statement: index,
                        what,
                        direction,
                        document: Some(document),
                    }
                }),
        );
    }
    all
}

fn without(document: &Value, index: usize) -> Option<Value> {
    let mut document = document.clone();
    let statements = document["Statement"].as_array_mut()?;
    statements.remove(index);
    (!statements.is_empty()).then_some(document)
}

fn variants(statement: &Map<String, Value>) -> Vec<Variant> {
    let mut all = vec![turned(statement)];
    for name in ["Action", "Resource", "Principal"] {
        all.extend(fewer(statement, name, Direction::Narrower));
        all.extend(widened(statement, name));
    }
    for name in ["NotAction", "NotPrincipal"] {
        all.extend(fewer(statement, name, Direction::Wider));
    }
    all.extend(unconditional(statement));
    all
}

fn turned(statement: &Map<String, Value>) -> Variant {
    let effect = match statement.get("Effect").and_then(Value::as_str) {
        Some("Allow") => "Deny",
        _ => "Allow",
    };
    Variant(
        Direction::Turned,
        format!("Effect is {effect}"),
        with(statement, "Effect", json!(effect)),
    )
}

fn with(statement: &Map<String, Value>, name: &str, value: Value) -> Map<String, Value> {
    let mut changed = statement.clone();
    changed.insert(name.to_owned(), value);
    changed
}

/// One value and a list of one mean the same.
fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list.clone(),
        one => vec![one.clone()],
    }
}

/// Without one of several values. Those of a trust policy stand under the kind of principal.
fn fewer(statement: &Map<String, Value>, name: &str, direction: Direction) -> Vec<Variant> {
    match statement.get(name) {
        Some(Value::Object(kinds)) => {
            let under = |(kind, values): (&String, &Value)| {
                let rests = rests(values).into_iter();
                let variant = |(gone, rest): (Value, Value)| {
                    let kinds = with(kinds, kind, rest);
                    let what = format!("{name} {kind} without {}", shown(&gone));
                    Variant(direction, what, with(statement, name, Value::Object(kinds)))
                };
                rests.map(variant).collect::<Vec<_>>()
            };
            kinds.iter().flat_map(under).collect()
        }
        Some(values) => {
            let variant = |(gone, rest)| {
                let what = format!("{name} without {}", shown(&gone));
                Variant(direction, what, with(statement, name, rest))
            };
            rests(values).into_iter().map(variant).collect()
        }
        None => Vec::new(),
    }
}

/// Each of several values, with the others.
fn rests(values: &Value) -> Vec<(Value, Value)> {
    let values = list(values);
    if values.len() < 2 {
        return Vec::new();
    }
    let rest = |index: usize, gone: &Value| {
        let mut rest = values.clone();
        rest.remove(index);
        (gone.clone(), Value::Array(rest))
    };
    values
        .iter()
        .enumerate()
        .map(|(index, gone)| rest(index, gone))
        .collect()
}

/// With everything in the place of something.
fn widened(statement: &Map<String, Value>, name: &'static str) -> Option<Variant> {
    let value = statement.get(name)?;
    let wide = match (name, value) {
        ("Principal", Value::Object(kinds)) => Value::Object(with(kinds, "RAM", roots(kinds)?)),
        ("Principal", _) => json!(["*"]),
        ("Action", _) => json!(whole_service(value)),
        _ => json!("*"),
    };
    if list(&wide) == list(value) {
        return None;
    }
    let shown = match &wide {
        Value::Object(kinds) => shown(&kinds["RAM"]),
        wide => shown(wide),
    };
    Some(Variant(
        Direction::Everything(name),
        format!("{name} widened to {shown}"),
        with(statement, name, wide),
    ))
}

/// The accounts of all users and roles that a trust policy names.
fn roots(kinds: &Map<String, Value>) -> Option<Value> {
    let named = list(kinds.get("RAM")?);
    let root = |arn: &Value| {
        let (account, _) = arn.as_str()?.rsplit_once(':')?;
        Some(json!(format!("{account}:root")))
    };
    let mut roots: Vec<_> = named.iter().filter_map(root).collect();
    roots.dedup();
    (roots != named).then_some(Value::Array(roots))
}

/// `oss:*` where all actions are of OSS: the slip that is the hardest to notice.
fn whole_service(actions: &Value) -> String {
    let actions = list(actions);
    let service = |action: &Value| {
        action
            .as_str()?
            .split_once(':')
            .map(|(service, _)| service.to_owned())
    };
    let mut services: Vec<_> = actions.iter().map(service).collect();
    services.dedup();
    match services.as_slice() {
        [Some(service)] => format!("{service}:*"),
        _ => "*".to_owned(),
    }
}

/// Without one of the conditions, and with one value fewer in one of them.
fn unconditional(statement: &Map<String, Value>) -> Vec<Variant> {
    let Some(Value::Object(conditions)) = statement.get("Condition") else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (operator, keys) in conditions {
        for (key, values) in keys.as_object().into_iter().flatten() {
            let place = format!("{operator} {key}");
            let gone = changed_condition(statement, conditions, (operator, key), None);
            all.push(Variant(
                Direction::Wider,
                format!("without the condition {place}"),
                gone,
            ));
            let negated = operator.contains("Not");
            let direction = if negated {
                Direction::Wider
            } else {
                Direction::Narrower
            };
            for (value, rest) in rests(values) {
                let changed = changed_condition(statement, conditions, (operator, key), Some(rest));
                let what = format!("{place} without {}", shown(&value));
                all.push(Variant(direction, what, changed));
            }
        }
    }
    all
}

fn changed_condition(
    statement: &Map<String, Value>,
    conditions: &Map<String, Value>,
    (operator, key): (&str, &str),
    values: Option<Value>,
) -> Map<String, Value> {
    let mut conditions = conditions.clone();
    let mut keys = conditions[operator]
        .as_object()
        .cloned()
        .unwrap_or_default();
    match values {
        Some(values) => drop(keys.insert(key.to_owned(), values)),
        None => drop(keys.shift_remove(key)),
    }
    match keys.is_empty() {
        true => drop(conditions.shift_remove(operator)),
        false => drop(conditions.insert(operator.to_owned(), Value::Object(keys))),
    }
    let mut changed = statement.clone();
    match conditions.is_empty() {
        true => drop(changed.shift_remove("Condition")),
        false => drop(changed.insert("Condition".to_owned(), Value::Object(conditions))),
    }
    changed
}

fn shown(value: &Value) -> String {
    let texts: Vec<_> = list(value)
        .iter()
        .map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned))
        .collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whats(statement: &Value) -> Vec<String> {
        let document = json!({ "Version": "1", "Statement": [statement] });
        changes(&document)
            .into_iter()
            .map(|change| change.what)
            .collect()
    }

    #[test]
    fn every_part_is_changed_once() {
        let statement = json!({
            "Effect": "Allow",
            "Action": ["oss:GetObject", "oss:PutObject"],
            "Resource": "acs:oss:*:*:photos/*",
            "Condition": { "IpAddress": { "acs:SourceIp": ["10.0.0.1", "10.0.0.2"] } },
        });
        let expected = [
            "left out",
            "Effect is Deny",
            "Action without oss:GetObject",
            "Action without oss:PutObject",
            "Action widened to oss:*",
            "Resource widened to *",
            "without the condition IpAddress acs:SourceIp",
            "IpAddress acs:SourceIp without 10.0.0.1",
            "IpAddress acs:SourceIp without 10.0.0.2",
        ];
        assert_eq!(whats(&statement), expected);
    }

    #[test]
    fn trust_policies_are_widened_to_accounts() {
        let user = "acs:ram::1:user/anna";
        let statement = json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "RAM": [user] } });
        let whats = whats(&statement);
        assert!(
            whats.contains(&"Principal widened to acs:ram::1:root".to_owned()),
            "{whats:?}"
        );
    }

    #[test]
    fn what_is_wide_already_stays() {
        let statement =
            json!({ "Effect": "Deny", "Action": "*", "Resource": ["*"], "Principal": ["*"] });
        assert_eq!(whats(&statement), ["left out", "Effect is Allow"]);
    }
}
