//! Password policies, preferences and login profiles as IMS has them: what RAM has, and more.

use gateway::rpc::Reply;
use gateway::{Call, Fault, Head};
use serde_json::{Value, json};

use super::Ims;
use crate::logins::{LoginChanges, LoginProfile};
use crate::passwords::PasswordPolicy;
use crate::preferences::Preference;
use crate::ram::{params, settings};
use crate::{fault, rpc};

/// RAM has another name for this one.
const HARD_EXPIRY: &str = "HardExpire";

pub(super) fn read_passwords(head: &Head, policy: &mut PasswordPolicy) -> Result<(), Fault> {
    settings::read_passwords(head, HARD_EXPIRY, policy)?;
    let usual = PasswordPolicy::default();
    let age = params::number(head, "InitialPasswordAge", 0..=90)?;
    policy.initial_age = age.unwrap_or(usual.initial_age);
    let different = params::number(head, "MinimumPasswordDifferentCharacter", 0..=8)?;
    policy.different = different.unwrap_or(usual.different);
    let flag = |name| params::flag(head, name).map(Option::unwrap_or_default);
    policy.without_user_name = flag("PasswordNotContainUserName")?;
    policy.intercept_risky = flag("InterceptRiskPasswordOnApi")?;
    Ok(())
}

pub(super) fn passwords(policy: &PasswordPolicy) -> Reply {
    let mut fields = settings::passwords(policy, HARD_EXPIRY);
    fields["InitialPasswordAge"] = json!(policy.initial_age);
    fields["MinimumPasswordDifferentCharacter"] = json!(policy.different);
    fields["PasswordNotContainUserName"] = json!(policy.without_user_name);
    fields["InterceptRiskPasswordOnApi"] = json!(policy.intercept_risky);
    Reply::of(&json!({ "PasswordPolicy": fields }))
}

pub(super) fn read_preference(head: &Head, preference: &mut Preference) -> Result<(), Fault> {
    settings::read_preference(head, preference)?;
    settings::read_flags(
        head,
        [
            ("AllowUserToLoginWithPasskey", &mut preference.passkeys),
            (
                "AllowUserToManagePersonalDingTalk",
                &mut preference.manage_ding_talk,
            ),
            (
                "AllowUserToManageServiceCredentials",
                &mut preference.manage_service_credentials,
            ),
        ],
    )?;
    // The old name of the first and the second of the choices below.
    if let Some(enforced) = params::flag(head, "EnforceMFAForLogin")? {
        let operation = if enforced { "mandatory" } else { "independent" };
        operation.clone_into(&mut preference.mfa_operation);
    }
    for (name, choices, field) in [
        (
            "MFAOperationForLogin",
            &["mandatory", "independent", "adaptive"][..],
            &mut preference.mfa_operation,
        ),
        (
            "OperationForRiskLogin",
            &["autonomous", "enforceVerify"][..],
            &mut preference.risk_operation,
        ),
    ] {
        if let Some(chosen) = rpc::given(head, name) {
            one_of(chosen, choices, name)?.clone_into(field);
        }
    }
    for (name, field) in [
        (
            "MaxIdleDaysForAccessKeys",
            &mut preference.idle_days_of_keys,
        ),
        ("MaxIdleDaysForUsers", &mut preference.idle_days_of_users),
    ] {
        let days = params::number(head, name, 90..=730)?.unwrap_or(*field);
        if ![90, 180, 365, 730].contains(&days) {
            return Err(fault::incorrect(name));
        }
        *field = days;
    }
    read_verification_types(head, preference)
}

fn read_verification_types(head: &Head, preference: &mut Preference) -> Result<(), Fault> {
    let name = "VerificationTypes";
    if head.param(name).is_none() {
        return Ok(());
    }
    let types: Vec<String> = params::list(head, name, 2)?;
    for one in &types {
        one_of(one, &["sms", "email"], name)?;
    }
    preference.verification_types = types;
    Ok(())
}

fn one_of<'a>(chosen: &'a str, choices: &[&str], name: &str) -> Result<&'a str, Fault> {
    match choices.contains(&chosen) {
        true => Ok(chosen),
        false => Err(fault::incorrect(name)),
    }
}

pub(super) fn preference(preference: &Preference) -> Reply {
    let mut fields = settings::preference(preference);
    fields["AccessKeyPreference"]["AllowUserToManageServiceCredentials"] =
        json!(preference.manage_service_credentials);
    let login = &mut fields["LoginProfilePreference"];
    login["AllowUserToLoginWithPasskey"] = json!(preference.passkeys);
    login["MFAOperationForLogin"] = json!(preference.mfa_operation);
    login["OperationForRiskLogin"] = json!(preference.risk_operation);
    fields["PersonalInfoPreference"] =
        json!({ "AllowUserToManagePersonalDingTalk": preference.manage_ding_talk });
    fields["MaxIdleDays"] = json!({
        "MaxIdleDaysForAccessKeys": preference.idle_days_of_keys,
        "MaxIdleDaysForUsers": preference.idle_days_of_users,
    });
    fields["VerificationPreference"] =
        json!({ "VerificationTypes": preference.verification_types });
    Reply::of(&json!({ "SecurityPreference": fields }))
}

pub(super) fn login_changes(head: &Head) -> Result<LoginChanges, Fault> {
    let mut changes = settings::login_changes(head)?;
    changes.active = match rpc::given(head, "Status") {
        None => None,
        Some("Active") => Some(true),
        Some("Inactive") => Some(false),
        Some(_) => return Err(fault::incorrect("Status")),
    };
    Ok(changes)
}

pub(super) async fn login_profile(
    call: &Call<Ims>,
    profile: &LoginProfile,
) -> Result<Value, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let account = identity.account_row(&target.account).await?;
    let policy = identity.password_policy(&target.account).await?;
    let mut fields = json!({
        "UserPrincipalName": account.principal(&target.name),
        "Status": profile.status(),
        "PasswordResetRequired": profile.reset_required,
        "MFABindRequired": profile.mfa_required,
        "UpdateDate": profile.updated,
    });
    if let Some(status) = profile.password_status(&policy, call.now.virtual_) {
        fields["PasswordStatus"] = json!(status);
    }
    Ok(fields)
}

/// The answer about a profile that is there already. Switching it off for want of use cannot be switched off.
pub(super) async fn login_profile_in_full(
    call: &Call<Ims>,
    profile: &LoginProfile,
) -> Result<Reply, Fault> {
    let mut fields = login_profile(call, profile).await?;
    fields["AutoDisableLoginStatus"] = json!("Active");
    Ok(Reply::of(&json!({ "LoginProfile": fields })))
}
