//! The requests that stand for the operations of RAM on users, groups, roles and policies.

use super::{HARMLESS, Params};

const TRUST_SERVICE: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["fc.aliyuncs.com"]}}]}"#;

pub(super) fn example(op: &str) -> Option<Params> {
    users_example(op)
        .or_else(|| groups_example(op))
        .or_else(|| roles_example(op))
        .or_else(|| policies_example(op))
}

fn users_example(op: &str) -> Option<Params> {
    Some(match op {
        "ListUsers" => &[],
        // What cannot be decoded is found missing after the permission was asked for.
        "DecodeDiagnosticMessage" => &[("EncodedDiagnosticMessage", "AQIB")],
        "CreateUser" => &[("UserName", "made")],
        "GetUser"
        | "DeleteUser"
        | "ListPoliciesForUser"
        | "CreateAccessKey"
        | "ListAccessKeys"
        | "ListGroupsForUser" => &[("UserName", "target")],
        "UpdateUser" => &[("UserName", "target"), ("NewComments", "x")],
        "UpdateAccessKey" => &[
            ("UserName", "target"),
            ("UserAccessKeyId", "LTAInone"),
            ("Status", "Active"),
        ],
        "DeleteAccessKey" => &[("UserName", "target"), ("UserAccessKeyId", "LTAInone")],
        "AttachPolicyToUser" | "DetachPolicyFromUser" => &[
            ("PolicyName", "target"),
            ("PolicyType", "Custom"),
            ("UserName", "target"),
        ],
        _ => return None,
    })
}

fn groups_example(op: &str) -> Option<Params> {
    Some(match op {
        "ListGroups" => &[],
        "CreateGroup" => &[("GroupName", "made")],
        "GetGroup" | "DeleteGroup" | "ListPoliciesForGroup" | "ListUsersForGroup" => {
            &[("GroupName", "target")]
        }
        "UpdateGroup" => &[("GroupName", "target"), ("NewComments", "x")],
        "AddUserToGroup" | "RemoveUserFromGroup" => {
            &[("GroupName", "target"), ("UserName", "target")]
        }
        "AttachPolicyToGroup" | "DetachPolicyFromGroup" => &[
            ("PolicyName", "target"),
            ("PolicyType", "Custom"),
            ("GroupName", "target"),
        ],
        _ => return None,
    })
}

fn roles_example(op: &str) -> Option<Params> {
    Some(match op {
        "ListRoles" => &[],
        "CreateRole" => &[
            ("RoleName", "made"),
            ("AssumeRolePolicyDocument", TRUST_SERVICE),
        ],
        "GetRole" | "DeleteRole" | "ListPoliciesForRole" => &[("RoleName", "target")],
        "UpdateRole" => &[("RoleName", "target"), ("NewMaxSessionDuration", "7200")],
        "AttachPolicyToRole" | "DetachPolicyFromRole" => &[
            ("PolicyName", "target"),
            ("PolicyType", "Custom"),
            ("RoleName", "target"),
        ],
        "ListTagResources" => &[("ResourceType", "role")],
        "TagResources" => &[
            ("ResourceType", "role"),
            ("ResourceNames", "[\"target\"]"),
            ("Tag", "[{\"Key\":\"k\",\"Value\":\"v\"}]"),
        ],
        "UntagResources" => &[
            ("ResourceType", "role"),
            ("ResourceNames", "[\"target\"]"),
            ("All", "true"),
        ],
        _ => return None,
    })
}

fn policies_example(op: &str) -> Option<Params> {
    Some(match op {
        "ListPolicies" => &[],
        "CreatePolicy" => &[("PolicyName", "made"), ("PolicyDocument", HARMLESS)],
        "CreatePolicyVersion" => &[("PolicyName", "target"), ("PolicyDocument", HARMLESS)],
        "UpdatePolicyDescription" => &[("PolicyName", "target"), ("NewDescription", "x")],
        "GetPolicy" | "DeletePolicy" | "ListPolicyVersions" | "ListEntitiesForPolicy" => {
            &[("PolicyName", "target"), ("PolicyType", "Custom")]
        }
        "GetPolicyVersion" => &[
            ("PolicyName", "target"),
            ("PolicyType", "Custom"),
            ("VersionId", "v1"),
        ],
        "DeletePolicyVersion" | "SetDefaultPolicyVersion" => {
            &[("PolicyName", "target"), ("VersionId", "v1")]
        }
        _ => return None,
    })
}
