//! Why a request was refused, in the words of the real service (spec/identity.md §4.9).

use policy::{Holder, Layer, Merge, PolicyType, Principal, Recorder, Request, Step, Verdict};
use serde::{Deserialize, Serialize};

use crate::{Denial, Layers, Service};

/// The most bytes of condition keys and their values that a diagnosis carries. It goes back with every refusal, and oss2
/// reads no more than 4096 bytes of an error.
const MOST_CONDITIONS: usize = 640;

/// Everything that the encoded message of a refusal tells who may decode it.
/// <https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-decodediagnosticmessage>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// What was asked for, `service:Action`.
    pub action: String,
    /// On what.
    pub resource: String,
    /// By whom.
    pub principal: AuthPrincipal,
    /// The condition keys of the request, each with its values.
    pub conditions: Vec<(String, Vec<String>)>,
    /// Whether a statement denies it, and not just none allows it.
    pub explicit: bool,
    /// The kind of policy that denies, or lacks an Allow.
    pub policy_type: String,
    /// The policies that have a statement which matches.
    pub matched: Vec<MatchedPolicy>,
}

/// Who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthPrincipal {
    /// `SubUser`, `AssumedRoleUser` or `Federated`. The words for others are not documented.
    pub kind: String,
    /// The uid of the account that they belong to.
    pub owner: String,
    /// The id of a user, role and session of a session, kind and name of a provider.
    pub display_name: String,
}

/// A policy with a statement that matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchedPolicy {
    /// Its name.
    pub name: String,
    /// `System` or `Custom`.
    pub policy_type: String,
    /// Its version; only custom policies have one.
    pub version: Option<u32>,
    /// `Allow` or `Deny`.
    pub effect: String,
    /// `RamUser`, `RamGroup` or `RamRole`.
    pub entity: String,
    /// `Account` or `ResourceGroup`.
    pub scope: String,
}

impl Diagnosis {
    /// Decides once more, and keeps what the documented structure has room for.
    pub(crate) fn of(layers: &Layers, request: &Request<'_>) -> Self {
        let mut recorder = Recorder::default();
        let decision = layers.decide(request, &mut recorder);
        Self {
            action: request.action.to_owned(),
            resource: request.resource.to_owned(),
            principal: AuthPrincipal::of(request.principal),
            conditions: conditions(request.context),
            explicit: decision.verdict == Verdict::ExplicitDeny,
            policy_type: policy_type(decision.layer, layers.guard.merge).to_owned(),
            matched: recorder.steps.iter().flat_map(matched).collect(),
        }
    }
}

impl AuthPrincipal {
    /// How the service calls somebody.
    pub fn of(principal: &Principal) -> Self {
        let (kind, display_name) = match principal {
            Principal::User { id, .. } => ("SubUser", id.to_string()),
            Principal::Session {
                role_name,
                session_name,
                ..
            } => ("AssumedRoleUser", format!("{role_name}:{session_name}")),
            Principal::Federated { provider } => {
                let name = provider.rsplit(':').next().unwrap_or(provider);
                ("Federated", name.to_owned())
            }
            Principal::Account { account } => ("Account", account.to_string()),
            Principal::Service { name } => ("Service", name.to_string()),
            Principal::Anonymous => ("Anonymous", String::new()),
        };
        let owner = match principal {
            Principal::Federated { provider } => provider.split(':').nth(3),
            other => other.account(),
        };
        Self {
            kind: kind.to_owned(),
            owner: owner.unwrap_or_default().to_owned(),
            display_name,
        }
    }
}

impl<S: Service> Denial<'_, S> {
    /// The kind of policy that denies, or lacks an Allow.
    pub fn policy_type(&self) -> &'static str {
        policy_type(self.decision.layer, self.guard.merge)
    }

    /// Whether a statement denies it, or none allows it.
    pub fn no_permission_type(&self) -> &'static str {
        match self.decision.verdict {
            Verdict::ExplicitDeny => "ExplicitDeny",
            Verdict::ImplicitDeny | Verdict::Allow => "ImplicitDeny",
        }
    }
}

fn policy_type(layer: Layer, merge: Merge) -> &'static str {
    match layer {
        Layer::Control => "ControlPolicy",
        Layer::Session => "SessionPolicy",
        Layer::ResourceGroup => "ResourceGroupLevelIdentityBasedPolicy",
        Layer::Resource if merge == Merge::Both => "AssumeRolePolicy",
        Layer::Resource | Layer::Identity | Layer::Owner | Layer::Acl => {
            "AccountLevelIdentityBasedPolicy"
        }
    }
}

/// In the order in which the keys came, as far as there is room.
fn conditions(context: &policy::Context) -> Vec<(String, Vec<String>)> {
    let mut room = MOST_CONDITIONS;
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for (key, value) in context.iter() {
        let Some(left) = room.checked_sub(key.len() + value.len()) else {
            continue;
        };
        room = left;
        match all.iter_mut().find(|(known, _)| known == key) {
            Some((_, values)) => values.push(value.to_owned()),
            None => all.push((key.to_owned(), vec![value.to_owned()])),
        }
    }
    all
}

/// The policies of one layer that have a statement which matches; only those of identities have a place there.
fn matched(step: &Step) -> Vec<MatchedPolicy> {
    let scope = match step.layer {
        Layer::ResourceGroup => "ResourceGroup",
        _ => "Account",
    };
    let mut all = Vec::new();
    for look in step.looks.iter().filter(|look| look.mismatch.is_none()) {
        let policy_type = match look.statement.policy_type {
            PolicyType::System => "System",
            PolicyType::Custom => "Custom",
            _ => continue,
        };
        let entity = match look.holder {
            Some(Holder::Group(_)) => "RamGroup",
            Some(Holder::Role) => "RamRole",
            Some(Holder::User) | None => "RamUser",
        };
        let one = MatchedPolicy {
            name: look.statement.policy.to_string(),
            policy_type: policy_type.to_owned(),
            version: look.version,
            effect: format!("{:?}", look.effect),
            entity: entity.to_owned(),
            scope: scope.to_owned(),
        };
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}
