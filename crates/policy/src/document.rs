//! A policy, ready to be evaluated.

use std::collections::BTreeMap;

use crate::error::{ParseError, shown};
use crate::json::Json;
use crate::sieve::Sieve;
use crate::statement::Statement;

/// Which of the dialects a document is written in (spec §4.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Grammar {
    /// Policies of users, groups and roles, and control policies: no `Principal`.
    Identity,
    /// A session policy: as above.
    Session,
    /// A trust policy: `Principal` is an object, and there is no `Resource` (spec §2.5).
    Trust,
    /// A bucket policy: `Principal` is a list of strings (spec §4.8).
    Bucket,
}

/// A policy whose grammar was checked and whose patterns and conditions are prepared.
#[derive(Clone, Debug)]
pub struct Document {
    statements: Vec<Statement>,
    /// One for each statement, next to each other: a decision runs over these and goes into few statements.
    sieves: Vec<Sieve>,
}

/// No policy comes near this: the largest limit of the services is 16 KiB. It keeps a careless caller that has no
/// limit of its own from spending memory on a text that nobody would accept.
const LONGEST: usize = 1 << 20;

impl Document {
    /// Checks a text against a grammar and prepares it.
    ///
    /// `Version` is `"1"` and nothing else, `Statement` is a list with something in it, and every element is known:
    /// `Id` and `Sid` are not in the grammar but harmless and in use, so they pass (spec §4.1, J).
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, in the order of the document's grammar.
    pub fn parse(text: &str, grammar: Grammar) -> Result<Self, ParseError> {
        if text.len() > LONGEST {
            let message = format!("is longer than {LONGEST} bytes");
            return Err(ParseError::new("", message));
        }
        let json = serde_json::from_str(text)
            .map_err(|error| ParseError::new("", format!("is not valid JSON: {error}")))?;
        let mut elements = object(json, "")?;
        known(&elements, &["Version", "Statement", "Id"], "")?;
        version(elements.remove("Version").as_ref())?;
        let list = match elements.remove("Statement") {
            Some(Json::List(list)) => list,
            Some(other) => return Err(wanted("Statement", "a list of statements", &other)),
            None => return Err(ParseError::new("", "has no Statement")),
        };
        if let Some(id) = elements.remove("Id") {
            self::text(id, "Id")?;
        }
        if list.is_empty() {
            return Err(ParseError::new("Statement", "is empty"));
        }
        let statements: Vec<Statement> = list
            .into_iter()
            .enumerate()
            .map(|(index, json)| Statement::read(json, &format!("Statement[{index}]"), grammar))
            .collect::<Result<_, _>>()?;
        let sieves = statements.iter().map(Statement::sieve).collect();
        Ok(Self { statements, sieves })
    }

    /// The statements, in the order in which they were written.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The same without the effect of one statement; the others keep their positions.
    pub(crate) fn without(&self, index: usize) -> Self {
        let mut rest = self.clone();
        if let Some(statement) = rest.statements.get_mut(index) {
            statement.silence();
            let sieve = statement.sieve();
            rest.sieves
                .get_mut(index)
                .into_iter()
                .for_each(|old| *old = sieve);
        }
        rest
    }

    pub(crate) fn sieved(&self) -> impl Iterator<Item = (Sieve, &Statement)> {
        self.sieves.iter().copied().zip(&self.statements)
    }
}

fn version(value: Option<&Json>) -> Result<(), ParseError> {
    match value {
        Some(Json::Text(version)) if version == "1" => Ok(()),
        Some(Json::Text(other)) => {
            let message = format!("must be \"1\", but is {}", shown(other));
            Err(ParseError::new("Version", message))
        }
        Some(other) => Err(wanted("Version", "the string \"1\"", other)),
        None => Err(ParseError::new("", "has no Version")),
    }
}

/// The elements of an object.
pub(crate) fn object(json: Json, at: &str) -> Result<BTreeMap<String, Json>, ParseError> {
    match json {
        Json::Map(elements) => Ok(elements),
        other => Err(wanted(at, "an object", &other)),
    }
}

/// A single string.
pub(crate) fn text(json: Json, at: &str) -> Result<String, ParseError> {
    match json {
        Json::Text(text) => Ok(text),
        other => Err(wanted(at, "a string", &other)),
    }
}

/// A string or a list of them: one value and a list of one mean the same (spec §4.1).
pub(crate) fn texts(json: Json, at: &str) -> Result<Vec<String>, ParseError> {
    match json {
        Json::Text(text) => Ok(vec![text]),
        Json::List(list) => list
            .into_iter()
            .enumerate()
            .map(|(index, json)| text(json, &format!("{at}[{index}]")))
            .collect(),
        other => Err(wanted(at, "a string or a list of strings", &other)),
    }
}

/// Refuses an element that nobody would read: a `NotResource` that is passed over grants too much. This comes before
/// the elements are read, because a misspelt one is a better complaint than the one that is missing for it.
pub(crate) fn known(
    elements: &BTreeMap<String, Json>,
    names: &[&str],
    at: &str,
) -> Result<(), ParseError> {
    let strange = elements
        .keys()
        .find(|element| !names.contains(&element.as_str()));
    match strange {
        None => Ok(()),
        Some(element) => {
            let message = format!("has an unknown element {}", shown(element));
            Err(ParseError::new(at, message))
        }
    }
}

pub(crate) fn wanted(at: &str, what: &str, found: &Json) -> ParseError {
    ParseError::new(at, format!("must be {what}, but is {}", found.kind()))
}
