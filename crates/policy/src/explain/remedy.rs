//! The smallest change that turns a denial into an Allow. What is proposed here was tried: it is added to the layers,
//! and the decision is made again.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::decide::decide;
use crate::document::{Document, Grammar};
use crate::principal::Principal;
use crate::question::{
    Attached, Decision, Identity, Layer, Merge, PolicyType, Question, Request, StatementRef,
    Verdict,
};

/// How many changes one remedy may consist of. Who needs more has to rethink the policies.
const MOST: usize = 16;

/// One change to a policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fix {
    /// This statement denies, and no Allow helps against that: it has to be narrowed or removed.
    Change(StatementRef),
    /// This statement is missing.
    Add {
        /// In what kind of policy.
        place: Place,
        /// Whose.
        of: String,
        /// The statement.
        statement: Proposal,
    },
}

/// A kind of policy that a statement can be added to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A control policy of the resource directory.
    ControlPolicy,
    /// The policy that is handed in with AssumeRole.
    SessionPolicy,
    /// A policy attached to the user or the role.
    IdentityPolicy,
    /// The policy of the bucket.
    BucketPolicy,
    /// The trust policy of the role.
    TrustPolicy,
}

/// A statement that would allow just what was asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Proposal {
    effect: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<Whom>,
    action: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    condition: BTreeMap<&'static str, BTreeMap<String, String>>,
}

/// The `Principal` of a proposal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub enum Whom {
    /// As bucket policies name callers.
    Bucket([String; 1]),
    /// As trust policies do, by kind.
    Trust(BTreeMap<&'static str, String>),
}

/// The keys of a token of OpenID Connect. A trust policy that leaves them open trusts everybody whom the issuer knows.
const FEDERATED: [&str; 3] = ["oidc:iss", "oidc:aud", "oidc:sub"];

impl fmt::Display for Proposal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

/// Every way that was found, the plainest first.
pub(super) fn remedies(question: &Question<'_>, request: &Request<'_>) -> Vec<Vec<Fix>> {
    let ways = [Place::IdentityPolicy, Place::BucketPolicy];
    let mut found: Vec<Vec<Fix>> = Vec::new();
    for way in ways {
        let fixes = Scene::of(question).mend(request, way);
        found.extend(fixes.filter(|fixes| !found.contains(fixes)));
    }
    found
}

/// The layers of a question, to be changed.
struct Scene<'a> {
    question: Question<'a>,
    control: Option<Vec<Attached>>,
    session: Option<Vec<Attached>>,
    account: Vec<Attached>,
    resource_group: Vec<Attached>,
    resource: Vec<Attached>,
}

impl<'a> Scene<'a> {
    fn of(question: &Question<'a>) -> Self {
        Self {
            question: *question,
            control: question.control.map(<[_]>::to_vec),
            session: question.session.map(<[_]>::to_vec),
            account: question.identity.account.to_vec(),
            resource_group: question.identity.resource_group.to_vec(),
            resource: question.resource.to_vec(),
        }
    }

    fn decide(&self, request: &Request<'_>) -> Decision {
        let question = Question {
            control: self.control.as_deref(),
            session: self.session.as_deref(),
            identity: Identity {
                account: &self.account,
                resource_group: &self.resource_group,
            },
            resource: &self.resource,
            ..self.question
        };
        decide(&question, request, &mut ())
    }

    /// Takes away what denies and adds what is missing until it is allowed. `way` says where an Allow goes that could
    /// stand with the caller or with the resource.
    fn mend(mut self, request: &Request<'_>, way: Place) -> Option<Vec<Fix>> {
        let mut fixes = Vec::new();
        while fixes.len() < MOST {
            let decision = self.decide(request);
            match decision.verdict {
                Verdict::Allow => return Some(fixes),
                Verdict::ExplicitDeny => {
                    let both = [&decision.identity_deny, &decision.resource_deny];
                    let mut denies: Vec<_> = both.into_iter().flatten().cloned().collect();
                    if denies.is_empty() {
                        denies.extend(decision.because);
                    }
                    for deny in denies {
                        self.silence(&deny);
                        fixes.push(Fix::Change(deny));
                    }
                }
                Verdict::ImplicitDeny => {
                    let place = self.place(decision.layer, way);
                    let fix = self.add(place, request)?;
                    if fixes.contains(&fix) {
                        return None;
                    }
                    fixes.push(fix);
                }
            }
        }
        None
    }

    fn place(&self, silent: Layer, way: Place) -> Place {
        match (silent, self.question.merge) {
            (Layer::Control, _) => Place::ControlPolicy,
            (Layer::Session, _) => Place::SessionPolicy,
            (Layer::Resource, Merge::Both) => Place::TrustPolicy,
            (_, Merge::Both) => Place::IdentityPolicy,
            (_, Merge::Either) => way,
        }
    }

    fn silence(&mut self, at: &StatementRef) {
        let gates = self.control.iter_mut().chain(&mut self.session);
        let sets = [
            &mut self.account,
            &mut self.resource_group,
            &mut self.resource,
        ];
        for policy in gates.chain(sets).flatten() {
            if policy.name == at.policy && policy.policy_type == at.policy_type {
                policy.document = Arc::new(policy.document.without(at.index));
            }
        }
    }

    fn add(&mut self, place: Place, request: &Request<'_>) -> Option<Fix> {
        let statement = place.proposal(request)?;
        let text = format!(r#"{{"Version":"1","Statement":[{statement}]}}"#);
        let document = Document::parse(&text, place.grammar()).ok()?;
        let attached = Attached::new("proposal", place.policy_type(), document);
        match place {
            Place::ControlPolicy => self.control.get_or_insert_default(),
            Place::SessionPolicy => self.session.get_or_insert_default(),
            Place::IdentityPolicy => &mut self.account,
            Place::BucketPolicy | Place::TrustPolicy => &mut self.resource,
        }
        .push(attached);
        Some(Fix::Add {
            place,
            of: place.of(request),
            statement,
        })
    }
}

impl Place {
    /// Whether the resource is a bucket or in one: only those have a policy of their own.
    pub(super) fn has_bucket_policy(request: &Request<'_>) -> bool {
        bucket(request).is_some()
    }

    fn grammar(self) -> Grammar {
        match self {
            Self::ControlPolicy | Self::IdentityPolicy => Grammar::Identity,
            Self::SessionPolicy => Grammar::Session,
            Self::BucketPolicy => Grammar::Bucket,
            Self::TrustPolicy => Grammar::Trust,
        }
    }

    fn policy_type(self) -> PolicyType {
        match self {
            Self::ControlPolicy => PolicyType::Control,
            Self::SessionPolicy => PolicyType::Session,
            Self::IdentityPolicy => PolicyType::Custom,
            Self::BucketPolicy => PolicyType::Bucket,
            Self::TrustPolicy => PolicyType::Trust,
        }
    }

    fn proposal(self, request: &Request<'_>) -> Option<Proposal> {
        let named = match self {
            Self::ControlPolicy | Self::SessionPolicy | Self::IdentityPolicy => None,
            Self::BucketPolicy => {
                bucket(request)?;
                Some(Whom::in_bucket_policy(request.principal)?)
            }
            Self::TrustPolicy => Some(Whom::in_trust_policy(request.principal)?),
        };
        let mut condition = BTreeMap::new();
        if matches!(request.principal, Principal::Federated { .. }) {
            let value = |key: &str| Some((key.to_owned(), request.context.get(key)?.to_owned()));
            let keys: BTreeMap<_, _> = FEDERATED.into_iter().filter_map(value).collect();
            condition.extend((!keys.is_empty()).then_some(("StringEquals", keys)));
        }
        Some(Proposal {
            effect: "Allow",
            principal: named,
            action: request.action.to_owned(),
            resource: (self != Self::TrustPolicy).then(|| request.resource.to_owned()),
            condition,
        })
    }

    /// Whose policy of this kind, for people.
    fn of(self, request: &Request<'_>) -> String {
        let role = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
        match (self, request.principal) {
            (Self::ControlPolicy, _) => "the resource directory".to_owned(),
            (Self::SessionPolicy, Principal::Session { session_name, .. }) => {
                format!("the session {session_name}")
            }
            (Self::BucketPolicy, _) => {
                format!("the bucket {}", bucket(request).unwrap_or_default())
            }
            (Self::TrustPolicy, _) => format!("the role {}", role(request.resource)),
            (_, Principal::User { name, .. }) => format!("the user {name}"),
            (_, Principal::Session { role_name, .. }) => format!("the role {role_name}"),
            (_, other) => other.arn(),
        }
    }
}

impl Whom {
    fn in_bucket_policy(caller: &Principal) -> Option<Self> {
        let named = match caller {
            Principal::Anonymous => "*".to_owned(),
            Principal::Account { account } => account.to_string(),
            Principal::User { id, .. } => id.to_string(),
            Principal::Session {
                account,
                role_name,
                session_name,
                ..
            } => {
                let role = role_name.to_ascii_lowercase();
                format!("arn:sts::{account}:assumed-role/{role}/{session_name}")
            }
            Principal::Service { .. } | Principal::Federated { .. } => return None,
        };
        Some(Self::Bucket([named]))
    }

    fn in_trust_policy(caller: &Principal) -> Option<Self> {
        let (kind, name) = match caller {
            Principal::Anonymous => return None,
            Principal::Session {
                account, role_name, ..
            } => ("RAM", format!("acs:ram::{account}:role/{role_name}")),
            Principal::Account { .. } | Principal::User { .. } => ("RAM", caller.arn()),
            Principal::Service { name } => ("Service", name.to_string()),
            Principal::Federated { provider } => ("Federated", provider.to_string()),
        };
        Some(Self::Trust([(kind, name)].into()))
    }
}

/// The bucket that `acs:oss:<region>:<owner>:<bucket>[/<key>]` names.
fn bucket<'a>(request: &Request<'a>) -> Option<&'a str> {
    let mut fields = request.resource.splitn(5, ':');
    let service = fields.nth(1);
    let bucket = fields.nth(2)?.split('/').next()?;
    (service == Some("oss") && bucket != "*").then_some(bucket)
}
