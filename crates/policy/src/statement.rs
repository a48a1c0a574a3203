//! One statement of a policy.

mod read;

use serde::Serialize;

use crate::condition::Condition;
use crate::pattern::Pattern;
use crate::principal::{Listed, Trusted};
use crate::resource::Resource;
use crate::sieve::Sieve;
use crate::subject::Subject;

/// What a matching statement does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever allows.
    Deny,
}

/// One statement of a policy, prepared.
#[derive(Clone, Debug)]
pub struct Statement {
    sid: Option<Box<str>>,
    effect: Effect,
    principals: Principals,
    actions: Actions,
    resources: Vec<Resource>,
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug)]
struct Actions {
    written: Vec<String>,
    /// In lower case: actions are matched without case (spec §4.1).
    patterns: Vec<Pattern>,
    /// `NotAction`
    negated: bool,
}

/// Whom a statement speaks about.
#[derive(Clone, Debug)]
enum Principals {
    /// No `Principal`: whoever the policy is attached to.
    Attached,
    Trust(Vec<Trusted>),
    Bucket {
        written: Vec<String>,
        listed: Vec<Listed>,
        /// `NotPrincipal`
        negated: bool,
    },
}

/// The first thing about a statement that does not fit a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mismatch {
    /// It is an Allow, and another statement allowed already.
    Effect,
    /// It speaks about somebody else.
    Principal,
    /// It speaks about everybody without a condition, which leaves the bucket's owner out (spec §4.8).
    Owner,
    /// It speaks about other actions.
    Action,
    /// It speaks about other resources.
    Resource,
    /// This one of its conditions does not hold.
    Condition(usize),
}

impl Statement {
    /// Its `Sid`, which means nothing.
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// Allow or Deny.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// The actions as they were written.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.actions.written.iter().map(String::as_str)
    }

    /// Are these the actions that are *not* meant (`NotAction`)?
    pub fn is_not_action(&self) -> bool {
        self.actions.negated
    }

    /// The resources as they were written; none in a trust policy.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.resources.iter().map(|resource| &*resource.written)
    }

    /// The conditions, all of which must hold.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Whom a trust policy names; none in other documents. Who saves one checks that its users and roles exist
    /// (spec §2.5).
    pub fn trusted(&self) -> &[Trusted] {
        match &self.principals {
            Principals::Trust(trusted) => trusted,
            Principals::Attached | Principals::Bucket { .. } => &[],
        }
    }

    /// Whom a bucket policy names, as it was written; none in other documents.
    pub fn principals(&self) -> &[String] {
        match &self.principals {
            Principals::Bucket { written, .. } => written,
            Principals::Attached | Principals::Trust(_) => &[],
        }
    }

    /// Are these the principals that are *not* meant (`NotPrincipal`)?
    pub fn is_not_principal(&self) -> bool {
        matches!(self.principals, Principals::Bucket { negated: true, .. })
    }

    /// Makes it speak about no action at all.
    pub(crate) fn silence(&mut self) {
        self.actions.patterns.clear();
        self.actions.negated = false;
    }

    /// A cheap first look at its actions.
    pub(crate) fn sieve(&self) -> Sieve {
        match self.actions.negated {
            true => Sieve::OPEN,
            false => Sieve::of_patterns(&self.actions.patterns),
        }
    }

    /// Does it speak about this request? The cheapest and most selective question comes first, the action, and its
    /// [`Sieve`] was asked before.
    #[inline]
    pub(crate) fn fits(&self, subject: &Subject<'_>) -> Result<(), Mismatch> {
        let on = |pattern: &Pattern| pattern.matches_in_any_case(subject.request.action);
        if self.actions.patterns.iter().any(on) == self.actions.negated {
            return Err(Mismatch::Action);
        }
        self.names(subject)?;
        let on_it = |resource: &Resource| resource.matches(&subject.target);
        if !self.resources.is_empty() && !self.resources.iter().any(on_it) {
            return Err(Mismatch::Resource);
        }
        let context = subject.request.context;
        match self.conditions.iter().position(|one| !one.holds(context)) {
            Some(index) => Err(Mismatch::Condition(index)),
            None => Ok(()),
        }
    }

    fn names(&self, subject: &Subject<'_>) -> Result<(), Mismatch> {
        let caller = subject.request.principal;
        match &self.principals {
            // A document that names nobody has no place on a resource. Were it put there, it would open the
            // resource to everybody.
            Principals::Attached if subject.on_resource => Err(Mismatch::Principal),
            Principals::Attached => Ok(()),
            Principals::Trust(trusted) if trusted.iter().any(|one| one.covers(caller)) => Ok(()),
            Principals::Trust(_) => Err(Mismatch::Principal),
            Principals::Bucket {
                listed, negated, ..
            } => {
                let exempt = !negated && subject.root_of_owner && self.conditions.is_empty();
                let everybody = |one: &Listed| matches!(one, Listed::Everybody);
                let covers = |one: &Listed| one.covers(caller) && !(exempt && everybody(one));
                if *negated != listed.iter().any(covers) {
                    return Ok(());
                }
                match exempt && listed.iter().any(everybody) {
                    true => Err(Mismatch::Owner),
                    false => Err(Mismatch::Principal),
                }
            }
        }
    }
}
