//! Who may not: signatures, keys, permissions.

use gateway::{AuthFailure, CredentialError, Denial, Fault};
use signature::Malformed;

use super::invalid_argument;
use crate::Fc;

/// No policy allows it, or one forbids it.
pub(crate) fn denied(denial: &Denial<'_, Fc>) -> Fault {
    access_denied(format!(
        "the caller is not authorized to perform '{}' on resource '{}'",
        denial.action, denial.arn
    ))
}

pub(super) fn access_denied(message: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
    Fault::new(403, "AccessDenied", message)
}

/// The host names another account than the caller's.
pub(crate) fn account_does_not_match() -> Fault {
    access_denied("the service or function doesn't belong to you")
}

/// The role is not there, or does not trust Function Compute (spec/fc.md §4).
pub(crate) fn cannot_assume_role(arn: &str) -> Fault {
    access_denied(format!("No permission to assume the role '{arn}' for you"))
}

/// A header that a request has to have.
pub(crate) fn missing_header(name: &str) -> Fault {
    let message = format!("required HTTP header {name} was not specified");
    Fault::new(400, "MissingRequiredHeader", message)
}

/// The body is another one than that which was signed.
pub(crate) fn signature_not_match() -> Fault {
    Fault::new(
        403,
        "SignatureNotMatch",
        "the request signature we calculated does not match the signature you provided. Check your access key and \
         signing method.",
    )
}

fn invalid_access_key(id: &str) -> Fault {
    let message = format!("invalid access key ID '{id}'");
    Fault::new(403, "InvalidAccessKeyID", message)
}

/// A request that could not be authenticated.
pub(crate) fn unauthenticated(failure: AuthFailure) -> Fault {
    match failure {
        AuthFailure::Malformed(Malformed::MissingHeader { name }) => missing_header(&title(name)),
        AuthFailure::Malformed(malformed) => invalid_argument(malformed.to_string()),
        AuthFailure::Scope(fault) => fault,
        AuthFailure::Expired { at, .. } => access_denied(format!(
            "the signed request expired at '{}'",
            at.to_rfc3339()
        )),
        AuthFailure::Skewed {
            request_time,
            server_time,
        } => access_denied(format!(
            "the difference between the request time '{}' and the current time '{}' is too large",
            request_time.to_rfc2822(),
            server_time.to_rfc2822()
        )),
        AuthFailure::Credential {
            access_key_id,
            error,
        } => credential(&access_key_id, error),
        AuthFailure::Mismatch { .. } => signature_not_match(),
        AuthFailure::Network => {
            access_denied("the access key is not allowed from this network address")
        }
        AuthFailure::Replayed => Fault::new(
            400,
            "SignatureNonceUsed",
            "Specified signature nonce was used already.",
        ),
    }
}

fn credential(id: &str, error: CredentialError) -> Fault {
    match error {
        CredentialError::Unknown { .. } | CredentialError::Inactive => invalid_access_key(id),
        CredentialError::TokenMissing => access_denied("the security token is required"),
        CredentialError::TokenInvalid | CredentialError::TokenMismatch => {
            access_denied("the security token is invalid")
        }
        CredentialError::TokenExpired => access_denied("the security token has expired"),
        CredentialError::Failed(fault) => fault,
    }
}

/// `Date` for `date`, as the service writes it.
fn title(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    words.collect::<Vec<_>>().join("-")
}
