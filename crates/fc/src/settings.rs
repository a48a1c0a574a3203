//! The settings of a resource: which fields its body may have, what each may say, and what is there when nothing is
//! said. A table for each kind of resource and generation says that ([`Schema`]); this reads bodies by it.

mod asynchronous;
mod check;
mod cross;
mod function;
mod limit;
mod program;
mod provision;
mod service;

use gateway::Fault;
use serde_json::{Map, Value, json};

use crate::fault;

pub(crate) use asynchronous::asynchronous;
pub(crate) use function::{new_function, update_function};
pub(crate) use limit::{RESTRICTION, limit};
pub(crate) use provision::provision;
pub(crate) use service::SERVICE;

/// A body, or the settings in a row.
pub(crate) type Fields = Map<String, Value>;

/// The fields of one kind of resource.
pub(crate) type Schema = &'static [Field];

/// A field.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) default: Default,
}

/// What a field may say.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Text of up to this many characters.
    Text(usize),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A whole number between these, both included, and a multiple of the third.
    Whole(u64, u64, u64),
    /// A number between these hundredths, both included, and a multiple of the third.
    Hundredths(u64, u64, u64),
    /// True or false.
    Switch,
    /// An object that is kept as it is.
    Object,
    /// A list that is kept as it is, with up to this many items.
    List(usize),
    /// `acs:ram::<uid>:role/<name>`, or empty.
    Role,
    /// Names and values of variables (spec/fc.md §1.9).
    Environment,
    /// What runs when an instance begins and ends.
    Lifecycle,
    /// How the program of a custom runtime is started.
    Program,
    /// What its server is asked to see whether it is healthy.
    HealthCheck,
}

/// What is there when nothing is said.
#[derive(Debug)]
pub(crate) enum Default {
    /// The field has to be given.
    Required,
    /// Nothing.
    Absent,
    Text(&'static str),
    Number(u64),
    Switch(bool),
    /// `{}`
    Empty,
}

impl Field {
    const fn new(name: &'static str, kind: Kind, default: Default) -> Self {
        Self {
            name,
            kind,
            default,
        }
    }
}

/// The settings of a new resource: what the body says, and the defaults.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn create(schema: Schema, body: Fields) -> Result<Fields, Fault> {
    let mut settings = read(schema, body)?;
    for field in schema {
        if settings.contains_key(field.name) {
            continue;
        }
        let value = match field.default {
            Default::Required => return Err(fault::missing_field(field.name)),
            Default::Absent => continue,
            Default::Text(text) => json!(text),
            Default::Number(number) => json!(number),
            Default::Switch(on) => json!(on),
            Default::Empty => json!({}),
        };
        settings.insert(field.name.to_owned(), value);
    }
    Ok(settings)
}

/// Puts what the body says in the place of what was said before.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn update(schema: Schema, settings: &mut Fields, body: Fields) -> Result<(), Fault> {
    settings.extend(read(schema, body)?);
    Ok(())
}

/// The fields that are given. A null is as good as nothing.
fn read(schema: Schema, body: Fields) -> Result<Fields, Fault> {
    let mut settings = Fields::new();
    for (name, value) in body {
        let field = schema.iter().find(|field| field.name == name);
        let field = field.ok_or_else(|| fault::unknown_field(&name))?;
        if !value.is_null() {
            settings.insert(name, check::check(field, value)?);
        }
    }
    Ok(settings)
}

/// Takes a text out of a body.
///
/// # Errors
///
/// `InvalidArgument` if it is there and no text.
pub(crate) fn take_text(body: &mut Fields, name: &'static str) -> Result<Option<String>, Fault> {
    match body.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(fault::invalid_argument(format!(
            "'{name}' must be a string"
        ))),
    }
}
