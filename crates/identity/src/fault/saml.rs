//! The errors of AssumeRoleWithSAML, and those of providers of SAML.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-assumerolewithsaml>

use gateway::Fault;

/// A mandatory parameter is not there. AssumeRoleWithSAML has words of its own for that.
pub fn missing_for_saml(name: &str) -> Fault {
    let code = match name {
        "SAMLAssertion" => "MissingParameter.SAMLAssertion",
        "SAMLProviderArn" => "MissingParameter.SAMLProviderArn",
        "RoleArn" => "MissingParameter.RoleArn",
        _ => "MissingParameter",
    };
    Fault::new(400, code, format!("Parameter {name} is required."))
}

/// A fault of the parameters that all ways of assuming a role share, in the words of this one.
pub fn in_words_of_saml(fault: Fault) -> Fault {
    match fault.code() {
        "InvalidParameter.PolicyGrammar" => fault.message("Invalid Policy."),
        // The text has kept the number of 2015; the limit is 2048 characters.
        "InvalidParameter.PolicySize" => fault.message("The max size of policy string is 1024."),
        "InvalidParameter.RoleSessionName" => fault.message("The RoleSessionName is invalid."),
        "InvalidParameter.DurationSeconds" => fault.message("The DurationSeconds is invalid."),
        "EntityNotExist.Role" => no_such_role_for_saml(),
        _ => fault,
    }
}

/// No role has this ARN.
pub fn no_such_role_for_saml() -> Fault {
    Fault::new(
        404,
        "EntityNotExist.RoleArn",
        "The specified Role does not exists.",
    )
}

/// No provider has this ARN, for AssumeRoleWithSAML.
pub fn no_such_saml_provider_to_trust() -> Fault {
    Fault::new(
        404,
        "EntityNotExist.SAMLProvider",
        "Can not find SAML provider.",
    )
}

/// The provider's metadata hold no more.
pub fn saml_metadata() -> Fault {
    Fault::new(
        401,
        "AuthenticationFail.IDPMetadata.Invalid",
        "The IdP Metadata of your SAML Provider is invalid.",
    )
}

/// The assertion is over.
pub fn assertion_expired() -> Fault {
    Fault::new(
        401,
        "AuthenticationFail.SAMLAssertion.Expired",
        "The SAML Assertion is expired.",
    )
}

/// The assertion is none, is not signed by the provider, is not for this service, not yet good, or allows another role.
pub fn invalid_assertion() -> Fault {
    Fault::new(
        401,
        "AuthenticationFail.SAMLAssertion.Invalid",
        "The SAML Assertion is invalid.",
    )
}

/// No such provider, for IMS. Its text follows the pattern of the others.
pub fn no_such_saml_provider() -> Fault {
    Fault::new(
        404,
        "EntityNotExist.SAMLProvider",
        "The SAML provider does not exist.",
    )
}

/// The name is taken. Its text follows the pattern of the others.
pub fn saml_provider_exists() -> Fault {
    Fault::new(
        409,
        "EntityAlreadyExists.SAMLProvider",
        "The SAML provider does already EXIST.",
    )
}

/// Too many providers. No source has this code; it follows the pattern of the others.
pub fn too_many_saml_providers() -> Fault {
    Fault::new(
        409,
        "LimitExceeded.SAMLProvider",
        "The count of SAML providers beyond the current limits.",
    )
}
