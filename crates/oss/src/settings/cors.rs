//! The CORS rules of a bucket: which pages of other origins may use it (§9).

use serde::{Deserialize, Serialize};

use super::Setting;
use crate::rows::Kind;

/// A bucket's rules, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cors {
    pub(crate) rules: Vec<CorsRule>,
    /// Whether answers to requests with an origin say that they depend on it: `ResponseVary`.
    pub(crate) vary: bool,
}

impl Setting for Cors {
    const KIND: Kind = Kind::Cors;
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CorsRule {
    /// Origins, each with at most one `*`.
    pub(crate) origins: Vec<String>,
    /// Methods in upper case.
    pub(crate) methods: Vec<String>,
    /// Names of request headers, each with at most one `*`.
    pub(crate) headers: Vec<String>,
    /// Names of response headers that the page may read.
    pub(crate) exposed: Vec<String>,
    /// For how many seconds the answer to a preflight is good.
    pub(crate) max_age: Option<u32>,
}

/// What a page of another origin asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CorsQuestion<'a> {
    pub(crate) origin: &'a str,
    pub(crate) method: &'a str,
    /// `Access-Control-Request-Headers`: names with commas between them.
    pub(crate) headers: &'a str,
}

impl Cors {
    /// The first rule that allows it.
    pub(crate) fn allows(&self, question: CorsQuestion<'_>) -> Option<&CorsRule> {
        self.rules.iter().find(|rule| rule.allows(question))
    }
}

impl CorsRule {
    fn allows(&self, question: CorsQuestion<'_>) -> bool {
        let mut asked = question.headers.split(',').map(str::trim);
        self.origin(question.origin).is_some()
            && self.methods.iter().any(|method| method == question.method)
            && asked.all(|name| name.is_empty() || self.allows_header(name))
    }

    /// The origin as the answer names it: `*` where everybody is meant.
    pub(crate) fn origin<'a>(&'a self, origin: &'a str) -> Option<&'a str> {
        let matching = |pattern: &&String| matches(pattern, origin);
        let pattern = self.origins.iter().find(matching)?;
        Some(if pattern == "*" { "*" } else { origin })
    }

    fn allows_header(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let allows = |pattern: &String| matches(&pattern.to_ascii_lowercase(), &name);
        self.headers.iter().any(allows)
    }
}

/// Whether a text is what a pattern with at most one `*` says.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, behind)) => {
            let rest = text.strip_prefix(before);
            rest.is_some_and(|rest| rest.ends_with(behind))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(origins: &[&str], methods: &[&str], headers: &[&str]) -> CorsRule {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        CorsRule {
            origins: owned(origins),
            methods: owned(methods),
            headers: owned(headers),
            exposed: Vec::new(),
            max_age: None,
        }
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, expected) in [
            ("*", "http://a.com", true),
            ("http://*.a.com", "http://b.a.com", true),
            ("http://*.a.com", "http://a.com", false),
            ("http://a.com", "http://a.com", true),
            ("http://a.com", "http://a.com:80", false),
            ("ab*ba", "aba", false),
            ("ab*ba", "abba", true),
            ("x-oss-*", "x-oss-meta-a", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn the_first_rule_that_allows_everything_wins() {
        let cors = Cors {
            rules: vec![
                rule(&["http://a.com"], &["GET"], &[]),
                rule(&["http://a.com", "*"], &["GET", "PUT"], &["X-Oss-*", "b"]),
            ],
            vary: false,
        };
        let first = |origin, method, headers| {
            let question = CorsQuestion {
                origin,
                method,
                headers,
            };
            let found = cors.allows(question)?;
            cors.rules.iter().position(|rule| rule == found)
        };
        assert_eq!(first("http://a.com", "GET", ""), Some(0));
        assert_eq!(first("http://a.com", "GET", "x-oss-a, B"), Some(1));
        assert_eq!(first("http://b.com", "GET", ""), Some(1));
        assert_eq!(first("http://a.com", "PUT", ""), Some(1));
        assert_eq!(first("http://a.com", "PUT", "c"), None);
        assert_eq!(first("http://a.com", "DELETE", ""), None);
        assert_eq!(cors.rules[1].origin("http://a.com"), Some("http://a.com"));
        assert_eq!(cors.rules[1].origin("http://b.com"), Some("*"));
    }
}
