//! A decision as text.

use std::fmt::{self, Display, Formatter, Write as _};

use super::{Explanation, Fix};
use crate::question::{Holder, Layer, PolicyType, StatementRef, Verdict};
use crate::statement::Effect;
use crate::trace::{Look, Skipped, Step};

impl Display for Explanation {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let verdict = match self.is_allow() {
            true => "ALLOWED",
            false => "DENIED",
        };
        writeln!(out, "{verdict}  {} on {}", self.action, self.resource)?;
        writeln!(out, "  for {}", self.principal)?;
        writeln!(out, "  because {}", self.because())?;
        self.write_conditions(out)?;
        for step in &self.layers {
            self.write_layer(step, out)?;
        }
        self.write_remedies(out)
    }
}

impl Explanation {
    /// The reason in one sentence.
    pub fn because(&self) -> String {
        let decision = &self.decision;
        let by = decision.because.as_ref().map(name);
        match (decision.verdict, by) {
            (Verdict::Allow, Some(statement)) => format!("{statement} allows it"),
            (Verdict::Allow, None) => match decision.layer {
                Layer::Acl => "the access control list gives it to everybody".to_owned(),
                _ => "the caller is the root of the account that owns the resource".to_owned(),
            },
            (Verdict::ExplicitDeny, by) => {
                let both = [&decision.identity_deny, &decision.resource_deny];
                let mut denies: Vec<_> = both.into_iter().flatten().map(name).collect();
                if denies.is_empty() {
                    denies.extend(by);
                }
                match denies.as_slice() {
                    [one] => format!("{one} denies it"),
                    many => format!("{} deny it", many.join(" and ")),
                }
            }
            (Verdict::ImplicitDeny, _) => match decision.layer {
                Layer::Control => "no control policy allows it".to_owned(),
                Layer::Session => "the session policy does not allow it".to_owned(),
                Layer::Resource => format!("the {} does not allow it", self.guard),
                Layer::Acl => {
                    "no policy allows it, and the access control list does not either".to_owned()
                }
                Layer::Identity | Layer::ResourceGroup | Layer::Owner => {
                    "no policy allows it".to_owned()
                }
            },
        }
    }

    fn write_conditions(&self, out: &mut Formatter<'_>) -> fmt::Result {
        if self.conditions.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n  condition keys")?;
        let width = self.conditions.keys().map(String::len).max();
        let width = width.unwrap_or_default();
        for (key, values) in &self.conditions {
            let shown = values.iter().map(|value| match value.is_empty() {
                true => "\"\"",
                false => value.as_str(),
            });
            let shown = shown.collect::<Vec<_>>().join(", ");
            writeln!(out, "    {key:width$}  {shown}")?;
        }
        Ok(())
    }

    fn write_layer(&self, step: &Step, out: &mut Formatter<'_>) -> fmt::Result {
        let layer = match step.layer {
            Layer::Control => "control policies",
            Layer::Session => "session policy",
            Layer::Identity => "identity policies",
            Layer::ResourceGroup => "identity policies of the resource group",
            Layer::Resource => self.guard,
            Layer::Owner => "ownership",
            Layer::Acl => "access control list",
        };
        writeln!(out, "\n  {layer}: {}", answer(step))?;
        for look in &step.looks {
            writeln!(out, "    {}", Looked(look))?;
        }
        Ok(())
    }

    fn write_remedies(&self, out: &mut Formatter<'_>) -> fmt::Result {
        if self.is_allow() {
            return Ok(());
        }
        if self.remedies.is_empty() {
            return writeln!(out, "\n  no change to a single policy would allow it");
        }
        for (index, fixes) in self.remedies.iter().enumerate() {
            let lead = match index {
                0 => "it would be allowed",
                _ => "or",
            };
            writeln!(out, "\n  {lead}")?;
            for (index, fix) in fixes.iter().enumerate() {
                let and = match index {
                    0 => "",
                    _ => "and ",
                };
                write_fix(and, fix, out)?;
            }
        }
        Ok(())
    }
}

fn write_fix(and: &str, fix: &Fix, out: &mut Formatter<'_>) -> fmt::Result {
    match fix {
        Fix::Change(statement) => writeln!(
            out,
            "    {and}without {}: it denies, and no Allow helps against that",
            name(statement)
        ),
        Fix::Add {
            place,
            of,
            statement,
        } => {
            let place = match place {
                super::Place::ControlPolicy => "a control policy",
                super::Place::SessionPolicy => "the session policy",
                super::Place::IdentityPolicy => "a policy",
                super::Place::BucketPolicy => "the bucket policy",
                super::Place::TrustPolicy => "the trust policy",
            };
            writeln!(out, "    {and}with this in {place} of {of}:")?;
            writeln!(out, "      {statement}")
        }
    }
}

fn answer(step: &Step) -> &'static str {
    match (step.skipped, step.verdict) {
        (Some(Skipped::OtherAccount), _) => {
            "not heard, because the resource belongs to another account than the caller"
        }
        (Some(Skipped::NoPolicies), _) => "the caller has none",
        (Some(Skipped::AccountScopeAnswered), _) => "not heard, because others have answered",
        (None, Verdict::Allow) => "allows",
        (None, Verdict::ExplicitDeny) => "denies",
        (None, Verdict::ImplicitDeny) if step.layer == Layer::Acl => "does not allow",
        (None, Verdict::ImplicitDeny) if step.looks.is_empty() => "there is none",
        (None, Verdict::ImplicitDeny) => "nothing applies",
    }
}

/// A statement with what became of it.
struct Looked<'a>(&'a Look);

impl Display for Looked<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Look {
            statement,
            version,
            holder,
            effect,
            mismatch,
        } = self.0;
        out.write_str(&name(statement))?;
        if let Some(version) = version {
            write!(out, ", v{version}")?;
        }
        if let Some(Holder::Group(group)) = holder {
            write!(out, ", of the group {group}")?;
        }
        let effect = match effect {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        };
        write!(out, ", {effect}: ")?;
        match mismatch {
            None => out.write_str("matches"),
            Some(reason) => write!(out, "no match, {reason}"),
        }
    }
}

/// A statement by its policy and its place there.
pub(crate) fn name(statement: &StatementRef) -> String {
    let StatementRef {
        policy,
        policy_type,
        index,
    } = statement;
    let mut name = match policy_type {
        PolicyType::System | PolicyType::Custom => {
            format!("{policy} ({policy_type:?})")
        }
        PolicyType::Session => "the session policy".to_owned(),
        PolicyType::Trust => format!("the trust policy of {policy}"),
        PolicyType::Bucket => "the bucket policy".to_owned(),
        PolicyType::Control => format!("the control policy {policy}"),
    };
    // Writing to a String cannot fail.
    let _ = write!(name, " Statement[{index}]");
    name
}
