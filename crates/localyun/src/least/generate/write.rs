//! Statements as documents that the service takes.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Condition, Statement};

/// The most characters of a document (spec/identity.md §3.2).
pub(super) const LIMIT: usize = 6144;

/// Ordered by resource and action, as few documents as in this order hold them all.
pub(super) fn documents(statements: Vec<Statement>) -> Vec<String> {
    let mut pieces: Vec<Statement> = statements.into_iter().flat_map(split).collect();
    pieces.sort_by(|a, b| a.key().cmp(&b.key()));
    let mut documents = Vec::new();
    let mut current: Vec<Statement> = Vec::new();
    for piece in pieces {
        current.push(piece);
        if length(&current) > LIMIT
            && let Some(over) = current.pop()
        {
            documents.push(text(&current));
            current = vec![over];
        }
    }
    if !current.is_empty() {
        documents.push(text(&current));
    }
    documents
}

/// Halves until they fit.
fn split(mut statement: Statement) -> Vec<Statement> {
    if length(std::slice::from_ref(&statement)) <= LIMIT {
        return vec![statement];
    }
    let mut other = statement.clone();
    let halved = halve(&mut statement.resources, &mut other.resources)
        || halve(
            &mut statement.condition.prefixes,
            &mut other.condition.prefixes,
        )
        || halve(&mut statement.actions, &mut other.actions);
    match halved {
        true => [split(statement), split(other)].concat(),
        // One action on one key: far from any limit.
        false => vec![statement],
    }
}

/// Gives the second half of `one` to `other`. Not possible with a single one.
fn halve(one: &mut BTreeSet<String>, other: &mut BTreeSet<String>) -> bool {
    let Some(middle) = one.iter().nth(one.len().div_ceil(2)).cloned() else {
        return false;
    };
    *other = one.split_off(&middle);
    true
}

fn length(statements: &[Statement]) -> usize {
    document(statements).to_string().chars().count()
}

/// With line breaks, unless it would not fit with them.
fn text(statements: &[Statement]) -> String {
    let document = document(statements);
    let pretty = format!("{document:#}");
    match pretty.chars().count() <= LIMIT {
        true => pretty,
        false => document.to_string(),
    }
}

fn document(statements: &[Statement]) -> Value {
    let statements: Vec<Value> = statements.iter().map(Statement::json).collect();
    json!({"Version": "1", "Statement": statements})
}

impl Statement {
    fn key(&self) -> impl Ord {
        (&self.resources, &self.actions, &self.condition)
    }

    fn json(&self) -> Value {
        let mut json = json!({
            "Effect": "Allow",
            "Action": one_or_many(&self.actions),
            "Resource": one_or_many(&self.resources),
        });
        let condition = self.condition.json();
        if !condition.is_empty() {
            json["Condition"] = condition.into();
        }
        json
    }
}

impl Condition {
    fn json(&self) -> Map<String, Value> {
        let mut operators = Map::new();
        let mut equals = Map::new();
        if !self.prefixes.is_empty() {
            let prefixes = one_or_many(&self.prefixes);
            match self.like {
                true => {
                    _ = operators.insert("StringLike".to_owned(), json!({"oss:Prefix": prefixes}))
                }
                false => _ = equals.insert("oss:Prefix".to_owned(), prefixes),
            }
        }
        if let Some(delimiter) = &self.delimiter {
            equals.insert("oss:Delimiter".to_owned(), json!(delimiter));
        }
        if !equals.is_empty() {
            operators.insert("StringEquals".to_owned(), equals.into());
        }
        operators
    }
}

fn one_or_many(values: &BTreeSet<String>) -> Value {
    match values.first() {
        Some(one) if values.len() == 1 => json!(one),
        _ => json!(values),
    }
}
