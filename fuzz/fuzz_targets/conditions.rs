//! One condition of any operator, key and values, held against any values of a request: reading never panics, case of the
//! key changes nothing, and an operator and its negation never agree.
//!
//! The input is text: the operator, the key, the expected values and the actual ones, a line each; values are apart by tabs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policy::{Attached, Context, Document, Grammar, PolicyType, Principal, Question, Request};
use serde_json::json;

const OPPOSITES: [(&str, &str); 6] = [
    ("StringEquals", "StringNotEquals"),
    ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    ("StringLike", "StringNotLike"),
    ("NumericEquals", "NumericNotEquals"),
    ("DateEquals", "DateNotEquals"),
    ("IpAddress", "NotIpAddress"),
];

fuzz_target!(|text: &str| {
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (operator, key, expected, actual) = (line(), line(), line(), line());
    let expected: Vec<&str> = expected.split('\t').collect();
    let actual: Vec<&str> = actual.split('\t').filter(|value| !value.is_empty()).collect();
    let Some(holds) = holds(operator, key, &expected, key, &actual) else {
        return;
    };
    let upper = key.to_ascii_uppercase();
    assert_eq!(self::holds(operator, key, &expected, &upper, &actual), Some(holds));
    for (one, other) in OPPOSITES {
        let opposite = match operator {
            name if name == one => other,
            name if name == other => one,
            _ => continue,
        };
        assert_eq!(self::holds(opposite, key, &expected, key, &actual), Some(!holds));
    }
});

/// Whether the statement with the condition applies; `None` where it cannot be read.
fn holds(operator: &str, key: &str, expected: &[&str], named: &str, actual: &[&str]) -> Option<bool> {
    let condition = json!({operator: {key: expected}});
    let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition});
    let text = json!({"Version": "1", "Statement": [statement]}).to_string();
    let document = Document::parse(&text, Grammar::Identity).ok()?;
    let attached = [Attached::new("fuzz", PolicyType::Custom, document)];
    let principal = Principal::User {
        account: "1".into(),
        id: "2".into(),
        name: "alice".into(),
    };
    let mut context = Context::new();
    for value in actual {
        context.insert(named, *value);
    }
    let request = Request {
        principal: &principal,
        action: "oss:GetObject",
        resource: "acs:oss:*:1:bucket/key",
        context: &context,
    };
    let question = Question::of(&attached, Some("1"));
    Some(policy::decide(&question, &request, &mut ()).is_allow())
}
