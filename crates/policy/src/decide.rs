//! The decision (spec §4.6, §4.7).

use crate::principal::Principal;
use crate::question::{
    Access, Acl, Attached, Decision, Fallback, Layer, Merge, Question, Request, StatementRef,
    Verdict,
};
use crate::statement::{Effect, Mismatch};
use crate::subject::Subject;
use crate::trace::{Skipped, Trace};

/// What one set of policies answers, and why.
#[derive(Clone)]
struct Answer {
    layer: Layer,
    verdict: Verdict,
    because: Option<StatementRef>,
}

/// Decides one request.
///
/// Gates first: control policies and the session policy end it unless they allow. Then the caller's policies and the
/// resource's are heard; a Deny of either wins. What is left depends on how they merge: one Allow is enough, after
/// which ownership and the ACL are looked at, or (assuming a role) both must allow.
///
/// It is total, and without a trace it allocates only for the names of roles, and to lower the case of an action for
/// patterns that are neither a name nor a beginning.
pub fn decide<T: Trace>(question: &Question<'_>, request: &Request<'_>, trace: &mut T) -> Decision {
    let mut subject = Subject::new(question, request);
    for (layer, gate) in [
        (Layer::Control, question.control),
        (Layer::Session, question.session),
    ] {
        let Some(policies) = gate else { continue };
        let answer = ask(layer, policies, &subject, trace);
        if answer.verdict != Verdict::Allow {
            return answer.into();
        }
    }
    let identity = identity(question, &subject, trace);
    subject.on_resource = true;
    let resource = ask(Layer::Resource, question.resource, &subject, trace);
    if identity.denies() || resource.denies() {
        return denied(identity, resource);
    }
    match question.merge {
        Merge::Both => both(identity, resource, request.principal),
        Merge::Either => either(identity, resource, question, &subject, trace),
    }
    .into()
}

/// The basic step: any Deny that matches, else any Allow that matches, else silence.
fn ask<T: Trace>(
    layer: Layer,
    policies: &[Attached],
    subject: &Subject<'_>,
    trace: &mut T,
) -> Answer {
    let mut allow = None;
    let mut deny = None;
    'all: for policy in policies {
        for (index, (sieve, statement)) in policy.document.sieved().enumerate() {
            let fits = match sieve.passes(subject.sieve) {
                false => Err(Mismatch::Action),
                true if allow.is_some() && statement.effect() == Effect::Allow => {
                    Err(Mismatch::Effect)
                }
                true => statement.fits(subject),
            };
            trace.looked(layer, policy, index, subject.request, fits.err());
            match (fits, statement.effect()) {
                (Err(_), _) => {}
                (Ok(()), Effect::Allow) => allow = Some((policy, index)),
                (Ok(()), Effect::Deny) => {
                    deny = Some((policy, index));
                    break 'all;
                }
            }
        }
    }
    let verdict = match (deny, allow) {
        (Some(_), _) => Verdict::ExplicitDeny,
        (None, Some(_)) => Verdict::Allow,
        (None, None) => Verdict::ImplicitDeny,
    };
    let because = deny.or(allow).map(|(policy, index)| StatementRef {
        policy: policy.name.clone(),
        policy_type: policy.policy_type,
        index,
    });
    trace.settled(layer, verdict, because.as_ref());
    Answer {
        layer,
        verdict,
        because,
    }
}

/// What the caller's own policies say. The resource group is only heard where the account scope is silent, so an
/// account-scope Allow is not revoked by a resource-group Deny (spec §4.6, step 3).
fn identity<T: Trace>(question: &Question<'_>, subject: &Subject<'_>, trace: &mut T) -> Answer {
    if let Err(why) = has_say(question, subject.request.principal) {
        trace.skipped(Layer::Identity, why);
        return Answer::silence(Layer::Identity);
    }
    let account = ask(Layer::Identity, question.identity.account, subject, trace);
    if question.identity.resource_group.is_empty() {
        return account;
    }
    if account.verdict != Verdict::ImplicitDeny {
        trace.skipped(Layer::ResourceGroup, Skipped::AccountScopeAnswered);
        return account;
    }
    let group = ask(
        Layer::ResourceGroup,
        question.identity.resource_group,
        subject,
        trace,
    );
    match group.verdict {
        Verdict::ImplicitDeny => account,
        Verdict::Allow | Verdict::ExplicitDeny => group,
    }
}

/// Only RAM users and sessions have policies; those of another account say nothing about this one's resources
/// (spec §4.7, step 3). Assuming a role is the exception, as its trust policy must agree anyway.
fn has_say(question: &Question<'_>, caller: &Principal) -> Result<(), Skipped> {
    let (Principal::User { account, .. } | Principal::Session { account, .. }) = caller else {
        return Err(Skipped::NoPolicies);
    };
    let foreign = question.owner.is_some_and(|owner| owner != &**account);
    match foreign && question.merge == Merge::Either {
        true => Err(Skipped::OtherAccount),
        false => Ok(()),
    }
}

/// One Allow is enough; after silence comes ownership, and for objects the ACL (spec §4.7, step 5).
fn either<T: Trace>(
    identity: Answer,
    resource: Answer,
    question: &Question<'_>,
    subject: &Subject<'_>,
    trace: &mut T,
) -> Answer {
    if identity.verdict == Verdict::Allow {
        return identity;
    }
    if resource.verdict == Verdict::Allow {
        return resource;
    }
    // No document says how a root manages its own things when no policy can allow it; it plainly can (J).
    if subject.root_of_owner {
        trace.settled(Layer::Owner, Verdict::Allow, None);
        return Answer::new(Layer::Owner, Verdict::Allow);
    }
    if let Some(fallback) = question.fallback {
        let verdict = acl(fallback);
        trace.settled(Layer::Acl, verdict, None);
        return Answer::new(Layer::Acl, verdict);
    }
    match subject.request.principal {
        Principal::User { .. } | Principal::Session { .. } => identity,
        _ => resource,
    }
}

/// What a list gives to somebody who is not the owner.
fn acl(fallback: Fallback) -> Verdict {
    match (fallback.acl, fallback.access) {
        (Acl::PublicReadWrite, _) | (Acl::PublicRead, Access::Read) => Verdict::Allow,
        (Acl::PublicRead, Access::Write) | (Acl::Private, _) => Verdict::ImplicitDeny,
    }
}

/// Both must allow (spec §4.6). Services and federated callers have no policies: for them the trust policy alone
/// decides. A root has none either, but may not assume roles at all (spec §2.1).
fn both(identity: Answer, resource: Answer, caller: &Principal) -> Answer {
    let alone = matches!(
        caller,
        Principal::Service { .. } | Principal::Federated { .. }
    );
    match identity.verdict {
        Verdict::Allow => resource,
        _ if alone => resource,
        _ => identity,
    }
}

fn denied(identity: Answer, resource: Answer) -> Decision {
    let mut decision: Decision = match identity.denies() {
        true => identity.clone().into(),
        false => resource.clone().into(),
    };
    decision.identity_deny = identity
        .because
        .filter(|_| identity.verdict == Verdict::ExplicitDeny);
    decision.resource_deny = resource
        .because
        .filter(|_| resource.verdict == Verdict::ExplicitDeny);
    decision
}

impl Answer {
    fn new(layer: Layer, verdict: Verdict) -> Self {
        Self {
            layer,
            verdict,
            because: None,
        }
    }

    fn silence(layer: Layer) -> Self {
        Self::new(layer, Verdict::ImplicitDeny)
    }

    fn denies(&self) -> bool {
        self.verdict == Verdict::ExplicitDeny
    }
}

impl From<Answer> for Decision {
    fn from(answer: Answer) -> Self {
        Self {
            verdict: answer.verdict,
            layer: answer.layer,
            because: answer.because,
            identity_deny: None,
            resource_deny: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, Document, Grammar, PolicyType};

    #[test]
    fn a_document_without_principals_opens_no_resource() {
        let text =
            r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        let document = Document::parse(text, Grammar::Identity).unwrap();
        let wrong = [Attached::new("identity", PolicyType::Custom, document)];
        let question = Question {
            resource: &wrong,
            ..Question::of(&[], Some("1"))
        };
        let request = Request {
            principal: &Principal::Anonymous,
            action: "oss:GetObject",
            resource: "acs:oss:*:1:b/k",
            context: &Context::new(),
        };
        let decision = decide(&question, &request, &mut ());
        assert_eq!(decision.verdict, Verdict::ImplicitDeny);
    }
}
