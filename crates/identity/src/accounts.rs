//! Accounts: who owns everything else.

use serde::{Deserialize, Serialize};

/// The account that everything belongs to unless somebody says otherwise.
pub const DEFAULT_ACCOUNT: &str = "1234567890123456";

/// The alias that an account has until it is given one: its uid (spec/identity.md §3.1).
pub(crate) fn default_alias(uid: &str) -> String {
    uid.to_owned()
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// 16 digits.
    pub uid: String,
    /// Stands in user principal names: `<user>@<alias>.onaliyun.com`.
    pub alias: String,
    /// When it was made, `YYYY-MM-DDThh:mm:ssZ`.
    pub created: String,
}
