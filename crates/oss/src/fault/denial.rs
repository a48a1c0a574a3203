//! Requests that policies and ACLs do not allow (§3.1, spec/identity.md §4.9).

use gateway::{AuthPrincipal, Denial, Fault};
use policy::{Decision, Layer, Principal, Verdict};

use super::{access_denied, anonymous_forbidden};
use crate::Oss;
use crate::attributes::PUT_TAGGING;
use crate::route::Scope;

const NO_RIGHT: &str = "You have no right to access this object.";
const BUCKET_ACL: &str = "You have no right to access this object because of bucket acl.";
const BY_POLICY: &str = "Access denied by bucket policy.";
const BY_SESSION: &str = "Access denied by authorizer's policy.";

/// The refusal, with the reason that the real service would give.
pub(crate) fn denied(denial: &Denial<'_, Oss>) -> Fault {
    let (message, ec) = reason(denial);
    let mut fault = match ec {
        Ec::Anonymous => anonymous_forbidden(),
        Ec::Code(ec) => access_denied(message).ec(ec),
    };
    if let Some(detail) = detail(denial) {
        fault = fault.with_group("AccessDeniedDetail", detail);
        if let Some(bucket) = bucket_of(denial.arn) {
            fault = fault.with("Bucket", bucket);
        }
        if let Some(user) = user_of(&denial.caller.principal) {
            fault = fault.with("User", user);
        }
    }
    fault
}

enum Ec {
    Code(&'static str),
    /// The message goes with the code.
    Anonymous,
}

fn reason(denial: &Denial<'_, Oss>) -> (&'static str, Ec) {
    let decision = denial.decision;
    if decision.verdict == Verdict::ExplicitDeny {
        return explicit(decision);
    }
    if decision.layer == Layer::Session {
        return (BY_SESSION, Ec::Code("0003-00000202"));
    }
    let object = denial.op.route.scope == Scope::Object || bucket_of_object(denial.arn);
    // A second permission besides the operation's own (EC page 0003-00000905).
    if denial.action == PUT_TAGGING && !denial.op.action.names().contains(&PUT_TAGGING) {
        return (NO_RIGHT, Ec::Code("0003-00000905"));
    }
    match denial.caller.principal {
        Principal::Anonymous if !object => ("", Ec::Anonymous),
        Principal::Anonymous => by_acl(denial),
        _ if is_stranger(denial) && !object => (
            "The bucket you access does not belong to you.",
            Ec::Code("0003-00000001"),
        ),
        _ if is_stranger(denial) => by_acl(denial),
        _ if object => (BUCKET_ACL, Ec::Code("0003-00000202")),
        _ => (NO_RIGHT, Ec::Code("0003-00000202")),
    }
}

/// Whether the caller has no policies that could have allowed it: an account itself, and whoever belongs to another
/// account than the resource (spec/identity.md §4.7).
fn is_stranger(denial: &Denial<'_, Oss>) -> bool {
    let caller = &denial.caller.principal;
    matches!(caller, Principal::Account { .. })
        || denial.caller.account() != Some(&*denial.guard.owner)
}

fn explicit(decision: &Decision) -> (&'static str, Ec) {
    if decision.layer == Layer::Session {
        return (BY_SESSION, Ec::Code("0003-00000201"));
    }
    let ec = match (&decision.identity_deny, &decision.resource_deny) {
        (Some(_), Some(_)) => "0003-00000203",
        (None, Some(_)) => "0003-00000101",
        (_, None) => "0003-00000201",
    };
    (BY_POLICY, Ec::Code(ec))
}

/// The one who refused is the object's own ACL, or the bucket's.
fn by_acl(denial: &Denial<'_, Oss>) -> (&'static str, Ec) {
    match denial.action {
        "oss:GetObjectAcl" => (
            "You do not have read acl permission on this object.",
            Ec::Code("0003-00000007"),
        ),
        "oss:PutObjectAcl" => (
            "You do not have write acl permission on this object.",
            Ec::Code("0003-00000007"),
        ),
        _ if denial.guard.own_acl => (NO_RIGHT, Ec::Code("0003-00000005")),
        _ => (BUCKET_ACL, Ec::Code("0003-00000001")),
    }
}

/// What the caller's own policies lack. Refusals by a bucket policy and of callers without policies have none.
fn detail(denial: &Denial<'_, Oss>) -> Option<Vec<(&'static str, String)>> {
    let decision = denial.decision;
    if !matches!(
        denial.caller.principal,
        Principal::User { .. } | Principal::Session { .. } | Principal::Federated { .. }
    ) {
        return None;
    }
    let explicit = decision.verdict == Verdict::ExplicitDeny;
    let by_resource = decision.identity_deny.is_none() && decision.layer == Layer::Resource;
    if explicit && by_resource {
        return None;
    }
    if !explicit && decision.layer != Layer::Session && is_stranger(denial) {
        return None;
    }
    let principal = AuthPrincipal::of(&denial.caller.principal);
    let mut detail = vec![
        ("PolicyType", denial.policy_type().to_owned()),
        ("AuthPrincipalOwnerId", principal.owner),
        ("AuthPrincipalType", principal.kind),
        ("AuthPrincipalDisplayName", principal.display_name),
        ("NoPermissionType", denial.no_permission_type().to_owned()),
        ("AuthAction", denial.action.to_owned()),
    ];
    let sealed = denial.diagnosis.map(str::to_owned);
    detail.extend(sealed.map(|text| ("EncodedDiagnosticMessage", text)));
    Some(detail)
}

/// The bucket in `acs:oss:*:<owner>:<bucket>[/<key>]`.
fn bucket_of(arn: &str) -> Option<&str> {
    let resource = arn.strip_prefix("acs:oss:")?.splitn(3, ':').nth(2)?;
    let bucket = resource.split('/').next()?;
    (bucket != "*").then_some(bucket)
}

fn bucket_of_object(arn: &str) -> bool {
    arn.splitn(5, ':').nth(4).is_some_and(|r| r.contains('/'))
}

fn user_of(principal: &Principal) -> Option<String> {
    match principal {
        Principal::User { id, .. } => Some(id.to_string()),
        Principal::Session {
            role_id,
            session_name,
            ..
        } => Some(format!("{role_id}:{session_name}")),
        Principal::Account { account } => Some(account.to_string()),
        Principal::Anonymous | Principal::Service { .. } | Principal::Federated { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_name_bucket_and_object() {
        assert_eq!(bucket_of("acs:oss:*:1:b/k:x/y"), Some("b"));
        assert_eq!(bucket_of("acs:oss:*:1:b"), Some("b"));
        assert_eq!(bucket_of("acs:oss:*:1:*"), None);
        assert!(bucket_of_object("acs:oss:*:1:b/k"));
        assert!(!bucket_of_object("acs:oss:*:1:b"));
    }
}
