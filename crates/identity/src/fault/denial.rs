//! Why a request was refused, as the error body tells it (spec/identity.md §1.7, §4.9).

use gateway::{AuthPrincipal, Denial, Service};

/// The elements of `AccessDeniedDetail`.
pub fn access_denied_detail<S: Service>(denial: &Denial<'_, S>) -> Vec<(&'static str, String)> {
    let principal = AuthPrincipal::of(&denial.caller.principal);
    let mut detail = vec![
        ("AuthAction", denial.action.to_owned()),
        ("AuthPrincipalDisplayName", principal.display_name),
        ("AuthPrincipalOwnerId", principal.owner),
        ("AuthPrincipalType", principal.kind),
    ];
    let sealed = denial.diagnosis.map(str::to_owned);
    detail.extend(sealed.map(|text| ("EncodedDiagnosticMessage", text)));
    detail.extend([
        ("NoPermissionType", denial.no_permission_type().to_owned()),
        ("PolicyType", denial.policy_type().to_owned()),
    ]);
    detail
}
