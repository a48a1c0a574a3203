//! From which pages a bucket may be used by requests that carry no `Authorization` (§9).
//! <https://help.aliyun.com/zh/oss/user-guide/hotlink-protection>

use gateway::Head;
use http::header::{AUTHORIZATION, REFERER};
use policy::Pattern;
use serde::{Deserialize, Serialize};

use super::Setting;
use crate::rows::Kind;
use crate::xml_in::shape::{Shape, any, maybe, one, times};

/// A `RefererConfiguration`.
pub(crate) const REFERER_CONFIG: &[Shape] = &[
    one("AllowEmptyReferer"),
    maybe("AllowTruncateQueryString"),
    maybe("TruncatePath"),
    times("RefererList", 1, 1, &[any("Referer")]),
    times("RefererBlacklist", 0, 1, &[any("Referer")]),
];

/// A bucket's lists. `*` in them stands for any text, `?` for one character.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Referers {
    /// Whether a request without `Referer` passes.
    pub(crate) allow_empty: bool,
    /// Whether what stands behind `?` in a referer is left out of the comparison.
    pub(crate) truncate_query: bool,
    /// Whether the path is left out, too.
    pub(crate) truncate_path: bool,
    /// Those that pass; where there are none, all do.
    pub(crate) allowed: Vec<String>,
    /// Those that do not, even if they are allowed.
    pub(crate) denied: Vec<String>,
}

impl Setting for Referers {
    const KIND: Kind = Kind::Referer;
}

impl Default for Referers {
    fn default() -> Self {
        Self {
            allow_empty: true,
            truncate_query: true,
            truncate_path: false,
            allowed: Vec::new(),
            denied: Vec::new(),
        }
    }
}

impl Referers {
    /// Whether a request may use the bucket. The lists are not for those who sign in a header.
    pub(crate) fn admit(&self, head: &Head) -> bool {
        if head.headers.contains_key(AUTHORIZATION) {
            return true;
        }
        let referer = head.header(REFERER.as_str()).unwrap_or_default();
        if referer.is_empty() {
            return self.allow_empty || self.allowed.is_empty();
        }
        let referer = self.truncated(referer);
        let names = |list: &[String]| list.iter().any(|one| Pattern::new(one).matches(referer));
        !names(&self.denied) && (self.allowed.is_empty() || names(&self.allowed))
    }

    fn truncated<'a>(&self, referer: &'a str) -> &'a str {
        let mut end = referer.len();
        if self.truncate_query || self.truncate_path {
            end = referer.find('?').unwrap_or(end);
        }
        if self.truncate_path {
            let host = referer.find("://").map_or(0, |at| at + 3);
            let path = referer.get(host..end).and_then(|rest| rest.find('/'));
            end = path.map_or(end, |at| host + at);
        }
        referer.get(..end).unwrap_or(referer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compared() {
        let cut = |truncate_query, truncate_path| {
            let referers = Referers {
                truncate_query,
                truncate_path,
                ..Referers::default()
            };
            referers.truncated("http://a.com/x?y").to_owned()
        };
        assert_eq!(cut(false, false), "http://a.com/x?y");
        assert_eq!(cut(true, false), "http://a.com/x");
        assert_eq!(cut(false, true), "http://a.com");
        let bare = Referers {
            truncate_path: true,
            ..Referers::default()
        };
        assert_eq!(bare.truncated("a.com/x"), "a.com");
    }
}
