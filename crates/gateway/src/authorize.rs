//! May they? One path for every request: header-signed, URL-signed, copy sources, services acting for a user.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};

use chrono::SecondsFormat;
use hashbrown::DefaultHashBuilder;
use policy::{
    Attached, Context, Decision, Explanation, Fallback, Identity, Merge, Statement, Trace, Verdict,
};

use crate::record::{Asked, Use};
use crate::serve::{AuthMode, Gateway};
use crate::{Action, Caller, Diagnosis, Fault, Head, Moment, Op, Policies, Service};

/// How many of the permissions that one request asks for are kept in its record.
pub(crate) const MAX_NOTED: usize = 32;

/// What protects a resource besides the policies of the caller.
#[derive(Debug, Clone)]
pub struct Guard {
    /// The uid of the account that owns the resource.
    pub owner: Arc<str>,
    /// The policies attached to the resource: a bucket policy, a trust policy.
    pub policies: Vec<Attached>,
    /// How identity and resource policies combine.
    pub merge: Merge,
    /// What the ACL says, for requests on objects.
    pub fallback: Option<Fallback>,
    /// Whether that ACL is the resource's own and not one that it inherits. Refusals tell the two apart.
    pub own_acl: bool,
    /// Condition keys that say what the resource is like, such as its tags, each with one value.
    pub conditions: Vec<(String, String)>,
}

impl Guard {
    /// Something of `owner`'s with no policy of its own.
    pub fn owned_by(owner: impl Into<Arc<str>>) -> Self {
        Self {
            owner: owner.into(),
            policies: Vec::new(),
            merge: Merge::Either,
            fallback: None,
            own_acl: false,
            conditions: Vec::new(),
        }
    }
}

/// Every policy that bore on a decision.
#[derive(Debug, Clone)]
pub struct Layers {
    /// The caller's, as they were.
    pub identity: Arc<Policies>,
    /// The session policy, if there is one.
    pub session: Option<Attached>,
    /// What guards the resource.
    pub guard: Guard,
}

impl Layers {
    fn attached(&self) -> impl Iterator<Item = &Attached> {
        let identity = &self.identity;
        let all = identity.account.iter().chain(&identity.resource_group);
        all.chain(&self.session).chain(&self.guard.policies)
    }

    /// The condition keys that statements ask for.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = &str> {
        let statements = self.attached().flat_map(|a| a.document.statements());
        statements
            .flat_map(|s| s.conditions())
            .map(|condition| condition.key())
    }

    /// Whether there are any.
    fn are_conditional(&self) -> bool {
        let conditional = |s: &Statement| !s.conditions().is_empty();
        self.attached()
            .any(|a| a.document.statements().iter().any(conditional))
    }

    /// Differs where these are not the very same policies, and be they equal ones, as long as somebody has both.
    pub(crate) fn print(&self, state: &DefaultHashBuilder) -> u64 {
        let mut hasher = state.build_hasher();
        let guard = &self.guard;
        Arc::as_ptr(&self.identity).hash(&mut hasher);
        for attached in self.session.iter().chain(&guard.policies) {
            Arc::as_ptr(&attached.document).hash(&mut hasher);
        }
        (guard.fallback, Arc::as_ptr(&guard.owner)).hash(&mut hasher);
        hasher.finish()
    }

    /// The decision on one action. Enforcement, records and the simulator all come through here.
    pub fn decide<T: Trace>(&self, request: &policy::Request<'_>, trace: &mut T) -> Decision {
        policy::decide(&self.question(), request, trace)
    }

    /// The same decision, told in full.
    pub fn explain(&self, request: &policy::Request<'_>) -> Explanation {
        Explanation::of(&self.question(), request)
    }

    fn question(&self) -> policy::Question<'_> {
        policy::Question {
            control: None,
            session: self.session.as_ref().map(std::slice::from_ref),
            identity: Identity {
                account: &self.identity.account,
                resource_group: &self.identity.resource_group,
            },
            resource: &self.guard.policies,
            merge: self.guard.merge,
            owner: Some(&self.guard.owner),
            fallback: self.guard.fallback,
        }
    }
}

/// A permission that somebody asked for.
pub(crate) struct Question<'a, S: Service> {
    pub(crate) service: &'a S,
    pub(crate) op: &'static Op<S>,
    pub(crate) caller: &'a Arc<Caller>,
    pub(crate) head: &'a Head,
    pub(crate) now: &'a Moment,
    pub(crate) action: &'static str,
}

/// What it is asked on: the resource, and what guards it. Owned where nobody else needs them, since the record keeps
/// both.
pub(crate) struct On<'a> {
    pub(crate) arn: Cow<'a, str>,
    pub(crate) guard: Cow<'a, Guard>,
}

/// A refusal, as the service's error is made from it.
#[derive(Debug)]
pub struct Denial<'a, S: Service> {
    /// The operation that was asked for.
    pub op: &'static Op<S>,
    /// Who asked.
    pub caller: &'a Caller,
    /// The action that is not allowed.
    pub action: &'static str,
    /// On this resource.
    pub arn: &'a str,
    /// What guards it.
    pub guard: &'a Guard,
    /// The decision and its reason.
    pub decision: &'a Decision,
    /// The request.
    pub head: &'a Head,
    /// What RAM's DecodeDiagnosticMessage tells the owner of the caller's account. None for unsigned requests.
    pub diagnosis: Option<&'a str>,
}

/// Where the permissions that a request was asked for are noted, for the pipeline and the record.
#[derive(Debug)]
pub(crate) struct Authority(pub(crate) Arc<Mutex<Vec<Asked>>>);

impl Authority {
    /// Gives back what is beyond the limit: a request over a thousand items is no reason to hold a thousand copies of
    /// its circumstances.
    fn note(&self, asked: Asked) -> Option<Asked> {
        let mut log = self.0.lock().unwrap_or_else(|e| e.into_inner());
        if log.len() == MAX_NOTED {
            return Some(asked);
        }
        // Most requests ask once, and the records keep the list.
        if log.is_empty() {
            log.reserve_exact(1);
        }
        log.push(asked);
        None
    }
}

impl Gateway {
    /// The check that an operation's row asks for. Items are asked for one by one while it runs.
    pub(crate) async fn authorize_op<S: Service>(
        &self,
        question: &Question<'_, S>,
        (arn, guard): (String, Guard),
        authority: &Authority,
    ) -> Result<(), Fault> {
        match question.op.action {
            Action::Public | Action::Signed | Action::PerItem(_) => Ok(()),
            Action::One(_) => {
                let (arn, guard) = (Cow::Owned(arn), Cow::Owned(guard));
                let on = On { arn, guard };
                self.authorize(question, on, authority).await
            }
            Action::All(names) => {
                for action in names {
                    let one = Question {
                        action,
                        ..*question
                    };
                    let (arn, guard) = (Cow::Borrowed(&*arn), Cow::Borrowed(&guard));
                    self.authorize(&one, On { arn, guard }, authority).await?;
                }
                Ok(())
            }
        }
    }

    /// Everything that bears on what this caller does to what this guards.
    pub(crate) async fn layers(
        &self,
        caller: &Caller,
        guard: Cow<'_, Guard>,
    ) -> Result<Layers, Fault> {
        let identity = match self.directory.policies_at_hand(caller) {
            Some(known) => known,
            None => self.directory.policies(caller).await?,
        };
        Ok(Layers {
            identity,
            session: caller.session.as_ref().and_then(|s| s.policy.clone()),
            guard: guard.into_owned(),
        })
    }

    /// Decides, notes, and refuses unless the mode lets everything through.
    pub(crate) async fn authorize<S: Service>(
        &self,
        question: &Question<'_, S>,
        on: On<'_>,
        authority: &Authority,
    ) -> Result<(), Fault> {
        if self.mode() == AuthMode::Off {
            return Ok(());
        }
        let On { arn, guard } = on;
        let layers = self.layers(question.caller, guard).await?;
        // Most policies ask for none, and writing the keys out costs more than the decision.
        let narrowing = question.service.narrowing(question.op);
        let context = if !narrowing.is_empty() || layers.are_conditional() {
            conditions(question, &layers.guard)
        } else {
            Context::new()
        };
        let request = policy::Request {
            principal: &question.caller.principal,
            action: question.action,
            resource: &arn,
            context: &context,
        };
        let decision = layers.decide(&request, &mut ());
        let fault = match decision.verdict {
            Verdict::Allow => None,
            // In a box, so that the requests that are allowed need not carry the room for it.
            _ if self.mode() == AuthMode::Enforce => {
                Some(Box::pin(self.refuse(question, &arn, &layers, &decision)).await)
            }
            _ => None,
        };
        let over = authority.note(Asked {
            caller: question.caller.clone(),
            action: question.action,
            arn: arn.into_owned(),
            layers,
            narrowing,
            context,
            decision,
        });
        if let Some(asked) = over {
            self.records.note(Use {
                peer: question.head.peer,
                secure: question.head.secure,
                at: question.now.wall,
                asked: &asked,
            });
        }
        fault.map_or(Ok(()), Err)
    }

    /// The service's words for a denial, with the sealed diagnosis.
    async fn refuse<S: Service>(
        &self,
        question: &Question<'_, S>,
        arn: &str,
        layers: &Layers,
        decision: &Decision,
    ) -> Fault {
        let context = conditions(question, &layers.guard);
        let request = policy::Request {
            principal: &question.caller.principal,
            action: question.action,
            resource: arn,
            context: &context,
        };
        let explanation = layers.explain(&request);
        tracing::info!(
            principal = explanation.principal,
            action = question.action,
            resource = arn,
            why = explanation.because(),
            "denied"
        );
        let sealed = self.diagnose(question, layers, &request).await;
        question.service.denied(&Denial {
            op: question.op,
            caller: question.caller,
            action: question.action,
            arn,
            guard: &layers.guard,
            decision,
            head: question.head,
            diagnosis: sealed.as_deref(),
        })
    }

    /// The sealed diagnosis of a denial; there is nobody who could decode one of an unsigned request.
    async fn diagnose<S: Service>(
        &self,
        question: &Question<'_, S>,
        layers: &Layers,
        request: &policy::Request<'_>,
    ) -> Option<String> {
        if question.caller.is_anonymous() {
            return None;
        }
        let sealed = self.directory.seal(&Diagnosis::of(layers, request)).await;
        let lost =
            |fault: &Fault| tracing::error!(%fault, "a refusal goes out without its diagnosis");
        sealed.inspect_err(lost).ok()
    }
}

/// The condition keys of a request: the global ones, then the service's own and those of the resource.
pub(crate) fn conditions<S: Service>(question: &Question<'_, S>, guard: &Guard) -> Context {
    let mut context = global_conditions(question.caller, question.head, question.now);
    let (op, head) = (question.op, question.head);
    question.service.conditions(op, head, &mut context);
    for (key, value) in &guard.conditions {
        context.insert(key, value.as_str());
    }
    context
}

/// The condition keys that every service has (spec/identity.md §4.3).
pub(crate) fn global_conditions(caller: &Caller, head: &Head, now: &Moment) -> Context {
    let mut context = Context::new();
    context.insert("acs:SourceIp", head.peer.to_string());
    let time = now.virtual_.to_rfc3339_opts(SecondsFormat::Secs, true);
    context.insert("acs:CurrentTime", time);
    context.insert(
        "acs:SecureTransport",
        if head.secure { "true" } else { "false" },
    );
    if let Some(agent) = head.header("user-agent") {
        context.insert("acs:UserAgent", agent);
    }
    if !caller.is_anonymous() {
        // A second factor is asked for at the console's login only, which has no access key.
        context.insert("acs:MFAPresent", "false");
        context.insert("acs:PrincipalARN", caller.principal.arn());
    }
    if let Some(key) = &caller.access_key_id {
        context.insert("acs:AccessId", &**key);
    }
    let source_identity = caller
        .session
        .as_ref()
        .and_then(|s| s.source_identity.clone());
    if let Some(identity) = source_identity {
        context.insert("acs:SourceIdentity", identity);
    }
    context
}
