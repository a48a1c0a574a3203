//! The errors of AssumeRoleWithOIDC, all of them 401, and those of providers of OpenID Connect.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-errorcodes>

use std::borrow::Cow;

use gateway::Fault;

fn invalid(message: impl Into<Cow<'static, str>>) -> Fault {
    Fault::new(401, "AuthenticationFail.OIDCToken.Invalid", message)
}

/// There is no token.
pub fn empty_token() -> Fault {
    invalid("The OIDCToken can not empty.")
}

/// The token is not three parts between dots.
pub fn token_without_three_parts() -> Fault {
    invalid("The number of Jwt field should be divided into 3 parts with '.' .")
}

/// A part of the token is not Base64url.
pub fn undecodable_token() -> Fault {
    invalid("Cannot decode base64 encoded response(format invalided).")
}

/// The token is signed in a way that does not count.
pub fn unknown_algorithm(name: &str) -> Fault {
    invalid(format!(
        "The algorithm {name} that be specified in Jwt header is unknown."
    ))
}

/// The token lacks a claim, or has one of the wrong kind; it is too long; or it was issued in the future.
pub fn unrecognized_token() -> Fault {
    invalid("The Jwt content is invalid that cannot be recognized.")
}

/// The provider does not exist, or another issuer made the token.
pub fn no_such_provider_to_trust() -> Fault {
    Fault::new(
        401,
        "AuthenticationFail.NoPermission",
        "No such OIDC Provider registered.",
    )
}

/// The role's trust policy does not allow it.
pub fn provider_not_trusted() -> Fault {
    Fault::new(
        401,
        "AuthenticationFail.NoPermission",
        "There is no permission",
    )
}

/// The token is for somebody else.
pub fn audience_not_match() -> Fault {
    Fault::new(
        401,
        "AuthenticationFail.OIDCToken.AudienceNotMatch",
        "Invalid audience.",
    )
}

/// The token is over, or was issued longer ago than the provider's limit.
pub fn token_expired() -> Fault {
    Fault::new(
        401,
        "AuthenticationFail.OIDCToken.Expired",
        "This JsonWebToken is expired.",
    )
}

/// The issuer's keys cannot be had.
pub fn issuer_unreachable() -> Fault {
    Fault::new(
        401,
        "AuthenticationFail.OIDCToken.HttpsUrlInvalid",
        "Invoke url failed due to certificate chain validation",
    )
}

/// No key of the issuer made the signature.
pub fn token_signature() -> Fault {
    Fault::new(
        401,
        "AuthenticationFail.OIDCToken.InvalidSignature",
        "OIDC token validate failed: invalid signature.",
    )
}

/// No such provider. Its text follows the pattern of the others.
pub fn no_such_oidc_provider() -> Fault {
    Fault::new(
        404,
        "EntityNotExist.OIDCProvider",
        "The OIDC provider does not exist.",
    )
}

/// The name or the issuer is taken. Its text follows the pattern of the others.
pub fn oidc_provider_exists() -> Fault {
    Fault::new(
        409,
        "EntityAlreadyExists.OIDCProvider",
        "The OIDC provider does already EXIST.",
    )
}

/// Too many providers. No source has this code; it follows the pattern of the others.
pub fn too_many_oidc_providers() -> Fault {
    Fault::new(
        409,
        "LimitExceeded.OIDCProvider",
        "The count of OIDC providers beyond the current limits.",
    )
}

/// Too many client ids of one provider. No source has this code; it follows the pattern of the others.
pub fn too_many_client_ids() -> Fault {
    Fault::new(
        409,
        "LimitExceeded.OIDCProvider.ClientId",
        "The count of client ids of the OIDC provider beyond the current limits.",
    )
}

/// Too many fingerprints of one provider. No source has this code; it follows the pattern of the others.
pub fn too_many_fingerprints() -> Fault {
    Fault::new(
        409,
        "LimitExceeded.OIDCProvider.Fingerprint",
        "The count of fingerprints of the OIDC provider beyond the current limits.",
    )
}
