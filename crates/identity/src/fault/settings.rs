//! The errors about login profiles, passwords, MFA devices and what else is set for an account.

use gateway::Fault;

codes! { 400:
    /// A password breaks the account's policy.
    weak_password = "InvalidParameter.Password.TooWeak",
        "The parameter - \"Password\" is not compliant with the password policy.";
    /// The shortest password may be 8 to 32 characters long.
    minimum_password_length = "InvalidParameter.MinimumPasswordLength.Range",
        "The parameter - \"MinimumPasswordLength\" MUST be in the range of 8 and 32.";
    /// A code of an MFA device has six digits.
    code_format = "InvalidParameter.AuthenticationCode.Format",
        "The parameter - \"AuthenticationCode\" MUST be 6 numbers.";
    /// An alias has other characters than it may have.
    alias_format = "InvalidParameter.AccountAlias.Format",
        "The format of parameter - \"AccountAlias\" is incorrect.";
    /// An alias is too short or too long.
    alias_length = "InvalidParameter.AccountAlias.Length",
        "The parameter - \"AccountAlias\" MUST be in the range of 3 and 63.";
}

codes! { 403:
    /// The codes are not those that the device shows now.
    wrong_code = "CheckAuthenticationCodeFail", "The parameter - \"AuthenticationCode\" is inccorrect.";
}

codes! { 404:
    /// The user cannot log on.
    no_login_profile = "EntityNotExist.User.LoginProfile", "The user login profile does not exist.";
    /// The user has no MFA device.
    no_mfa_device_of_user = "EntityNotExist.User.MFADevice", "The user has not bound any MFA device.";
    /// The key may be used anywhere. Terraform knows the code; the text follows the pattern of the others.
    no_key_policy = "EntityNotExist.AccessKeyPolicy", "The access key policy does not exist.";
    /// No such MFA device.
    no_such_mfa_device = "EntityNotExist.VirtualMFADevice", "The virtual mfa device does not exist.";
}

codes! { 404:
    /// The service has no role of its own, or none that is known here. The code follows the pattern of the others.
    no_such_template = "EntityNotExist.ServiceLinkedRoleTemplate", "The service linked role template does not exist.";
    /// The role is one like any other. <https://www.alibabacloud.com/help/en/resource-management/api-deleteservicelinkedrole>
    not_a_role_of_a_service = "EntityNotExist.ServiceLinkedRole", "This role exists but is not a Service Linked Role.";
}

/// Only its service changes the role. The documents say that it is so and not with which code; `NoPermission` is a code
/// of all the operations that this is about.
pub fn role_of_a_service(role: &str, service: &str) -> Fault {
    super::no_permission(format!(
        "The service linked role {role} can be changed by {service} only."
    ))
}

codes! { 409:
    /// The user can log on already.
    login_profile_exists = "EntityAlreadyExists.User.LoginProfile", "The user login profile does already EXIST.";
    /// The user has an MFA device already.
    user_has_bound_a_device = "EntityAlreadyExists.User.MFADevice", "The user has already bound a MFA device.";
    /// The name is taken.
    mfa_device_exists = "EntityAlreadyExists.VirtualMFADevice", "The virtual mfa device does already EXIST.";
    /// Somebody else has the device.
    mfa_device_is_bound = "EntityAlreadyExists.VirtualMFADevice.User",
        "The virtual mfa device does already been bound to a user.";
    /// Another account has the alias.
    alias_taken = "EntityAlreadyExists.AccountAlias", "The account alias does already exist.";
    /// The user can still log on.
    user_has_login_profile = "DeleteConflict.User.LoginProfile",
        "The user CAN NOT has any login profile while deleting the user.";
    /// The user still has an MFA device.
    user_has_mfa_device = "DeleteConflict.User.MFADevice",
        "The user CAN NOT has any mfa device while deleting the user.";
    /// A user still has the device.
    mfa_device_has_user = "DeleteConflict.VirtualMFADevice.User",
        "The virtual mfa device CAN NOT been bound to any user while deleting it.";
    /// Too many MFA devices.
    too_many_mfa_devices = "LimitExceeded.VirtualMFADevice",
        "The count of virtual mfa devices beyond the current limits.";
}
