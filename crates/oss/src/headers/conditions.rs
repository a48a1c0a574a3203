//! Conditional requests (§7.2, §6.6): If-Match and its kin, for reads and for copy sources.
//!
//! Precedence follows RFC 9110 §13.2.2: `If-Match` over `If-Unmodified-Since`, `If-None-Match` over
//! `If-Modified-Since`. A date that cannot be read does not count.

use gateway::{Fault, Head};
use http::HeaderName;
use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};

use crate::fault;
use crate::rows::Object;
use crate::time;

/// The headers that carry the conditions.
#[derive(Debug)]
pub(crate) struct Conditions {
    if_match: Condition,
    if_none_match: HeaderName,
    if_modified_since: HeaderName,
    if_unmodified_since: Condition,
}

/// A header, and what a refusal calls it.
#[derive(Debug)]
struct Condition {
    header: HeaderName,
    shown: &'static str,
}

/// Those of a read.
pub(crate) const READ: Conditions = Conditions {
    if_match: Condition {
        header: IF_MATCH,
        shown: "If-Match",
    },
    if_none_match: IF_NONE_MATCH,
    if_modified_since: IF_MODIFIED_SINCE,
    if_unmodified_since: Condition {
        header: IF_UNMODIFIED_SINCE,
        shown: "If-Unmodified-Since",
    },
};

/// Those on the source of a copy.
pub(crate) const COPY_SOURCE: Conditions = Conditions {
    if_match: Condition {
        header: HeaderName::from_static("x-oss-copy-source-if-match"),
        shown: "x-oss-copy-source-if-match",
    },
    if_none_match: HeaderName::from_static("x-oss-copy-source-if-none-match"),
    if_modified_since: HeaderName::from_static("x-oss-copy-source-if-modified-since"),
    if_unmodified_since: Condition {
        header: HeaderName::from_static("x-oss-copy-source-if-unmodified-since"),
        shown: "x-oss-copy-source-if-unmodified-since",
    },
};

/// What the conditions say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Go on.
    Proceed,
    /// 304.
    NotModified,
}

impl Conditions {
    /// Holds the conditions of a request against an object.
    ///
    /// Errors: `PreconditionFailed`, which names the header.
    pub(crate) fn check(&self, head: &Head, object: &Object) -> Result<Outcome, Fault> {
        if !head.rare.selects && !head.rare.oss {
            return Ok(Outcome::Proceed);
        }
        let modified = object.modified.div_euclid(1000);
        let value = |name: &HeaderName| head.headers.get(name).and_then(|v| v.to_str().ok());
        let since = |name| value(name).and_then(time::parse_http_date);
        let (tagged, dated) = (&self.if_match, &self.if_unmodified_since);
        if let Some(tags) = value(&tagged.header) {
            if !names(tags, object) {
                return Err(fault::precondition_failed(tagged.shown));
            }
        } else if since(&dated.header).is_some_and(|at| modified > at) {
            return Err(fault::precondition_failed(dated.shown));
        }
        let unchanged = match value(&self.if_none_match) {
            Some(tags) => names(tags, object),
            None => since(&self.if_modified_since).is_some_and(|at| modified <= at),
        };
        Ok(match unchanged {
            true => Outcome::NotModified,
            false => Outcome::Proceed,
        })
    }
}

/// Whether a list of ETags, quoted or not, has the object's, or is `*`.
fn names(tags: &str, object: &Object) -> bool {
    let own = object.etag();
    let own = own.trim_matches('"');
    tags.split(',').map(str::trim).any(|tag| {
        let tag = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
        tag == "*" || tag.eq_ignore_ascii_case(own)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{BodyAt, Etag, Extras, Metadata, ObjectAcl, ObjectType, StorageClass};

    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const AT: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";
    const TAG: &str = "\"ABABABABABABABABABABABABABABABAB\"";

    fn check(headers: &[(&str, &str)]) -> Result<Outcome, &'static str> {
        let object = Object {
            size: 0,
            etag: Etag::Md5([0xAB; 16]),
            crc64: None,
            modified: 784_111_777_999,
            kind: ObjectType::Normal,
            storage_class: StorageClass::Standard,
            acl: ObjectAcl::Default,
            metadata: Metadata::default(),
            extras: Extras::default(),
            body: BodyAt::Empty,
        };
        let mut request = http::Request::get("/k");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let head = Head::new(parts, [127, 0, 0, 1].into(), false, &[]);
        READ.check(&head, &object).map_err(|fault| fault.code())
    }

    #[test]
    fn each_condition() {
        let (go, same, failed) = (
            Ok(Outcome::Proceed),
            Ok(Outcome::NotModified),
            Err("PreconditionFailed"),
        );
        assert_eq!(check(&[]), go);
        assert_eq!(check(&[("if-match", TAG)]), go);
        assert_eq!(check(&[("if-match", TAG.trim_matches('"'))]), go);
        assert_eq!(check(&[("if-match", "*")]), go);
        assert_eq!(check(&[("if-match", "\"x\"")]), failed);
        assert_eq!(check(&[("if-none-match", TAG)]), same);
        assert_eq!(check(&[("if-none-match", "\"x\", \"y\"")]), go);
        assert_eq!(check(&[("if-modified-since", BEFORE)]), go);
        assert_eq!(check(&[("if-modified-since", AT)]), same);
        assert_eq!(check(&[("if-modified-since", AFTER)]), same);
        assert_eq!(check(&[("if-modified-since", "soon")]), go);
        assert_eq!(check(&[("if-unmodified-since", BEFORE)]), failed);
        assert_eq!(check(&[("if-unmodified-since", AT)]), go);
        assert_eq!(check(&[("if-unmodified-since", "soon")]), go);
    }

    #[test]
    fn tags_win_over_dates() {
        let both = [("if-match", TAG), ("if-unmodified-since", BEFORE)];
        assert_eq!(check(&both), Ok(Outcome::Proceed));
        let both = [("if-none-match", "\"x\""), ("if-modified-since", AFTER)];
        assert_eq!(check(&both), Ok(Outcome::Proceed));
        let both = [("if-match", TAG), ("if-none-match", TAG)];
        assert_eq!(check(&both), Ok(Outcome::NotModified));
    }
}
