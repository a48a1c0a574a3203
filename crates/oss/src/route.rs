//! How an operation looks on the wire, and which operation a request means.

use gateway::{Fault, Head, Op};
use http::{HeaderName, Method};

use crate::keywords::{self, Keyword};
use crate::{Name, Oss, fault, ops};

/// The methods that OSS knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the methods of HTTP")]
pub enum Verb {
    Get,
    Head,
    Put,
    Post,
    Delete,
    Options,
}

impl Verb {
    const COUNT: usize = Self::Options as usize + 1;

    fn of(method: &Method) -> Option<Self> {
        Some(match *method {
            Method::GET => Self::Get,
            Method::HEAD => Self::Head,
            Method::PUT => Self::Put,
            Method::POST => Self::Post,
            Method::DELETE => Self::Delete,
            Method::OPTIONS => Self::Options,
            _ => return None,
        })
    }
}

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Neither bucket nor key.
    Service,
    /// A bucket.
    Bucket,
    /// A bucket and a key.
    Object,
    /// A bucket, and a key that the form in the body names.
    Form,
}

impl Scope {
    const COUNT: usize = Self::Form as usize + 1;

    fn of(name: &Name, head: &Head) -> Self {
        match (&name.bucket, &name.key) {
            _ if head.form.is_some() => Self::Form,
            (None, _) => Self::Service,
            (Some(_), None) => Self::Bucket,
            (Some(_), Some(_)) => Self::Object,
        }
    }
}

/// A parameter that must be in the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// With any value.
    Has(&'static str),
    /// With this value.
    Is(&'static str, &'static str),
}

impl Need {
    fn met(self, head: &Head) -> bool {
        match self {
            Self::Has(name) => head.query.has(name),
            Self::Is(name, value) => head.query.first(name) == Some(value),
        }
    }
}

/// What becomes of a request to a bucket that does not exist, and who counts as its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucketless {
    /// `NoSuchBucket`.
    Refused,
    /// The operation creates the bucket, and is otherwise a request to it: `PutBucketAcl`.
    Creates,
    /// The permission is about a bucket of the caller's own, whoever owns one of that name: `PutBucket`.
    Claims,
}

/// How an operation looks on the wire: the columns of the service's table of operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub verb: Verb,
    /// What it is about.
    pub scope: Scope,
    /// The sub-resource keyword of the query; a request carries at most one.
    pub keyword: Option<&'static str>,
    /// Further parameters that must be there.
    pub query: &'static [Need],
    /// Parameters, and headers in lower case, that change what the operation does and that it implements. Others refuse
    /// them.
    pub takes: &'static [&'static str],
    /// A header that must be there, in lower case.
    pub header: Option<&'static str>,
    /// What a missing bucket means.
    pub bucketless: Bucketless,
}

impl Route {
    /// A row without keyword or requirements.
    pub const fn new(verb: Verb, scope: Scope) -> Self {
        Self {
            verb,
            scope,
            keyword: None,
            query: &[],
            header: None,
            takes: &[],
            bucketless: Bucketless::Refused,
        }
    }

    /// `GET`.
    pub const fn get(scope: Scope) -> Self {
        Self::new(Verb::Get, scope)
    }

    /// `HEAD`.
    pub const fn head(scope: Scope) -> Self {
        Self::new(Verb::Head, scope)
    }

    /// `PUT`.
    pub const fn put(scope: Scope) -> Self {
        Self::new(Verb::Put, scope)
    }

    /// `POST`.
    pub const fn post(scope: Scope) -> Self {
        Self::new(Verb::Post, scope)
    }

    /// `DELETE`.
    pub const fn delete(scope: Scope) -> Self {
        Self::new(Verb::Delete, scope)
    }

    /// With this sub-resource: `?acl`.
    pub const fn sub(mut self, keyword: &'static str) -> Self {
        self.keyword = Some(keyword);
        self
    }

    /// With these parameters.
    pub const fn needs(mut self, query: &'static [Need]) -> Self {
        self.query = query;
        self
    }

    /// With or without these parameters and headers.
    pub const fn takes(mut self, names: &'static [&'static str]) -> Self {
        self.takes = names;
        self
    }

    /// With this header.
    pub const fn with_header(mut self, name: &'static str) -> Self {
        self.header = Some(name);
        self
    }

    /// On a bucket that need not exist.
    pub const fn bucketless(mut self, bucketless: Bucketless) -> Self {
        self.bucketless = bucketless;
        self
    }

    fn same_place(&self, asked: &Asked) -> bool {
        self.verb == asked.verb
            && self.scope == asked.scope
            && self.keyword == asked.keyword.map(|k| k.name)
    }

    /// Whether a parameter is one of those that this row is about.
    pub(crate) fn names(&self, parameter: &str) -> bool {
        let needed = |need: &Need| match need {
            Need::Has(name) | Need::Is(name, _) => *name == parameter,
        };
        self.keyword == Some(parameter)
            || self.query.iter().any(needed)
            || self.takes.contains(&parameter)
    }

    /// How many requirements there are besides method, scope and keyword.
    fn weight(&self) -> usize {
        self.query.len() + usize::from(self.header.is_some())
    }
}

/// What decides about the operation, as read from a request.
#[derive(Debug, Clone, Copy)]
struct Asked {
    verb: Verb,
    scope: Scope,
    keyword: Option<&'static Keyword>,
}

/// The table of operations by method and scope, so that a request is held against the few rows of its place.
#[derive(Debug)]
pub(crate) struct Routes([[Place; Scope::COUNT]; Verb::COUNT]);

/// The operations of one method on one scope: those without a sub-resource, which are nearly all that is asked for, and
/// those with one.
type Place = [Vec<Row>; 2];

/// An operation, and the header that must be there, made ready to be looked for.
#[derive(Debug)]
struct Row {
    op: &'static Op<Oss>,
    header: Option<HeaderName>,
}

impl Row {
    fn new(op: &'static Op<Oss>) -> Self {
        let header = op.route.header.map(HeaderName::from_static);
        Self { op, header }
    }

    fn matches(&self, asked: &Asked, head: &Head) -> bool {
        let header = self.header.as_ref();
        self.op.route.same_place(asked)
            && self.op.route.query.iter().all(|need| need.met(head))
            && header.is_none_or(|name| head.headers.contains_key(name))
    }
}

impl Default for Routes {
    fn default() -> Self {
        let mut places: [[Place; Scope::COUNT]; Verb::COUNT] = Default::default();
        for op in ops::ALL {
            let place = &mut places[op.route.verb as usize][op.route.scope as usize];
            place[usize::from(op.route.keyword.is_some())].push(Row::new(op));
        }
        Self(places)
    }
}

impl Routes {
    fn at(&self, asked: &Asked) -> &[Row] {
        let place = &self.0[asked.verb as usize][asked.scope as usize];
        &place[usize::from(asked.keyword.is_some())]
    }

    /// The operation that a request means: the row with the most requirements of those that match. Everything that
    /// has no row is refused here, so that no request ever becomes another operation than the one it asked for.
    pub(crate) fn find(&self, head: &Head, name: &Name) -> Result<&'static Op<Oss>, Fault> {
        if head.bad_query.is_some() {
            return Err(fault::query_encoding());
        }
        let scope = Scope::of(name, head);
        let verb =
            Verb::of(&head.method).ok_or_else(|| fault::unknown_method(&head.method, scope))?;
        // A preflight has the query of the request that it asks for, which says nothing about itself.
        let preflight = verb == Verb::Options;
        let keyword = if preflight {
            None
        } else {
            keywords::only(head)?
        };
        let asked = Asked {
            verb,
            scope,
            keyword,
        };
        let rows = self.at(&asked).iter();
        let rows = rows.filter(|row| row.matches(&asked, head));
        let ops = rows.map(|row| row.op);
        let Some(op) = ops.max_by_key(|op| op.route.weight()) else {
            return Err(unknown(&asked, head));
        };
        if !preflight {
            keywords::refuse_unsupported(head, &op.route)?;
        }
        Ok(op)
    }
}

/// Why there is no row: OSS has such an operation and this emulator does not, or nobody has it.
fn unknown(asked: &Asked, head: &Head) -> Fault {
    let place = (asked.verb, asked.scope);
    match asked.keyword {
        Some(keyword) if keyword.uses.contains(&place) => fault::not_implemented(keyword.name),
        None if place == (Verb::Post, Scope::Bucket) => fault::form::not_multipart(),
        None if keywords::BARE.contains(&place) => fault::not_implemented(head.method.as_str()),
        _ => fault::method_not_allowed(&head.method, asked.scope),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keywords::may_be_in_signed_url;

    /// Whether one request could meet the requirements of both rows.
    fn could_both_match(a: &Route, b: &Route) -> bool {
        let contradicts = |x: &Need, y: &Need| match (x, y) {
            (Need::Is(n, v), Need::Is(m, w)) => n == m && v != w,
            _ => false,
        };
        a.verb == b.verb
            && a.scope == b.scope
            && a.keyword == b.keyword
            && !a
                .query
                .iter()
                .any(|x| b.query.iter().any(|y| contradicts(x, y)))
    }

    /// Whether `a` asks for everything that `b` asks for, and for more.
    fn is_stricter(a: &Route, b: &Route) -> bool {
        let implied = |need: &Need| {
            a.query.iter().any(|n| match (n, need) {
                (Need::Is(x, _), Need::Has(y)) => x == y,
                _ => n == need,
            })
        };
        b.query.iter().all(implied)
            && (b.header.is_none() || b.header == a.header)
            && a.weight() > b.weight()
    }

    /// Whoever holds a signed URL could add a keyword that the signature does not cover. That is harmless where the
    /// request without it needs the same permission, as with `list-type`.
    #[test]
    fn a_keyword_that_chooses_an_operation_is_signed_or_harmless() {
        let free = |op: &&Op<Oss>| op.route.keyword.is_some_and(|k| !may_be_in_signed_url(k));
        for op in ops::ALL {
            let Some(keyword) = op.route.keyword else {
                continue;
            };
            let same_without = ops::ALL.iter().any(|plain| {
                let same_place =
                    (plain.route.verb, plain.route.scope) == (op.route.verb, op.route.scope);
                plain.route.keyword.is_none() && same_place && plain.action == op.action
            });
            let signed = signature::oss_v1::is_always_signed(keyword);
            let allowed = signed || same_without;
            assert!(allowed || !may_be_in_signed_url(keyword), "{}", op.name);
        }
        assert!(
            ops::ALL.iter().any(|op| free(&op)),
            "there is one to refuse"
        );
    }

    #[test]
    fn the_table_is_unambiguous() {
        for (at, a) in ops::ALL.iter().enumerate() {
            for b in &ops::ALL[at + 1..] {
                if could_both_match(&a.route, &b.route) {
                    let ordered =
                        is_stricter(&a.route, &b.route) || is_stricter(&b.route, &a.route);
                    assert!(ordered, "{} and {} match the same request", a.name, b.name);
                }
            }
        }
    }

    #[test]
    fn every_row_uses_a_known_keyword_as_the_service_does() {
        for op in ops::ALL {
            let place = (op.route.verb, op.route.scope);
            let known = match op.route.keyword {
                Some(name) => keywords::find(name).is_some_and(|k| k.uses.contains(&place)),
                None => keywords::BARE.contains(&place),
            };
            assert!(known, "{}", op.name);
        }
    }
}
