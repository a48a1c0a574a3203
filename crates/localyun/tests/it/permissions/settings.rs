//! The requests that stand for the operations of RAM about how users log on and what an account sets for all of them.

use super::Params;

const PASSWORD: (&str, &str) = ("Password", "a good enough password");

pub(super) fn example(op: &str) -> Option<Params> {
    Some(match op {
        "GetPasswordPolicy"
        | "SetPasswordPolicy"
        | "GetSecurityPreference"
        | "SetSecurityPreference"
        | "GetAccountAlias"
        | "ClearAccountAlias"
        | "ListVirtualMFADevices" => &[],
        "SetAccountAlias" => &[("AccountAlias", "matrix")],
        "CreateLoginProfile" | "UpdateLoginProfile" => &[("UserName", "target"), PASSWORD],
        "GetLoginProfile" | "DeleteLoginProfile" | "UnbindMFADevice" | "GetUserMFAInfo" => {
            &[("UserName", "target")]
        }
        "GetAccessKeyLastUsed" => &[("UserName", "target"), ("UserAccessKeyId", "LTAInone")],
        "CreateServiceLinkedRole" | "GetServiceLinkedRoleTemplate" => {
            &[("ServiceName", "fc.aliyuncs.com")]
        }
        "DeleteServiceLinkedRole" => &[("RoleName", "target")],
        "CreateVirtualMFADevice" => &[("VirtualMFADeviceName", "made")],
        "DeleteVirtualMFADevice" => &[("SerialNumber", "acs:ram::1234567890123456:mfa/target")],
        // A wrong code would be answered with 403 too; a device that is not there is not.
        "BindMFADevice" => &[
            ("UserName", "target"),
            ("SerialNumber", "acs:ram::1234567890123456:mfa/none"),
            ("AuthenticationCode1", "123456"),
            ("AuthenticationCode2", "654321"),
        ],
        _ => return None,
    })
}

/// Location and billing, by their versions.
pub(super) fn of_other_doors(op: &str) -> Option<(&'static str, Params)> {
    Some(match op {
        "DescribeEndpoints" => (
            identity::LOCATION_VERSION,
            &[("ServiceCode", "oss"), ("Id", "cn-hangzhou")],
        ),
        "QueryAvailableInstances" => (identity::BSS_VERSION, &[]),
        _ => return None,
    })
}
