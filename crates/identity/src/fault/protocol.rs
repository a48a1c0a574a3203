//! What the gateway of the real cloud answers before a product sees the request (spec/identity.md §1.8).

use gateway::{AuthFailure, CredentialError, Fault};
use signature::Malformed;

/// A mandatory parameter is not there.
pub fn missing_parameter(name: &str) -> Fault {
    let message = format!(
        "The input parameter \"{name}\" that is mandatory for processing this request is not supplied"
    );
    Fault::new(400, "MissingParameter", message)
}

/// A parameter has a value that cannot be.
pub fn invalid_parameter(name: &str) -> Fault {
    let message = format!("The specified parameter \"{name}\" is not valid.");
    Fault::new(400, "InvalidParameter", message)
}

/// Code and beginning of the text for an operation that is not there.
const NOT_FOUND: (&str, &str) = (
    "InvalidAction.NotFound",
    "Specified api is not found, please check your url and method.",
);

/// There is no operation at this path.
pub fn action_not_found() -> Fault {
    Fault::new(404, NOT_FOUND.0, NOT_FOUND.1)
}

/// The operation exists in the real service and not here. The service never says this, so the text may tell the two apart.
pub fn not_emulated(action: &str) -> Fault {
    let (code, text) = NOT_FOUND;
    Fault::new(
        404,
        code,
        format!("{text} LocalYun does not emulate {action}."),
    )
}

/// Neither GET nor POST.
pub fn unsupported_method() -> Fault {
    Fault::new(
        403,
        "UnsupportedHTTPMethod",
        "This http method is not supported.",
    )
}

/// No key has this id.
pub fn unknown_access_key() -> Fault {
    Fault::new(
        404,
        "InvalidAccessKeyId.NotFound",
        "Specified access key is not found.",
    )
}

/// The key is switched off.
pub fn inactive_access_key() -> Fault {
    Fault::new(
        400,
        "InvalidAccessKeyId.Inactive",
        "Specified access key is disabled.",
    )
}

/// Clients find the string to sign behind the first colon of this text and compare it with their own.
pub fn signature_does_not_match(string_to_sign: &str) -> Fault {
    let message = format!(
        "Specified signature is not matched with our calculation. server string to sign is:{string_to_sign}"
    );
    Fault::new(400, "SignatureDoesNotMatch", message)
}

/// The signature cannot be read.
pub fn incomplete_signature() -> Fault {
    Fault::new(
        400,
        "IncompleteSignature",
        "The request signature does not conform to Aliyun standards.",
    )
}

/// The time stamp is too far from now.
pub fn timestamp_expired() -> Fault {
    Fault::new(
        400,
        "InvalidTimeStamp.Expired",
        "Specified time stamp or date value is expired.",
    )
}

/// The time stamp is not a time.
pub fn timestamp_format() -> Fault {
    Fault::new(
        400,
        "InvalidTimeStamp.Format",
        "Specified time stamp or date value is not well formatted.",
    )
}

/// The same signed request came before.
pub fn nonce_used() -> Fault {
    Fault::new(
        400,
        "SignatureNonceUsed",
        "Specified signature nonce was used already.",
    )
}

/// A key of STS came without its token.
pub fn missing_security_token() -> Fault {
    Fault::new(
        400,
        "MissingSecurityToken",
        "SecurityToken is mandatory for this action.",
    )
}

/// The token is over.
pub fn security_token_expired() -> Fault {
    Fault::new(
        400,
        "InvalidSecurityToken.Expired",
        "Specified SecurityToken is expired.",
    )
}

/// The token was not made here, was changed, or its role is gone.
pub fn security_token_malformed() -> Fault {
    Fault::new(
        400,
        "InvalidSecurityToken.Malformed",
        "Specified SecurityToken is malformed.",
    )
}

/// The token is of another key.
pub fn security_token_mismatch() -> Fault {
    Fault::new(
        400,
        "InvalidSecurityToken.MismatchWithAccessKey",
        "Specified SecurityToken mismatch with the AccessKey.",
    )
}

/// The policy of the access key lets nobody use it from this address. Neither code nor text could be found in a
/// document; `Forbidden` is what a key under restrictive protection answers
/// (<https://www.alibabacloud.com/help/en/ram/user-guide/accesskey-restrictive-protection-description>).
pub fn key_policy_forbids() -> Fault {
    Fault::new(
        403,
        "Forbidden",
        "The network access restriction policy of this AccessKey does not allow requests from this address.",
    )
}

/// A request that could not be authenticated, in the words of the RPC gateway.
pub fn unauthenticated(failure: AuthFailure) -> Fault {
    match failure {
        AuthFailure::Malformed(malformed) => unreadable(&malformed),
        AuthFailure::Scope(fault) => fault,
        AuthFailure::Expired { .. } | AuthFailure::Skewed { .. } => timestamp_expired(),
        AuthFailure::Credential { error, .. } => unusable(error),
        AuthFailure::Mismatch { mismatch, .. } => {
            signature_does_not_match(&mismatch.string_to_sign)
        }
        AuthFailure::Replayed => nonce_used(),
        AuthFailure::Network => key_policy_forbids(),
    }
}

fn unreadable(malformed: &Malformed) -> Fault {
    match malformed {
        Malformed::MissingParameter { name } | Malformed::MissingHeader { name } => {
            missing_parameter(name)
        }
        Malformed::BadSignatureMethod { .. } | Malformed::UnsupportedAlgorithm { .. } => {
            invalid_parameter("SignatureMethod")
        }
        Malformed::BadSignatureVersion { .. } => invalid_parameter("SignatureVersion"),
        Malformed::BadSignatureType { .. } => invalid_parameter("SignatureType"),
        Malformed::BadTimestamp { .. } => timestamp_format(),
        _ => incomplete_signature(),
    }
}

fn unusable(error: CredentialError) -> Fault {
    match error {
        CredentialError::Unknown { .. } => unknown_access_key(),
        CredentialError::Inactive => inactive_access_key(),
        CredentialError::TokenMissing => missing_security_token(),
        CredentialError::TokenInvalid => security_token_malformed(),
        CredentialError::TokenMismatch => security_token_mismatch(),
        CredentialError::TokenExpired => security_token_expired(),
        CredentialError::Failed(fault) => fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_string_to_sign_follows_the_first_colon_at_once() {
        let fault = signature_does_not_match("GET&%2F&a%3Db");
        assert_eq!(fault.text().split(':').nth(1), Some("GET&%2F&a%3Db"));
    }
}
