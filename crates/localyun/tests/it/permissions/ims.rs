//! The requests that stand for the operations of IMS.

use super::Params;

pub(super) fn example(op: &str) -> Option<Params> {
    providers_example(op)
        .or_else(|| saml_example(op))
        .or_else(|| users_example(op))
        .or_else(|| groups_example(op))
        .or_else(|| settings_example(op))
}

/// The principal name of the user `target`.
const TARGET: (&str, &str) = ("UserPrincipalName", "target@1234567890123456.onaliyun.com");

fn saml_example(op: &str) -> Option<Params> {
    Some(match op {
        "ListSAMLProviders" => &[],
        // It gets past the policies, and is then found to be no metadata.
        "CreateSAMLProvider" => &[
            ("SAMLProviderName", "made"),
            ("EncodedSAMLMetadataDocument", "x"),
        ],
        "GetSAMLProvider" | "DeleteSAMLProvider" => &[("SAMLProviderName", "target")],
        "UpdateSAMLProvider" => &[("SAMLProviderName", "target"), ("NewDescription", "x")],
        _ => return None,
    })
}

fn users_example(op: &str) -> Option<Params> {
    Some(match op {
        "ListUsers" | "ListUserBasicInfos" => &[],
        "CreateUser" => &[
            ("UserPrincipalName", "made@1234567890123456.onaliyun.com"),
            ("DisplayName", "made"),
        ],
        "GetUser" | "DeleteUser" | "CreateAccessKey" | "ListAccessKeys" | "ListGroupsForUser" => {
            &[TARGET]
        }
        "UpdateUser" => &[TARGET, ("NewComments", "x")],
        "UpdateAccessKey" => &[
            TARGET,
            ("UserAccessKeyId", "LTAInone"),
            ("Status", "Active"),
        ],
        "DeleteAccessKey" => &[TARGET, ("UserAccessKeyId", "LTAInone")],
        "TagResources" => &[
            ("ResourceType", "user"),
            ("ResourcePrincipalName.1", TARGET.1),
            ("Tag.1.Key", "x"),
        ],
        "UntagResources" => &[
            ("ResourceType", "user"),
            ("ResourcePrincipalName.1", TARGET.1),
            ("TagKey.1", "x"),
        ],
        "ListTagResources" => &[("ResourceType", "user")],
        _ => return None,
    })
}

fn settings_example(op: &str) -> Option<Params> {
    Some(match op {
        "GetPasswordPolicy"
        | "SetPasswordPolicy"
        | "GetSecurityPreference"
        | "SetSecurityPreference"
        | "GetDefaultDomain"
        | "GetAccountSummary" => &[],
        "SetDefaultDomain" => &[("DefaultDomainName", "matrix.onaliyun.com")],
        "CreateLoginProfile" | "UpdateLoginProfile" => {
            &[TARGET, ("Password", "a good enough password")]
        }
        "GetLoginProfile" | "DeleteLoginProfile" | "GetUserMFAInfo" => &[TARGET],
        "GetAccessKeyLastUsed" | "GetAccessKeyPolicy" => &[TARGET, ("UserAccessKeyId", "LTAInone")],
        "SetAccessKeyPolicy" => &[
            TARGET,
            ("UserAccessKeyId", "LTAInone"),
            (
                "AccessKeyPolicy",
                r#"{"Status":"Inactive","Statements":[]}"#,
            ),
        ],
        _ => return None,
    })
}

fn groups_example(op: &str) -> Option<Params> {
    Some(match op {
        "ListGroups" => &[],
        "CreateGroup" => &[("GroupName", "made")],
        "GetGroup" | "DeleteGroup" | "ListUsersForGroup" => &[("GroupName", "target")],
        "UpdateGroup" => &[("GroupName", "target"), ("NewComments", "x")],
        "AddUserToGroup" | "RemoveUserFromGroup" => &[TARGET, ("GroupName", "target")],
        _ => return None,
    })
}

fn providers_example(op: &str) -> Option<Params> {
    Some(match op {
        "ListOIDCProviders" => &[],
        "CreateOIDCProvider" => &[
            ("OIDCProviderName", "made"),
            ("IssuerUrl", "https://idp.example.com"),
        ],
        "GetOIDCProvider" | "DeleteOIDCProvider" => &[("OIDCProviderName", "target")],
        "UpdateOIDCProvider" => &[("OIDCProviderName", "target"), ("NewDescription", "x")],
        "AddClientIdToOIDCProvider" | "RemoveClientIdFromOIDCProvider" => {
            &[("OIDCProviderName", "target"), ("ClientId", "x")]
        }
        "AddFingerprintToOIDCProvider" | "RemoveFingerprintFromOIDCProvider" => {
            &[("OIDCProviderName", "target"), ("Fingerprint", "x")]
        }
        _ => return None,
    })
}
