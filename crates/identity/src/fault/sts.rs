//! The errors of STS (spec/identity.md §2.1).

use gateway::Fault;

/// The role's ARN is no ARN.
pub fn role_arn() -> Fault {
    Fault::new(
        400,
        "InvalidParameter.RoleArn",
        "The parameter RoleArn is wrongly formed.",
    )
}

/// The session's name breaks its rule.
pub fn role_session_name() -> Fault {
    Fault::new(
        400,
        "InvalidParameter.RoleSessionName",
        "The parameter RoleSessionName is wrongly formed.",
    )
}

/// Below 15 minutes, or above the role's maximum (which the text calls 1hr whatever it is).
pub fn duration_seconds() -> Fault {
    Fault::new(
        400,
        "InvalidParameter.DurationSeconds",
        "The Min/Max value of DurationSeconds is 15min/1hr.",
    )
}

/// The session policy is not a policy.
pub fn policy_grammar() -> Fault {
    Fault::new(
        400,
        "InvalidParameter.PolicyGrammar",
        "The parameter Policy has not passed grammar check.",
    )
}

/// The session policy is too long. The text has kept the number of 2015; the limit is 2048 characters.
pub fn policy_size() -> Fault {
    Fault::new(
        400,
        "InvalidParameter.PolicySize",
        "The size of Policy must be smaller than 1024 bytes.",
    )
}

/// The external id breaks its rule. No source has this code; it follows the pattern of the others.
pub fn external_id() -> Fault {
    Fault::new(
        400,
        "InvalidParameter.ExternalId",
        "The parameter ExternalId is wrongly formed.",
    )
}

/// The source identity breaks its rule, or differs from the one that the chain began with. No source has this
/// code; it follows the pattern of the others.
pub fn source_identity() -> Fault {
    Fault::new(
        400,
        "InvalidParameter.SourceIdentity",
        "The parameter SourceIdentity is wrongly formed.",
    )
}

/// A root tried to assume a role.
pub fn root_may_not_assume() -> Fault {
    super::no_permission("Roles may not be assumed by root accounts.")
}

/// A service was refused a role whose trust policy does not name it. Seen by whoever configured the service.
pub fn service_not_trusted(service: &str, role_arn: &str) -> Fault {
    super::no_permission(format!(
        "The role {role_arn} does not trust the service {service}. Its trust policy must allow sts:AssumeRole to \
         the Service principal {service}."
    ))
}

/// Whoever gives out a role's credentials by URL may not assume it. Seen by whoever asks for them.
pub fn administrator_may_not_assume(account: &str, role_arn: &str) -> Fault {
    super::no_permission(format!(
        "The user localyun of the account {account} may not assume the role {role_arn}. The role's trust policy must \
         allow sts:AssumeRole to the RAM principal acs:ram::{account}:root, and the user's policies must allow it too."
    ))
}

/// No role has this ARN.
pub fn no_such_role_to_assume() -> Fault {
    Fault::new(404, "EntityNotExist.Role", "The specified Role not exists.")
}
