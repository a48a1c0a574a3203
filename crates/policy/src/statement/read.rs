//! Reading a statement: the grammar, element by element (spec §2.5, §4.1, §4.8).

use std::collections::BTreeMap;

use super::{Actions, Effect, Principals, Statement};
use crate::condition::Condition;
use crate::document::{Grammar, known, object, text, texts, wanted};
use crate::error::{ParseError, shown};
use crate::json::Json;
use crate::pattern::Pattern;
use crate::principal::{Listed, Trusted};
use crate::resource::Resource;

type Elements = BTreeMap<String, Json>;

/// Every element of every dialect. Which of them a dialect has is said where the element is read.
const ELEMENTS: [&str; 8] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "Condition",
];

/// The kinds of principal of a trust policy.
const KINDS: [&str; 3] = ["RAM", "Service", "Federated"];

impl Statement {
    pub(crate) fn read(json: Json, at: &str, grammar: Grammar) -> Result<Self, ParseError> {
        let mut elements = object(json, at)?;
        known(&elements, &ELEMENTS, at)?;
        let statement = Self {
            sid: match elements.remove("Sid") {
                Some(sid) => Some(text(sid, &format!("{at}.Sid"))?.into()),
                None => None,
            },
            effect: effect(&mut elements, at)?,
            principals: principals(&mut elements, at, grammar)?,
            actions: actions(&mut elements, at)?,
            resources: resources(&mut elements, at, grammar)?,
            conditions: match elements.remove("Condition") {
                Some(json) => Condition::read(json, &format!("{at}.Condition"), grammar)?,
                None => Vec::new(),
            },
        };
        if grammar == Grammar::Bucket {
            network(&statement.conditions, at)?;
        }
        Ok(statement)
    }
}

fn effect(elements: &mut Elements, at: &str) -> Result<Effect, ParseError> {
    let Some(json) = elements.remove("Effect") else {
        return Err(ParseError::new(at, "has no Effect"));
    };
    let at = format!("{at}.Effect");
    match text(json, &at)?.as_str() {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        other => {
            let message = format!("must be Allow or Deny, but is {}", shown(other));
            Err(ParseError::new(at, message))
        }
    }
}

fn actions(elements: &mut Elements, at: &str) -> Result<Actions, ParseError> {
    let (json, name) = match (elements.remove("Action"), elements.remove("NotAction")) {
        (Some(json), None) => (json, "Action"),
        (None, Some(json)) => (json, "NotAction"),
        (None, None) => return Err(ParseError::new(at, "has neither Action nor NotAction")),
        (Some(_), Some(_)) => {
            return Err(ParseError::new(at, "has both Action and NotAction"));
        }
    };
    let written = several(json, &format!("{at}.{name}"), |action| {
        // `PutObject` without its service is a slip that would match nothing, for ever and in silence.
        match action.contains([':', '*']) {
            true => Ok(()),
            false => Err("must be <service>:<action> or contain a *"),
        }
    })?;
    Ok(Actions {
        patterns: written.iter().map(|text| Pattern::lower(text)).collect(),
        negated: name == "NotAction",
        written,
    })
}

fn resources(
    elements: &mut Elements,
    at: &str,
    grammar: Grammar,
) -> Result<Vec<Resource>, ParseError> {
    match (elements.remove("Resource"), grammar) {
        (None, Grammar::Trust) => Ok(Vec::new()),
        (Some(_), Grammar::Trust) => Err(ParseError::new(
            at,
            "has a Resource, which a trust policy must not have",
        )),
        (None, _) => Err(ParseError::new(at, "has no Resource")),
        (Some(json), _) => {
            let arn = |resource: &str| match resource.starts_with("acs:")
                || resource.starts_with(['*', '?'])
            {
                true => Ok(()),
                false => Err("must be * or begin with acs:"),
            };
            let written = several(json, &format!("{at}.Resource"), arn)?;
            Ok(written.iter().map(|text| Resource::new(text)).collect())
        }
    }
}

/// One or more strings, each of a certain form.
fn several(
    json: Json,
    at: &str,
    form: impl Fn(&str) -> Result<(), &'static str>,
) -> Result<Vec<String>, ParseError> {
    let values = texts(json, at)?;
    if values.is_empty() {
        return Err(ParseError::new(at, "is empty"));
    }
    for value in &values {
        if let Err(rule) = form(value) {
            let message = format!("{rule}, but is {}", shown(value));
            return Err(ParseError::new(at, message));
        }
    }
    Ok(values)
}

fn principals(
    elements: &mut Elements,
    at: &str,
    grammar: Grammar,
) -> Result<Principals, ParseError> {
    let (principal, not) = (
        elements.remove("Principal"),
        elements.remove("NotPrincipal"),
    );
    match (grammar, principal, not) {
        (Grammar::Identity | Grammar::Session, None, None) => Ok(Principals::Attached),
        (Grammar::Identity | Grammar::Session, ..) => {
            let rule = "names a principal, which only bucket and trust policies do";
            Err(ParseError::new(at, rule))
        }
        (Grammar::Trust, Some(json), None) => trusted(json, &format!("{at}.Principal")),
        (Grammar::Trust, _, Some(_)) => Err(ParseError::new(
            at,
            "has a NotPrincipal, which only bucket policies may have",
        )),
        (Grammar::Bucket, Some(json), None) => listed(json, &format!("{at}.Principal"), false),
        (Grammar::Bucket, None, Some(json)) => listed(json, &format!("{at}.NotPrincipal"), true),
        (Grammar::Bucket, Some(_), Some(_)) => {
            Err(ParseError::new(at, "has both Principal and NotPrincipal"))
        }
        // OSS takes a statement that names nobody (oss2's `test_bucket_policy`). Nothing says whom it means, so it
        // means nobody.
        (Grammar::Bucket, None, None) => Ok(Principals::Bucket {
            written: Vec::new(),
            listed: Vec::new(),
            negated: false,
        }),
        (Grammar::Trust, None, None) => Err(ParseError::new(at, "has no Principal")),
    }
}

fn trusted(json: Json, at: &str) -> Result<Principals, ParseError> {
    let mut kinds = object(json, at)?;
    known(&kinds, &KINDS, at)?;
    let mut trusted = Vec::new();
    for name in KINDS {
        let Some(json) = kinds.remove(name) else {
            continue;
        };
        let at = format!("{at}.{name}");
        let form = |value: &str| match value.is_empty() || value.contains(['*', '?']) {
            true => Err("must name one principal without wildcards"),
            false => Ok(()),
        };
        for value in several(json, &at, form)? {
            trusted.push(match name {
                "RAM" => Trusted::ram(&value, &at)?,
                "Service" => Trusted::Service { name: value.into() },
                _ => Trusted::Federated {
                    provider: value.into(),
                },
            });
        }
    }
    match trusted.is_empty() {
        true => Err(ParseError::new(
            at,
            "must have RAM, Service or Federated in it",
        )),
        false => Ok(Principals::Trust(trusted)),
    }
}

/// A list of strings, not the object of RAM. An empty `Principal` stands for everybody (`spec/oss.md` §9); an empty
/// `NotPrincipal` would stand for nobody left out and is refused as a likely slip (J).
fn listed(json: Json, at: &str, negated: bool) -> Result<Principals, ParseError> {
    if matches!(json, Json::Map(_)) {
        return Err(wanted(at, "a list of strings", &json));
    }
    let mut written = texts(json, at)?;
    if written.is_empty() && negated {
        return Err(ParseError::new(at, "is empty"));
    }
    if written.is_empty() {
        written.push("*".to_owned());
    }
    Ok(Principals::Bucket {
        listed: written.iter().map(|text| Listed::new(text)).collect(),
        written,
        negated,
    })
}

/// An address says nothing without its network: the same private range exists in every VPC. OSS refuses one without
/// the other, with this wording (spec §4.8;
/// <https://help.aliyun.com/en/oss/user-guide/bucket-policy/>).
fn network(conditions: &[Condition], at: &str) -> Result<(), ParseError> {
    let has = |key: &str| {
        conditions
            .iter()
            .any(|one| one.key().eq_ignore_ascii_case(key))
    };
    match has("acs:SourceIp") && !has("acs:SourceVpc") {
        true => Err(ParseError::new(
            format!("{at}.Condition"),
            "is refused: acs:SourceVpc should be set if acs:SourceIp is set",
        )),
        false => Ok(()),
    }
}
