//! The trust policy that lets in just those who assumed a role.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::usage::{Conditions, Line};

/// What a trust policy can ask of who comes with a token or an assertion.
const OF_TOKENS: [&str; 4] = ["oidc:iss", "oidc:aud", "oidc:sub", "saml:recipient"];

/// The smallest trust policy that lets these assume a role. None where nobody did.
pub(crate) fn generate(assumed: &[Line]) -> Option<String> {
    let mut named = BTreeMap::<(&str, Conditions), BTreeSet<&str>>::new();
    for line in assumed
        .iter()
        .filter(|line| line.let_through && line.latest)
    {
        let kind = kind(&line.principal);
        let mut conditions = line.conditions.clone();
        conditions.retain(|key, _| kind == "Federated" && OF_TOKENS.contains(&key.as_str()));
        named
            .entry((kind, conditions))
            .or_default()
            .insert(&line.principal);
    }
    let statement = |((kind, conditions), principals): ((&str, Conditions), BTreeSet<&str>)| {
        let mut statement = json!({
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {kind: principals},
        });
        if !conditions.is_empty() {
            statement["Condition"] = json!({"StringEquals": conditions});
        }
        statement
    };
    let statements: Vec<Value> = named.into_iter().map(statement).collect();
    let nobody = statements.is_empty();
    let document = json!({"Version": "1", "Statement": statements});
    (!nobody).then(|| format!("{document:#}"))
}

/// The kind of principal that a trust policy lists it under.
fn kind(principal: &str) -> &'static str {
    match principal {
        arn if arn.contains(":oidc-provider/") || arn.contains(":saml-provider/") => "Federated",
        arn if arn.starts_with("acs:ram:") => "RAM",
        _ => "Service",
    }
}

#[cfg(test)]
mod tests {
    use policy::{Document, Grammar};

    use super::super::usage::Needs;
    use super::*;

    fn line(principal: &str, conditions: &[(&str, &str)]) -> Line {
        let pair = |(key, value): &(&str, &str)| ((*key).to_owned(), vec![(*value).to_owned()]);
        Line {
            principal: principal.to_owned(),
            action: "sts:AssumeRole".to_owned(),
            resource: "acs:ram:*:1:role/r".to_owned(),
            conditions: conditions.iter().map(pair).collect(),
            source_ip: "127.0.0.1".to_owned(),
            secure: false,
            verdict: "Allow".to_owned(),
            by: String::new(),
            let_through: true,
            latest: true,
            needs: Needs::Allow,
            count: 1,
            first: chrono::DateTime::UNIX_EPOCH,
            last: chrono::DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn everybody_who_came_is_named_and_nobody_else() {
        let token = [
            ("oidc:aud", "app"),
            ("oidc:sub", "me"),
            ("acs:SourceIp", "127.0.0.1"),
        ];
        let text = generate(&[
            line("acs:ram::1:user/ann", &[("acs:AccessId", "k")]),
            line("acs:ram::1:role/other", &[]),
            line("acs:ram::1:oidc-provider/p", &token),
        ]);
        let text = text.unwrap();
        let document = Document::parse(&text, Grammar::Trust).unwrap();
        let trusted: Vec<String> = document
            .statements()
            .iter()
            .flat_map(|s| s.trusted())
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            trusted,
            [
                "acs:ram::1:oidc-provider/p",
                "acs:ram::1:role/other",
                "acs:ram::1:user/ann"
            ]
        );
        let keys: Vec<_> = document
            .statements()
            .iter()
            .flat_map(|s| s.conditions())
            .map(|c| c.key())
            .collect();
        assert_eq!(keys, ["oidc:aud", "oidc:sub"]);
        let mut refused = line("acs:ram::1:user/eve", &[]);
        refused.let_through = false;
        assert_eq!(generate(&[refused]), None);
    }
}
