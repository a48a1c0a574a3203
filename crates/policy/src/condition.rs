//! Conditions: an operator, a key, and the values that are expected.

mod operator;

use crate::context::Context;
use crate::document::{Grammar, object, wanted};
use crate::error::{ParseError, shown};
use crate::json::Json;
use operator::{Expected, Operator};

/// One key under one operator. A statement's conditions must all hold, its values are alternatives (spec §4.2).
#[derive(Clone, Debug)]
pub struct Condition {
    operator: &'static Operator,
    key: Box<str>,
    written: Vec<String>,
    expected: Vec<Expected>,
    inert: bool,
}

/// The names of all operators, in the order of the documentation
/// (<https://www.alibabacloud.com/help/en/ram/conditional-operator>).
pub fn operators() -> impl Iterator<Item = &'static str> {
    operator::ALL.iter().map(|operator| operator.name)
}

impl Condition {
    /// The name of the operator.
    pub fn operator(&self) -> &'static str {
        self.operator.name
    }

    /// The key, as it was written.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The values, as they were written; numbers and booleans as text.
    pub fn values(&self) -> &[String] {
        &self.written
    }

    /// Is it one that the service takes and never evaluates?
    pub fn is_inert(&self) -> bool {
        self.inert
    }

    /// Does it hold?
    ///
    /// Any value that the request has for the key may agree with any that is expected. A negated operator holds
    /// exactly when none does: several values mean "equal to none", and a key that the request does not have
    /// is equal to none as well (spec §4.2, J).
    pub(crate) fn holds(&self, context: &Context) -> bool {
        if self.inert {
            return false;
        }
        let agrees = |actual: &str| {
            self.expected
                .iter()
                .any(|expected| self.operator.agrees(expected, actual))
        };
        context.values(&self.key).any(agrees) != self.operator.negated
    }

    pub(crate) fn read(json: Json, at: &str, grammar: Grammar) -> Result<Vec<Self>, ParseError> {
        let mut conditions = Vec::new();
        for (name, keys) in object(json, at)? {
            let Some(operator) = Operator::named(&name) else {
                let message = format!("has an unknown operator {}", shown(&name));
                return Err(ParseError::new(at, message));
            };
            let at = format!("{at}.{name}");
            let keys = object(keys, &at)?;
            if keys.is_empty() {
                return Err(ParseError::new(at, "has no condition key"));
            }
            for (key, values) in keys {
                if key.is_empty() {
                    return Err(ParseError::new(at, "has an empty condition key"));
                }
                conditions.push(Self::one(operator, key, values, &at, grammar)?);
            }
        }
        Ok(conditions)
    }

    fn one(
        operator: &'static Operator,
        key: String,
        values: Json,
        at: &str,
        grammar: Grammar,
    ) -> Result<Self, ParseError> {
        let at = format!("{at}[{}]", shown(&key));
        let written = scalars(values, &at)?;
        let read = |value: &String| {
            operator.read(value).ok_or_else(|| {
                let message = format!("must be {}, but is {}", operator.wants(), shown(value));
                ParseError::new(at.as_str(), message)
            })
        };
        Ok(Self {
            operator,
            expected: written.iter().map(read).collect::<Result<_, _>>()?,
            written,
            inert: unheard(&key, grammar),
            key: key.into(),
        })
    }
}

/// OSS takes `acs:PrincipalArn` in a bucket policy but does not evaluate it (spec §4.8, measured): a Deny under a
/// `StringNotEquals` on it stopped nobody. So no condition on it ever holds, negated or not, and its statement
/// never applies. For an Allow that is the safe reading as well.
fn unheard(key: &str, grammar: Grammar) -> bool {
    grammar == Grammar::Bucket && key.eq_ignore_ascii_case("acs:PrincipalArn")
}

/// One value or several; numbers and booleans stand for their text (spec §4.1, J).
fn scalars(json: Json, at: &str) -> Result<Vec<String>, ParseError> {
    let scalar = |json: Json| match json {
        Json::Text(text) | Json::Number(text) => Ok(text),
        Json::Bool(value) => Ok(value.to_string()),
        other => Err(wanted(at, "a string or a list of strings", &other)),
    };
    match json {
        Json::List(list) if list.is_empty() => Err(ParseError::new(at, "has no value")),
        Json::List(list) => list.into_iter().map(scalar).collect(),
        one => Ok(vec![scalar(one)?]),
    }
}
