//! The errors of RAM (spec/identity.md §3.3).

use gateway::Fault;
use policy::ParseError;

use crate::names::{BadName, Rule};

/// A family of codes with the parameter's name inside. Codes are `'static`, so the names are a list.
macro_rules! by_parameter {
    ($(#[$doc:meta])* $constructor:ident, $suffix:literal, $before:literal, $after:literal, [$($name:literal)*]) => {
        $(#[$doc])*
        pub fn $constructor(parameter: &str) -> Fault {
            let code = match parameter {
                $($name => concat!("InvalidParameter.", $name, $suffix),)*
                _ => "InvalidParameter",
            };
            Fault::new(400, code, format!(concat!($before, "\"{}\"", $after), parameter))
        }
    };
}

by_parameter!(
    /// A name has a character that its rule does not allow.
    invalid_chars, ".InvalidChars", "The parameter - ", " contains invalid chars.",
    ["UserName" "NewUserName" "DisplayName" "NewDisplayName" "RoleName" "PolicyName"
     "GroupName" "NewGroupName" "TagKey" "TagValue" "OIDCProviderName" "ClientIds" "ClientId" "Fingerprints"
     "Fingerprint" "SAMLProviderName" "VirtualMFADeviceName"]
);
by_parameter!(
    /// A text is too long, or empty where it may not be.
    beyond_length, ".Length", "The parameter - ", " beyond the length limit.",
    ["UserName" "NewUserName" "DisplayName" "NewDisplayName" "Comments" "NewComments" "RoleName" "PolicyName"
     "PolicyDocument" "Description" "NewDescription" "AssumeRolePolicyDocument" "NewAssumeRolePolicyDocument"
     "GroupName" "NewGroupName" "TagKey" "TagValue" "OIDCProviderName" "IssuerUrl" "ClientIds" "ClientId"
     "Fingerprints" "Fingerprint" "UserPrincipalName" "NewUserPrincipalName" "SAMLProviderName"
     "EncodedSAMLMetadataDocument" "NewEncodedSAMLMetadataDocument" "VirtualMFADeviceName"]
);
by_parameter!(
    /// A text has not the form that its parameter wants.
    wrong_format, ".Format", "The format of the parameter - ", " is incorrect.",
    ["MobilePhone" "NewMobilePhone" "Email" "NewEmail" "VersionId" "IssuerUrl" "UserPrincipalName"
     "NewUserPrincipalName" "DefaultDomainName" "EncodedSAMLMetadataDocument"
     "NewEncodedSAMLMetadataDocument"]
);
by_parameter!(
    /// A value that is none of the possible ones. Only `PolicyType` is documented; the others follow its pattern.
    incorrect, "", "The parameter - ", " is incorrect.",
    ["PolicyType" "Status" "MaxItems" "Marker" "MaxSessionDuration" "NewMaxSessionDuration" "RotateStrategy"
     "SetAsDefault" "CascadingDelete" "AllowConsoleLogin" "NewAllowConsoleLogin" "ResourceType" "ResourceNames" "Tag" "TagKeys" "All" "NextToken"
     "PageSize" "IssuanceLimitTime" "ResourceId" "ResourcePrincipalName" "TagKey" "AuthnSignAlgo" "MFABindRequired"
     "PasswordResetRequired" "HardExpiry" "HardExpire" "MaxLoginAttemps" "MaxPasswordAge" "PasswordReusePrevention"
     "RequireLowercaseCharacters" "RequireUppercaseCharacters" "RequireNumbers" "RequireSymbols" "InitialPasswordAge"
     "InterceptRiskPasswordOnApi" "MinimumPasswordDifferentCharacter" "PasswordNotContainUserName"
     "AllowUserToChangePassword" "AllowUserToManageAccessKeys" "AllowUserToManageMFADevices"
     "AllowUserToManagePublicKeys" "EnableSaveMFATicket" "LoginNetworkMasks" "LoginSessionDuration"
     "AllowUserToLoginWithPasskey" "AllowUserToManagePersonalDingTalk" "AllowUserToManageServiceCredentials"
     "MFAOperationForLogin" "OperationForRiskLogin" "MaxIdleDaysForAccessKeys" "MaxIdleDaysForUsers"
     "VerificationTypes" "AccessKeyPolicy" "PageNum"]
);

/// Holds a name against its rule.
pub fn check_name(parameter: &str, rule: Rule, name: &str) -> Result<(), Fault> {
    rule.check(name).map_err(|bad| match bad {
        BadName::Length => beyond_length(parameter),
        BadName::Chars => invalid_chars(parameter),
    })
}

/// The text of a policy is no policy.
pub fn malformed_policy(error: &ParseError) -> Fault {
    Fault::new(400, "MalformedPolicyDocument", error.to_string())
}

/// A trust policy names somebody who does not exist.
pub fn unknown_principal(principal: &str) -> Fault {
    let message = format!("The principal \"{principal}\" does not exist.");
    Fault::new(400, "MalformedPolicyDocument", message)
}

/// There is no such diagnosis, or not for this account. The text names the answer instead of what was sent, as it does in
/// the catalogue (<https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-decodediagnosticmessage>).
pub fn no_such_diagnosis() -> Fault {
    Fault::new(
        404,
        "EntityNotExist",
        "The specific DecodedDiagnosticMessage cannot be found.",
    )
}

/// One `fn` for each code without parameters: the code, and its text behind the status.
macro_rules! codes {
    ($status:literal: $($(#[$doc:meta])* $constructor:ident = $code:literal, $message:literal;)*) => {$(
        $(#[$doc])*
        pub fn $constructor() -> Fault {
            Fault::new($status, $code, $message)
        }
    )*};
}

codes! { 404:
    /// No such user.
    no_such_user = "EntityNotExist.User", "The user does not exist.";
    /// No such key, or not of this user.
    no_such_access_key = "EntityNotExist.User.AccessKey", "The user access key does not exist.";
    /// The policy is not attached to the user.
    policy_not_attached_to_user = "EntityNotExist.User.Policy", "The indicate policy of the user does not exist.";
    /// The user is not in the group.
    user_not_in_group = "EntityNotExist.User.Group", "The user has not joined the group.";
    /// No such group.
    no_such_group = "EntityNotExist.Group", "The group does not exist.";
    /// The policy is not attached to the group.
    policy_not_attached_to_group = "EntityNotExist.Group.Policy",
        "The indicate policy attached to the group does not exist.";
    /// No such role.
    no_such_role = "EntityNotExist.Role", "The role does not exist.";
    /// The policy is not attached to the role.
    policy_not_attached_to_role = "EntityNotExist.Role.Policy",
        "The indicate policy attached to the role does not exist.";
    /// No such policy.
    no_such_policy = "EntityNotExist.Policy", "The policy does not exist.";
    /// No such version.
    no_such_version = "EntityNotExist.Policy.Version", "The policy version does not exist.";
}

codes! { 409:
    /// The name is taken.
    user_exists = "EntityAlreadyExists.User", "The user does already EXIST.";
    /// It is attached already.
    policy_attached_to_user = "EntityAlreadyExists.User.Policy", "The user has already been attached this policy.";
    /// The user is in the group already.
    user_in_group = "EntityAlreadyExists.User.Group", "The user has already joined the group.";
    /// The name is taken.
    group_exists = "EntityAlreadyExists.Group", "The group does already EXIST.";
    /// It is attached already.
    policy_attached_to_group = "EntityAlreadyExists.Group.Policy", "The group has already been attached this policy.";
    /// The name is taken.
    role_exists = "EntityAlreadyExists.Role", "The role does already EXIST.";
    /// It is attached already.
    policy_attached_to_role = "EntityAlreadyExists.Role.Policy", "The role has already been attached this policy.";
    /// The name is taken. The official catalogue says "group" here.
    policy_exists = "EntityAlreadyExists.Policy", "The group does already EXIST.";

    /// The user is still in a group.
    user_in_groups = "DeleteConflict.User.Group", "The user CAN NOT be in any group while deleting the user.";
    /// The user still has keys.
    user_has_access_keys = "DeleteConflict.User.AccessKey",
        "The user CAN NOT has any access key while deleting the user.";
    /// The user still has policies.
    user_has_policies = "DeleteConflict.User.Policy",
        "The user CAN NOT has any attached policy while deleting the user.";
    /// The group still has members.
    group_has_users = "DeleteConflict.Group.User", "The group CAN NOT has any user member while deleting the group.";
    /// The group still has policies.
    group_has_policies = "DeleteConflict.Group.Policy",
        "The entity CAN NOT has any attached policy while deleting the group.";
    /// The role still has policies.
    role_has_policies = "DeleteConflict.Role.Policy",
        "The role CAN NOT has any attached policy while deleting the role.";
    /// Users still have the policy.
    policy_has_users = "DeleteConflict.Policy.User",
        "The policy CAN NOT been attached to any user while deleting the policy.";
    /// Groups still have the policy.
    policy_has_groups = "DeleteConflict.Policy.Group",
        "The policy CAN NOT been attached to any group while deleting the policy.";
    /// Roles still have the policy. The catalogue leaves this one out; Resource Management, which shares the
    /// model, has it (<https://www.alibabacloud.com/help/en/resource-management/>, public error codes).
    policy_has_roles = "DeleteConflict.Policy.Role",
        "The policy CAN NOT been attached to any role while deleting the policy.";
    /// The policy still has versions besides the default one.
    policy_has_versions = "DeleteConflict.Policy.Version",
        "The policy CAN NOT has any version except the default version.";
    /// The default version stays.
    version_is_default = "DeleteConflict.Policy.Version.Default",
        "The default policy version CAN NOT been deleted directly.";

    /// Too many users.
    too_many_users = "LimitExceeded.User", "The count of users beyond the current limits.";
    /// Too many keys.
    too_many_access_keys = "LimitExceeded.User.AccessKey",
        "The access key count of the user access keys beyond the current limits.";
    /// Too many policies on a user.
    too_many_policies_on_user = "LimitExceeded.User.Policy",
        "The policy count of the user attached policies beyond the current limits.";
    /// Too many groups.
    too_many_groups = "LimitExceeded.Group", "The count of groups beyond the current limits.";
    /// Too many groups of one user.
    too_many_groups_of_user = "LimitExceeded.User.Group",
        "The count of groups the target user joined beyond the current limits.";
    /// Too many policies on a group.
    too_many_policies_on_group = "LimitExceeded.Group.Policy",
        "The policy count of the group beyond the current limits.";
    /// Too many tags on one thing. No source has this code; it follows the pattern of the others.
    too_many_tags = "LimitExceeded.Tag", "The count of tags beyond the current limits.";
    /// Too many roles.
    too_many_roles = "LimitExceeded.Role", "The count of roles beyond the current limits.";
    /// Too many policies on a role.
    too_many_policies_on_role = "LimitExceeded.Role.Policy",
        "The count of policies attached to the role beyond the current limits.";
    /// Too many policies.
    too_many_policies = "LimitExceeded.Policy", "The count of policy beyond the current limits.";
    /// Too many versions.
    too_many_versions = "LimitExceeded.Policy.Version", "The count of policy version beyond the current limits.";
}
