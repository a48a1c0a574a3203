//! Password policies, preferences and login profiles on the wire, as RAM and IMS have them in common.

use gateway::{Fault, Head};
use serde_json::{Value, json};
use signature::Secret;

use crate::logins::LoginChanges;
use crate::passwords::{MOST_REMEMBERED, PasswordPolicy};
use crate::preferences::{self, Preference};
use crate::ram::params;
use crate::{fault, rpc};

/// Reads what both APIs say of passwords. Whatever is left out becomes what it is in a new account: that is how the
/// parameters are documented. The two spell one name differently.
pub(crate) fn read_passwords(
    head: &Head,
    hard_expiry: &str,
    policy: &mut PasswordPolicy,
) -> Result<(), Fault> {
    let usual = PasswordPolicy::default();
    let minimum = params::number(head, "MinimumPasswordLength", 8..=32);
    let minimum = minimum.map_err(|_| fault::minimum_password_length())?;
    policy.minimum_length = minimum.unwrap_or(usual.minimum_length);
    for (name, field) in [
        ("RequireLowercaseCharacters", &mut policy.lowercase),
        ("RequireUppercaseCharacters", &mut policy.uppercase),
        ("RequireNumbers", &mut policy.numbers),
        ("RequireSymbols", &mut policy.symbols),
        (hard_expiry, &mut policy.hard_expiry),
    ] {
        *field = params::flag(head, name)?.unwrap_or(false);
    }
    let number = |name, most| params::number(head, name, 0..=most).map(Option::unwrap_or_default);
    policy.max_age = number("MaxPasswordAge", 1095)?;
    policy.reuse_prevention = number("PasswordReusePrevention", MOST_REMEMBERED)?;
    policy.max_login_attempts = number("MaxLoginAttemps", 32)?;
    Ok(())
}

/// What both APIs say of passwords.
pub(crate) fn passwords(policy: &PasswordPolicy, hard_expiry: &str) -> Value {
    json!({
        "MinimumPasswordLength": policy.minimum_length,
        "RequireLowercaseCharacters": policy.lowercase,
        "RequireUppercaseCharacters": policy.uppercase,
        "RequireNumbers": policy.numbers,
        "RequireSymbols": policy.symbols,
        hard_expiry: policy.hard_expiry,
        "MaxPasswordAge": policy.max_age,
        "PasswordReusePrevention": policy.reuse_prevention,
        "MaxLoginAttemps": policy.max_login_attempts,
    })
}

/// Sets the fields for which there is a flag.
pub(crate) fn read_flags<const N: usize>(
    head: &Head,
    fields: [(&str, &mut bool); N],
) -> Result<(), Fault> {
    for (name, field) in fields {
        *field = params::flag(head, name)?.unwrap_or(*field);
    }
    Ok(())
}

/// Reads what both APIs say of preferences. Whatever is left out stays as it is.
pub(crate) fn read_preference(head: &Head, preference: &mut Preference) -> Result<(), Fault> {
    read_flags(
        head,
        [
            ("AllowUserToChangePassword", &mut preference.change_password),
            (
                "AllowUserToManageAccessKeys",
                &mut preference.manage_access_keys,
            ),
            (
                "AllowUserToManageMFADevices",
                &mut preference.manage_mfa_devices,
            ),
            ("EnableSaveMFATicket", &mut preference.save_mfa_ticket),
        ],
    )?;
    if let Some(hours) = params::number(head, "LoginSessionDuration", 1..=24)? {
        preference.login_session_hours = hours;
    }
    // An empty one takes the restriction away.
    if let Some(masks) = head.param("LoginNetworkMasks") {
        if !preferences::are_masks(masks) {
            return Err(fault::incorrect("LoginNetworkMasks"));
        }
        masks.clone_into(&mut preference.login_network_masks);
    }
    Ok(())
}

/// What both APIs say of preferences.
pub(crate) fn preference(preference: &Preference) -> Value {
    json!({
        "AccessKeyPreference": {
            "AllowUserToManageAccessKeys": preference.manage_access_keys,
        },
        "LoginProfilePreference": {
            "AllowUserToChangePassword": preference.change_password,
            "EnableSaveMFATicket": preference.save_mfa_ticket,
            "LoginNetworkMasks": preference.login_network_masks,
            "LoginSessionDuration": preference.login_session_hours,
        },
        "MFAPreference": {
            "AllowUserToManageMFADevices": preference.manage_mfa_devices,
        },
    })
}

/// Reads what both APIs say of a login profile.
pub(crate) fn login_changes(head: &Head) -> Result<LoginChanges, Fault> {
    Ok(LoginChanges {
        password: rpc::given(head, "Password").map(Secret::new),
        active: None,
        reset_required: params::flag(head, "PasswordResetRequired")?,
        mfa_required: params::flag(head, "MFABindRequired")?,
    })
}
