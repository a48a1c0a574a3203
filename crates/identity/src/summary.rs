//! What an account has and may have.

use gateway::Fault;
use serde::Serialize;

use crate::keys::networks::{MOST_ADDRESSES, MOST_STATEMENTS};
use crate::rows::{self, Counted};
use crate::{Identity, Limits};

/// `SummaryMap` of GetAccountSummary. The quotas of what there is not here, authorized clients and API keys, are left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names are the API's own")]
pub struct Summary {
    pub users: i64,
    pub groups: i64,
    pub roles: i64,
    pub policies: i64,
    #[serde(rename = "MFADevices")]
    pub mfa_devices: i64,
    #[serde(rename = "MFADevicesInUse")]
    pub mfa_devices_in_use: i64,
    #[serde(flatten)]
    pub quotas: Quotas,
}

/// The limits of the cloud by the API's names.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names are the API's own")]
pub struct Quotas {
    pub users_quota: usize,
    pub groups_quota: usize,
    pub roles_quota: usize,
    pub policies_quota: usize,
    #[serde(rename = "VirtualMFADevicesQuota")]
    pub virtual_mfa_devices_quota: usize,
    pub access_keys_per_user_quota: usize,
    pub account_access_keys_per_account_quota: usize,
    pub groups_per_user_quota: usize,
    pub attached_policies_per_user_quota: usize,
    pub attached_policies_per_group_quota: usize,
    pub attached_policies_per_role_quota: usize,
    pub attached_system_policies_per_user_quota: usize,
    pub attached_system_policies_per_group_quota: usize,
    pub attached_system_policies_per_role_quota: usize,
    pub policy_size_quota: usize,
    pub versions_per_policy_quota: usize,
    #[serde(rename = "ConditionsPerAKPolicyQuota")]
    pub conditions_per_ak_policy_quota: usize,
    #[serde(rename = "IPItemsPerAKPolicyQuota")]
    pub ip_items_per_ak_policy_quota: usize,
}

impl Quotas {
    fn of(limits: &Limits) -> Self {
        Self {
            users_quota: limits.users,
            groups_quota: limits.groups,
            roles_quota: limits.roles,
            policies_quota: limits.policies,
            virtual_mfa_devices_quota: limits.devices,
            access_keys_per_user_quota: limits.keys,
            account_access_keys_per_account_quota: limits.keys,
            groups_per_user_quota: limits.groups_of_user,
            attached_policies_per_user_quota: limits.user_custom_attachments,
            attached_policies_per_group_quota: limits.group_custom_attachments,
            attached_policies_per_role_quota: limits.role_custom_attachments,
            attached_system_policies_per_user_quota: limits.system_attachments,
            attached_system_policies_per_group_quota: limits.system_attachments,
            attached_system_policies_per_role_quota: limits.system_attachments,
            policy_size_quota: limits.document,
            versions_per_policy_quota: limits.versions,
            conditions_per_ak_policy_quota: MOST_STATEMENTS,
            ip_items_per_ak_policy_quota: MOST_ADDRESSES,
        }
    }
}

impl Identity {
    /// What an account has and may have.
    pub async fn summary(&self, account: &str) -> Result<Summary, Fault> {
        let view = self.store.meta.view().await?;
        let count = async |what| rows::counter(&view, &rows::count(account, what)).await;
        Ok(Summary {
            users: count(Counted::Users).await?,
            groups: count(Counted::Groups).await?,
            roles: count(Counted::Roles).await?,
            policies: count(Counted::Policies).await?,
            mfa_devices: count(Counted::Devices).await?,
            mfa_devices_in_use: count(Counted::DevicesInUse).await?,
            quotas: Quotas::of(&self.limits),
        })
    }
}
