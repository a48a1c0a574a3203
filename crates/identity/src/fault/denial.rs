//! Why a request was refused, as the error body tells it (spec/identity.md §1.7, §4.9).

use gateway::{Denial, Service};
use policy::{Layer, Principal, Verdict};

/// The elements of `AccessDeniedDetail`.
pub fn access_denied_detail<S: Service>(denial: &Denial<'_, S>) -> Vec<(&'static str, String)> {
    let principal = &denial.caller.principal;
    let (kind, name) = who(principal);
    let owner = principal.account().unwrap_or_default();
    vec![
        ("AuthAction", denial.action.to_owned()),
        ("AuthPrincipalDisplayName", name),
        ("AuthPrincipalOwnerId", owner.to_owned()),
        ("AuthPrincipalType", kind.to_owned()),
        (
            "NoPermissionType",
            verdict(denial.decision.verdict).to_owned(),
        ),
        ("PolicyType", layer(denial.decision.layer).to_owned()),
    ]
}

/// Type and display name: the id of a user, role and session of a session. The words for a root are not
/// documented.
fn who(principal: &Principal) -> (&'static str, String) {
    match principal {
        Principal::User { id, .. } => ("SubUser", id.to_string()),
        Principal::Session {
            role_name,
            session_name,
            ..
        } => ("AssumedRoleUser", format!("{role_name}:{session_name}")),
        Principal::Federated { provider } => ("Federated", provider.to_string()),
        Principal::Account { account } => ("Account", account.to_string()),
        Principal::Service { name } => ("Service", name.to_string()),
        Principal::Anonymous => ("Anonymous", String::new()),
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::ExplicitDeny => "ExplicitDeny",
        Verdict::ImplicitDeny | Verdict::Allow => "ImplicitDeny",
    }
}

fn layer(layer: Layer) -> &'static str {
    match layer {
        Layer::Control => "ControlPolicy",
        Layer::Session => "SessionPolicy",
        Layer::Resource => "AssumeRolePolicy",
        Layer::ResourceGroup => "ResourceGroupLevelIdentityBasedPolicy",
        Layer::Identity | Layer::Owner | Layer::Acl => "AccountLevelIdentityBasedPolicy",
    }
}
