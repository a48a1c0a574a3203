//! Which operation a request means.

use std::collections::HashMap;

use gateway::{Fault, Head, Op};
use http::Method;
use percent_encoding::percent_decode_str;

use crate::{Fc, Generation, fault};

/// How an operation looks on the wire, and what it is aimed at.
#[derive(Debug)]
pub struct Route {
    /// The verb.
    pub method: Method,
    /// The versions of the API that have it under this path.
    pub doors: &'static [Generation],
    /// The path behind the version. A part in braces is a name.
    pub path: &'static str,
    /// The resource that policies see, behind the account: the names of the path are put in.
    pub resource: &'static str,
    /// The parameters of the query. Others are refused.
    pub query: &'static [&'static str],
}

/// What a request names.
#[derive(Debug)]
pub struct Name {
    /// Through which door it comes.
    pub generation: Generation,
    /// The parts of the path that are names.
    pub(crate) names: HashMap<&'static str, String>,
    /// The version or alias: of the path in 2016-08-15, of the query in the others.
    pub(crate) qualifier: Option<String>,
}

/// The name of the parameter and of the part of the path.
const QUALIFIER: &str = "qualifier";

impl Route {
    /// Reads a path, which is without its version. `None` if it is another one.
    fn read(&self, generation: Generation, rest: &str) -> Option<Name> {
        if !self.doors.contains(&generation) {
            return None;
        }
        let mut name = Name {
            generation,
            names: HashMap::new(),
            qualifier: None,
        };
        let mut parts = rest.split('/');
        for wanted in self.path.split('/') {
            let given = parts.next()?;
            match wanted.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
                Some(what) => name.put(what, given)?,
                None if wanted == given => {}
                None => return None,
            }
        }
        parts.next().is_none().then_some(name)
    }

    /// How many parts of the path are fixed: of two paths that fit, the one with more is meant.
    fn fixed(&self) -> usize {
        self.path.split('/').filter(|p| !p.starts_with('{')).count()
    }
}

impl Name {
    /// `None` if the text is empty or cannot be decoded. A service of 2016-08-15 brings its qualifier along.
    fn put(&mut self, what: &'static str, text: &str) -> Option<()> {
        let text = percent_decode_str(text).decode_utf8().ok()?;
        let text = match text.split_once('.') {
            Some((service, qualifier))
                if what == "serviceName" && self.generation == Generation::V2016 =>
            {
                self.qualifier = Some(qualifier.to_owned());
                service
            }
            _ => &text,
        };
        if text.is_empty() {
            return None;
        }
        self.names.insert(what, text.to_owned());
        Some(())
    }
}

/// The operation that a request means.
///
/// # Errors
///
/// `PathNotSupported`, `InvalidArgument` for a parameter that the operation does not have.
pub(crate) fn find(ops: &'static [Op<Fc>], head: &Head) -> Result<(&'static Op<Fc>, Name), Fault> {
    let unknown = || fault::path_not_supported(head.method.as_str(), &head.path);
    if let Some(bad) = &head.bad_query {
        return Err(fault::invalid_argument(bad.clone()));
    }
    let (generation, rest) = Generation::split(&head.path).ok_or_else(unknown)?;
    let fitting = ops.iter().filter(|op| op.route.method == head.method);
    let fitting = fitting.filter_map(|op| Some((op, op.route.read(generation, rest)?)));
    let (op, mut name) = fitting
        .max_by_key(|(op, _)| op.route.fixed())
        .ok_or_else(unknown)?;
    for pair in head.query.iter() {
        if !op.route.query.contains(&pair.name.as_str()) {
            return Err(fault::unknown_parameter(&pair.name, op.name));
        }
    }
    let given = head.query.first(QUALIFIER).filter(|q| !q.is_empty());
    if let Some(qualifier) = given {
        name.qualifier = Some(qualifier.to_owned());
    }
    Ok((op, name))
}
