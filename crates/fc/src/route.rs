//! Which operation a request means.

use std::collections::HashMap;

use gateway::{Fault, Head, Op, region};
use http::Method;
use percent_encoding::percent_decode_str;

use crate::web::Visit;
use crate::{Fc, Generation, fault, unemulated};

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
    /// The parameters of the query; `*` at an end stands for anything. Others are refused.
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
    /// Set for a request over HTTP to a function.
    pub(crate) visit: Option<Box<Visit>>,
}

/// The name of the parameter and of the part of the path.
const QUALIFIER: &str = "qualifier";

/// The parameter that the core of the older SDKs adds to every request. Where it goes to decides.
const REGION: &str = "RegionId";

impl Route {
    /// Reads a path, which is without its version. `None` if it is another one.
    fn read(&self, generation: Generation, rest: &str) -> Option<Name> {
        let here = self.doors.contains(&generation);
        here.then(|| read(self.path, generation, rest))?
    }

    /// Whether the query may have a parameter.
    fn takes(&self, name: &str) -> bool {
        let fits = |known: &&str| match known.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => *known == name,
        };
        self.query.iter().any(fits)
    }

    /// How many parts of the path are fixed: of two paths that fit, the one with more is meant.
    fn fixed(&self) -> usize {
        self.path.split('/').filter(|p| !p.starts_with('{')).count()
    }
}

/// Reads a path, which is without its version. `None` if it is another one than `path`.
pub(crate) fn read(path: &'static str, generation: Generation, rest: &str) -> Option<Name> {
    let mut name = Name {
        generation,
        names: HashMap::new(),
        qualifier: None,
        visit: None,
    };
    let mut parts = rest.split('/');
    for wanted in path.split('/') {
        let given = parts.next()?;
        match wanted.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
            Some(what) => name.put(what, given)?,
            None if wanted == given => {}
            None => return None,
        }
    }
    parts.next().is_none().then_some(name)
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
    let Some((op, mut name)) = fitting.max_by_key(|(op, _)| op.route.fixed()) else {
        return Err(match unemulated::find(head, generation, rest) {
            Some(op) => fault::not_emulated(op, head.method.as_str(), &head.path),
            None => unknown(),
        });
    };
    for pair in head.query.iter() {
        if op.route.takes(pair.name) {
            continue;
        }
        if pair.name != REGION {
            return Err(fault::unknown_parameter(pair.name, op.name));
        }
        let here = head.endpoint.region.as_deref().unwrap_or(region::DEFAULT);
        if pair.value != here {
            return Err(fault::another_region(pair.value, here));
        }
    }
    let given = head.query.first(QUALIFIER).filter(|q| !q.is_empty());
    if let Some(qualifier) = given {
        name.qualifier = Some(qualifier.to_owned());
    }
    Ok((op, name))
}

/// The name of a parameter without the number that some SDKs give to each item of a list: `instanceIds.1`.
pub(crate) fn list_name(name: &str) -> &str {
    match name.split_once('.') {
        Some((list, number)) if number.parse::<u32>().is_ok() => list,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(generation: Generation, path: &'static str, given: &str) -> Option<Name> {
        let route = Route {
            method: Method::GET,
            doors: Generation::WITH_SERVICES,
            path,
            resource: "",
            query: &[],
        };
        route.read(generation, given)
    }

    /// Whether some path could be meant by both.
    fn meet(a: &str, b: &str) -> bool {
        let (a, b): (Vec<_>, Vec<_>) = (a.split('/').collect(), b.split('/').collect());
        let same = |(a, b): (&&str, &&str)| a == b || a.starts_with('{') || b.starts_with('{');
        a.len() == b.len() && a.iter().zip(&b).all(same)
    }

    #[test]
    fn no_request_means_two_operations() {
        for (at, a) in Fc::OPS.iter().enumerate() {
            for b in &Fc::OPS[at + 1..] {
                let (x, y) = (&a.route, &b.route);
                let doors = x.doors.iter().any(|door| y.doors.contains(door));
                if doors && x.method == y.method && meet(x.path, y.path) {
                    assert_ne!(x.fixed(), y.fixed(), "{} and {}", a.name, b.name);
                }
            }
        }
    }

    #[test]
    fn every_name_of_a_resource_is_in_the_path_or_the_body() {
        for op in Fc::OPS {
            let route = &op.route;
            let resource = route.resource.replace("{.qualifier}", "");
            let resource = resource.replace("{/qualifier}", "");
            for part in resource.split('/').filter(|part| part.starts_with('{')) {
                assert!(route.path.contains(part), "{}: {part}", op.name);
            }
        }
    }

    #[test]
    fn a_service_of_the_oldest_generation_brings_its_qualifier() {
        let path = "services/{serviceName}/functions";
        let old = name(Generation::V2016, path, "services/svc.prod/functions").unwrap();
        assert_eq!(old.names["serviceName"], "svc");
        assert_eq!(old.qualifier.as_deref(), Some("prod"));
        let new = name(Generation::V2021, path, "services/svc.prod/functions").unwrap();
        assert_eq!(new.names["serviceName"], "svc.prod");
        assert!(name(Generation::V2023, path, "services/svc/functions").is_none());
    }

    #[test]
    fn paths_fit_whole() {
        let path = "services/{serviceName}";
        for other in [
            "services",
            "services/",
            "services/a/b",
            "service/a",
            "services/%FF",
        ] {
            assert!(name(Generation::V2021, path, other).is_none(), "{other}");
        }
        let decoded = name(Generation::V2021, path, "services/a%2Fb").unwrap();
        assert_eq!(decoded.names["serviceName"], "a/b");
    }

    proptest! {
        #[test]
        fn any_path_is_read_or_refused(path in "(/2016-08-15|/2023-03-30)?[/a-z.%0-9]{0,30}") {
            if let Some((generation, rest)) = Generation::split(&path) {
                for op in Fc::OPS {
                    let _ = op.route.read(generation, rest);
                }
            }
        }
    }
}
