//! Resources: the ARN that is asked for, and the patterns that policies have for it.

use std::borrow::Cow;
use std::cell::OnceCell;

use crate::pattern::Pattern;

/// The resource of a request (spec §4.5: `acs:service:region:account:relative`), taken apart once, if any statement
/// asks for more than that there is one.
pub(crate) struct Target<'a> {
    text: &'a str,
    parts: OnceCell<Parts<'a>>,
}

struct Parts<'a> {
    fields: Option<[&'a str; 5]>,
    /// Where the resource is a role: the whole text and its relative part, name in lower case.
    role: Option<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Target<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            parts: OnceCell::new(),
        }
    }

    fn parts(&self) -> &Parts<'a> {
        self.parts.get_or_init(|| Parts::of(self.text))
    }
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let fields = fields(text);
        let role = match fields {
            Some(["acs", "ram", _, _, relative]) if relative.starts_with("role/") => {
                Some((fold(text), fold(relative)))
            }
            _ => None,
        };
        Self { fields, role }
    }
}

/// What stands between the first four colons, and all that follows.
fn fields(text: &str) -> Option<[&str; 5]> {
    let mut rest = text;
    let mut field = || {
        let (field, after) = cut(rest)?;
        rest = after;
        Some(field)
    };
    Some([field()?, field()?, field()?, field()?, rest])
}

/// At the first colon. Written by hand, as fields are short.
fn cut(text: &str) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == b':')?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Role names have one case only (spec §3.1); what stands before the `/` is a keyword and stays.
fn fold(text: &str) -> Cow<'_, str> {
    let (kind, name) = match text.split_once('/') {
        Some((kind, name)) => (Some(kind), name),
        None => (None, text),
    };
    match (name.bytes().any(|byte| byte.is_ascii_uppercase()), kind) {
        (false, _) => Cow::Borrowed(text),
        (true, Some(kind)) => Cow::Owned([kind, "/", &name.to_ascii_lowercase()].concat()),
        (true, None) => Cow::Owned(name.to_ascii_lowercase()),
    }
}

/// A `Resource` of a policy.
///
/// An ARN is compared field by field, so that a `*` for the account cannot swallow half of an object's key:
/// `acs:oss:*:*:mine/*` must not be `acs:oss:*:1:other/x:mine/y`. Inside the last field, and in patterns that are no
/// ARN (`*`, `acs:*`), wildcards cross everything (spec §4.1, J). An empty or missing region or account stands
/// for any.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) written: Box<str>,
    shape: Shape,
}

#[derive(Clone, Debug)]
enum Shape {
    Any,
    Text { plain: Pattern, folded: Pattern },
    Arn(Box<Arn>),
}

#[derive(Clone, Debug)]
struct Arn {
    service: Pattern,
    region: Pattern,
    account: Pattern,
    relative: Pattern,
    folded: Pattern,
}

impl Resource {
    pub(crate) fn new(written: &str) -> Self {
        let fields: Vec<&str> = written.splitn(5, ':').collect();
        let shape = match fields.as_slice() {
            ["*"] => Shape::Any,
            ["acs", service, relative] => arn(service, "", "", relative),
            ["acs", service, region, relative] => arn(service, region, "", relative),
            ["acs", service, region, account, relative] => arn(service, region, account, relative),
            _ => Shape::Text {
                plain: Pattern::new(written),
                folded: Pattern::new(&fold(written)),
            },
        };
        Self {
            written: written.into(),
            shape,
        }
    }

    #[inline]
    pub(crate) fn matches(&self, target: &Target<'_>) -> bool {
        match &self.shape {
            Shape::Any => true,
            Shape::Text { plain, folded } => match &target.parts().role {
                Some((text, _)) => folded.matches(text),
                None => plain.matches(target.text),
            },
            Shape::Arn(arn) => arn.matches(target),
        }
    }
}

impl Arn {
    fn matches(&self, target: &Target<'_>) -> bool {
        let Parts { fields, role } = target.parts();
        let Some(["acs", service, region, account, relative]) = fields else {
            return false;
        };
        let last = match role {
            Some((_, relative)) => self.folded.matches(relative),
            None => self.relative.matches(relative),
        };
        last && self.service.matches(service)
            && self.account.matches(account)
            && self.region.matches(region)
    }
}

fn arn(service: &str, region: &str, account: &str, relative: &str) -> Shape {
    let or_any = |field: &str| match field {
        "" => Pattern::ANY,
        _ => Pattern::new(field),
    };
    Shape::Arn(Box::new(Arn {
        service: Pattern::new(service),
        region: or_any(region),
        account: or_any(account),
        relative: Pattern::new(relative),
        folded: Pattern::new(&fold(relative)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_match_field_by_field() {
        for (pattern, resource, same) in [
            ("*", "acs:oss:*:1:b/k", true),
            ("acs:oss:*", "acs:oss:*:1:b/k", true),
            ("acs:*", "acs:oss:*:1:b/k", true),
            ("acs:oss:*:*:b/*", "acs:oss:*:1:b/a/c:d", true),
            ("acs:oss:*:*:b/*", "acs:oss:*:1:other/x:b/k", false),
            ("acs:oss:::b", "acs:oss:*:1:b", true),
            ("acs:oss:b", "acs:oss:*:1:b", true),
            ("acs:oss:*:b", "acs:oss:*:1:b", true),
            ("acs:oss:*:2:b", "acs:oss:*:1:b", false),
            ("acs:oss:*:*:B", "acs:oss:*:1:b", false),
            ("acs:oss:*:*:b/*", "*", false),
            ("acs:ram:*:1:role/Admin", "acs:ram::1:role/admin", true),
            ("acs:ram::1:role/admin", "acs:ram:*:1:role/Admin", true),
            ("acs:ram::1:Role/admin", "acs:ram::1:role/admin", false),
            ("acs:ram::1:user/Admin", "acs:ram::1:user/admin", false),
            ("*:role/Ad*", "acs:ram::1:role/admin", true),
        ] {
            let target = Target::new(resource);
            assert_eq!(
                Resource::new(pattern).matches(&target),
                same,
                "{pattern} {resource}"
            );
        }
    }
}
