//! What passwords must be like, and how they are kept.

use gateway::Fault;
use pbkdf2::pbkdf2_hmac_array;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::rows::{self, Change};
use crate::{Identity, fault, random};

/// The most earlier passwords that a policy can forbid.
pub const MOST_REMEMBERED: u32 = 24;
/// The longest password, in characters. None is documented; this one keeps its hashing short.
const LONGEST: usize = 128;
/// Enough to make guessing dear, and few enough for 25 of them in one call.
const ROUNDS: u32 = 1000;

/// What the passwords of an account's users must be like.
/// <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-setpasswordpolicy>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PasswordPolicy {
    /// In characters, 8 to 32.
    pub minimum_length: u32,
    /// Whether a lower-case letter must be in it.
    pub lowercase: bool,
    /// Whether an upper-case letter must be in it.
    pub uppercase: bool,
    /// Whether a digit must be in it.
    pub numbers: bool,
    /// Whether anything else must be in it.
    pub symbols: bool,
    /// Different characters that must be in it, 0 to 8.
    pub different: u32,
    /// Whether the user's name must not be in it.
    pub without_user_name: bool,
    /// Earlier passwords that may not come again, 0 to [`MOST_REMEMBERED`].
    pub reuse_prevention: u32,
    /// Days until it must be changed, 0 to 1095; 0 is never.
    pub max_age: u32,
    /// Whether somebody with an expired one must ask the administrator.
    pub hard_expiry: bool,
    /// Failed attempts until logging on is locked for an hour, 0 to 32; 0 is never.
    pub max_login_attempts: u32,
    /// Days for which an initial one can be used, 0 to 90; 0 is for ever.
    pub initial_age: u32,
    /// Whether passwords known to be stolen are refused. None is known here.
    pub intercept_risky: bool,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            minimum_length: 8,
            lowercase: false,
            uppercase: false,
            numbers: false,
            symbols: false,
            different: 0,
            without_user_name: false,
            reuse_prevention: 0,
            max_age: 0,
            hard_expiry: false,
            max_login_attempts: 0,
            initial_age: 14,
            intercept_risky: false,
        }
    }
}

impl PasswordPolicy {
    /// Whether a new password of a user is good enough, but for its being an earlier one.
    ///
    /// # Errors
    ///
    /// `InvalidParameter.Password.TooWeak`.
    pub fn check(&self, password: &str, user_name: &str) -> Result<(), Fault> {
        let length = password.chars().count();
        let has =
            |wanted: bool, fits: fn(&char) -> bool| !wanted || password.chars().any(|c| fits(&c));
        let mut characters: Vec<char> = password.chars().take(LONGEST).collect();
        characters.sort_unstable();
        characters.dedup();
        let named = || {
            let (password, name) = (password.to_lowercase(), user_name.to_lowercase());
            password.contains(&name)
        };
        let fits = (self.minimum_length as usize..=LONGEST).contains(&length)
            && has(self.lowercase, char::is_ascii_lowercase)
            && has(self.uppercase, char::is_ascii_uppercase)
            && has(self.numbers, char::is_ascii_digit)
            && has(self.symbols, |c| !c.is_alphanumeric())
            && characters.len() >= self.different as usize
            && !(self.without_user_name && named());
        match fits {
            true => Ok(()),
            false => Err(fault::weak_password()),
        }
    }
}

/// A password that can be recognised and not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    salt: [u8; 16],
    hash: [u8; 32],
}

impl Kept {
    pub(crate) fn new(password: &str) -> Result<Self, Fault> {
        let salt = random::bytes()?;
        let hash = hash(password, &salt);
        Ok(Self { salt, hash })
    }

    pub(crate) fn is(&self, password: &str) -> bool {
        hash(password, &self.salt) == self.hash
    }
}

fn hash(password: &str, salt: &[u8]) -> [u8; 32] {
    pbkdf2_hmac_array::<Sha256, 32>(password.as_bytes(), salt, ROUNDS)
}

/// The account's policy, which must stay as it is until a password that was held against it is kept.
pub(crate) async fn rules(change: &mut Change<'_>, account: &str) -> Result<PasswordPolicy, Fault> {
    let set = change.read(&rows::password_policy(account)).await?;
    Ok(set.unwrap_or_default())
}

impl Identity {
    /// The account's policy, or the one that every account begins with.
    pub async fn password_policy(&self, account: &str) -> Result<PasswordPolicy, Fault> {
        let view = self.store.meta.view().await?;
        let set = rows::get(&view, &rows::password_policy(account)).await?;
        Ok(set.unwrap_or_default())
    }

    /// Changes the account's policy. Passwords that somebody has already stay as they are.
    ///
    /// # Errors
    ///
    /// Those of `edit`, which checks ranges.
    pub async fn set_password_policy(
        &self,
        account: &str,
        edit: impl Fn(&mut PasswordPolicy) -> Result<(), Fault>,
    ) -> Result<PasswordPolicy, Fault> {
        self.edit(&rows::password_policy(account), edit).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_held() {
        let strict = PasswordPolicy {
            minimum_length: 10,
            lowercase: true,
            uppercase: true,
            numbers: true,
            symbols: true,
            different: 6,
            without_user_name: true,
            ..PasswordPolicy::default()
        };
        assert!(strict.check("aB3$efgh1j", "anna").is_ok());
        for weak in [
            "aB3$efgh1",
            "AB3$EFGH1J",
            "ab3$efgh1j",
            "aBc$efghij",
            "aB3defgh1j",
            "aB3$aB3$aB3$",
            "aB3$xAnnay",
        ] {
            let fault = strict.check(weak, "anna").unwrap_err();
            assert_eq!(fault.code(), "InvalidParameter.Password.TooWeak", "{weak}");
        }
        let usual = PasswordPolicy::default();
        assert!(usual.check("aaaaaaaa", "anna").is_ok());
        assert!(usual.check("aaaaaaa", "anna").is_err());
        assert!(usual.check(&"a".repeat(LONGEST + 1), "anna").is_err());
    }

    #[test]
    fn a_kept_password_is_known_again() {
        let kept = Kept::new("correct horse").unwrap();
        assert!(kept.is("correct horse"));
        assert!(!kept.is("correct horsE"));
        assert_ne!(kept, Kept::new("correct horse").unwrap());
    }
}
