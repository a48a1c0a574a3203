//! What an account lets its users do by themselves, and how they log on to the console.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-setsecuritypreference>

use std::net::IpAddr;

use gateway::Fault;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::{Identity, rows};

/// Networks from which users may log on: how many, and how long their text may be.
const MOST_MASKS: usize = 40;
const LONGEST_MASKS: usize = 512;

/// The settings of an account, as RAM and IMS share them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preference {
    /// Users may change their passwords.
    pub change_password: bool,
    /// Users may log on with passkeys.
    pub passkeys: bool,
    /// Users may manage their access keys.
    pub manage_access_keys: bool,
    /// Users may manage their MFA devices.
    pub manage_mfa_devices: bool,
    /// Users may manage their public keys.
    pub manage_public_keys: bool,
    /// Users may bind their own DingTalk.
    pub manage_ding_talk: bool,
    /// Users may manage their API keys.
    pub manage_service_credentials: bool,
    /// Whoever used MFA need not do so for seven days.
    pub save_mfa_ticket: bool,
    /// Networks with semicolons between them; empty is everywhere.
    pub login_network_masks: String,
    /// In hours, 1 to 24.
    pub login_session_hours: u32,
    /// `mandatory`, `independent` or `adaptive`.
    pub mfa_operation: String,
    /// `autonomous` or `enforceVerify`.
    pub risk_operation: String,
    /// Days without use after which a key is switched off.
    pub idle_days_of_keys: u32,
    /// Days without logging on after which a user cannot any more.
    pub idle_days_of_users: u32,
    /// Ways of MFA: `sms`, `email`.
    pub verification_types: Vec<String>,
}

impl Default for Preference {
    fn default() -> Self {
        Self {
            change_password: true,
            passkeys: true,
            manage_access_keys: false,
            manage_mfa_devices: true,
            manage_public_keys: false,
            manage_ding_talk: true,
            manage_service_credentials: false,
            save_mfa_ticket: false,
            login_network_masks: String::new(),
            login_session_hours: 6,
            mfa_operation: "independent".to_owned(),
            risk_operation: "autonomous".to_owned(),
            idle_days_of_keys: 730,
            idle_days_of_users: 730,
            verification_types: Vec::new(),
        }
    }
}

/// Whether a text is a list of networks, 40 and 512 characters at most.
pub fn are_masks(text: &str) -> bool {
    let fits = |mask: &str| mask.parse::<IpNet>().is_ok() || mask.parse::<IpAddr>().is_ok();
    let mut masks = text.split(';').filter(|mask| !mask.is_empty());
    text.len() <= LONGEST_MASKS && masks.clone().count() <= MOST_MASKS && masks.all(fits)
}

impl Identity {
    /// The account's settings, or those that every account begins with.
    pub async fn preference(&self, account: &str) -> Result<Preference, Fault> {
        let view = self.store.meta.view().await?;
        let set = rows::get(&view, &rows::preference(account)).await?;
        Ok(set.unwrap_or_default())
    }

    /// Changes the account's settings.
    ///
    /// # Errors
    ///
    /// Those of `edit`.
    pub async fn set_preference(
        &self,
        account: &str,
        edit: impl Fn(&mut Preference) -> Result<(), Fault>,
    ) -> Result<Preference, Fault> {
        self.edit(&rows::preference(account), edit).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_networks() {
        for good in [
            "",
            "10.0.0.0/8",
            "192.168.0.0/16;10.0.0.0/8",
            "1.2.3.4;2001:db8::/32",
        ] {
            assert!(are_masks(good), "{good}");
        }
        let many = vec!["10.0.0.0/8"; MOST_MASKS + 1].join(";");
        for bad in [
            "10.0.0.0/33",
            "here",
            "10.0.0.0/8,10.0.0.0/8",
            &many,
            &";".repeat(513),
        ] {
            assert!(!are_masks(bad), "{bad}");
        }
    }
}
