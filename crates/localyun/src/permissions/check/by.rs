//! What is expected to settle a decision.

use std::fmt;

use policy::{Decision, Layer, PolicyType, StatementRef, Verdict};

/// What is expected to settle a decision: `nothing`, `acl`, `owner`, `service`, or a policy, which is `session policy`,
/// `bucket policy`, `trust policy` or a name, with `#N` for one of its statements or without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct By {
    written: String,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    /// That nothing allows it.
    Nothing,
    /// A rule of the service, before any policy.
    Service,
    Layer(Layer),
    Policy(Named, Option<usize>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    OfType(PolicyType, Layer),
    Called(String),
}

impl By {
    /// Reads it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let what = match text {
            "nothing" => What::Nothing,
            "service" => What::Service,
            "acl" => What::Layer(Layer::Acl),
            "owner" => What::Layer(Layer::Owner),
            _ => {
                let (name, index) = index(text)?;
                What::Policy(Named::parse(name), index)
            }
        };
        Ok(Self {
            written: text.to_owned(),
            what,
        })
    }

    /// Whether it was this. No decision is the refusal of a rule of the service.
    pub(crate) fn settled(&self, decision: Option<&Decision>) -> bool {
        let Some(decision) = decision else {
            return self.what == What::Service;
        };
        match &self.what {
            What::Nothing => decision.verdict == Verdict::ImplicitDeny,
            What::Service => false,
            What::Layer(layer) => decision.layer == *layer,
            What::Policy(named, index) => {
                let settled = [
                    &decision.because,
                    &decision.identity_deny,
                    &decision.resource_deny,
                ];
                let mut settled = settled.into_iter().flatten();
                let one = |statement: &StatementRef| {
                    named.is(statement) && index.is_none_or(|index| index == statement.index)
                };
                // A policy that stays silent where it would have had to allow settles it, too.
                settled.any(one) || (index.is_none() && named.is_silent(decision))
            }
        }
    }
}

impl Named {
    fn parse(name: &str) -> Self {
        match name {
            "session policy" => Self::OfType(PolicyType::Session, Layer::Session),
            "bucket policy" => Self::OfType(PolicyType::Bucket, Layer::Resource),
            "trust policy" => Self::OfType(PolicyType::Trust, Layer::Resource),
            name => Self::Called(name.to_owned()),
        }
    }

    fn is(&self, statement: &StatementRef) -> bool {
        match self {
            Self::OfType(kind, _) => statement.policy_type == *kind,
            Self::Called(name) => {
                let of_identity = matches!(
                    statement.policy_type,
                    PolicyType::Custom | PolicyType::System
                );
                of_identity && *statement.policy == **name
            }
        }
    }

    fn is_silent(&self, decision: &Decision) -> bool {
        let silent = decision.verdict == Verdict::ImplicitDeny;
        matches!(self, Self::OfType(_, layer) if silent && decision.layer == *layer)
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// `NAME#N`, or `NAME Statement[N]` as explanations have it, which YAML wants quoted inside of braces.
fn index(text: &str) -> Result<(&str, Option<usize>), String> {
    let spelt = text
        .split_once(" Statement[")
        .and_then(|(name, rest)| Some((name, rest.strip_suffix(']')?)));
    let (name, number) = match spelt.or_else(|| text.split_once('#')) {
        Some((name, number)) => (name, Some(number.parse().map_err(|_| wrong(text))?)),
        None => (text, None),
    };
    match name.is_empty() || name.contains(['[', ']', '#']) {
        true => Err(wrong(text)),
        false => Ok((name, number)),
    }
}

fn wrong(text: &str) -> String {
    format!(
        "`by` names a policy, such as `read-photos` or `read-photos#0` for its first statement, the `session policy`, `bucket policy` or \
         `trust policy`, or is `nothing`, `acl`, `owner` or `service`, but is `{text}`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(verdict: Verdict, layer: Layer, because: Option<StatementRef>) -> Decision {
        Decision {
            verdict,
            layer,
            because,
            identity_deny: None,
            resource_deny: None,
        }
    }

    fn settled(by: &str, decision: Option<&Decision>) -> bool {
        By::parse(by).unwrap().settled(decision)
    }

    #[test]
    fn a_statement_a_policy_or_a_layer() {
        let statement = StatementRef {
            policy: "read".into(),
            policy_type: PolicyType::Custom,
            index: 1,
        };
        let allowed = decision(Verdict::Allow, Layer::Identity, Some(statement));
        for (by, is) in [
            ("read", true),
            ("read Statement[1]", true),
            ("read Statement[0]", false),
            ("read#1", true),
            ("read#0", false),
            ("write", false),
            ("bucket policy", false),
            ("nothing", false),
            ("acl", false),
            ("service", false),
        ] {
            assert_eq!(settled(by, Some(&allowed)), is, "{by}");
        }
        assert!(settled("service", None) && !settled("nothing", None));
    }

    #[test]
    fn silence_is_of_the_layer_that_had_to_speak() {
        let gate = decision(Verdict::ImplicitDeny, Layer::Session, None);
        assert!(settled("session policy", Some(&gate)));
        assert!(settled("nothing", Some(&gate)));
        assert!(!settled("session policy Statement[0]", Some(&gate)));
        assert!(!settled("trust policy", Some(&gate)));
    }

    #[test]
    fn what_is_no_settler_is_told_the_forms() {
        for text in [
            "",
            "read[0]",
            "read#",
            "#1",
            "read#x",
            "read Statement[x]",
            "read Statement[0",
        ] {
            let told = By::parse(text).unwrap_err();
            assert!(told.contains("`read-photos#0`"), "{text}: {told}");
        }
    }
}
