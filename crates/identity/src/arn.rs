//! The names that users and roles have for policies (spec/identity.md §4.5).

use std::fmt;

/// `acs:ram::<uid>:role/<name>`, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleArn {
    /// The uid of the account that has the role.
    pub account: String,
    /// The name as it was written; roles are found whatever its case.
    pub name: String,
}

/// Why a text is not the ARN of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadArn {
    /// It is no ARN of RAM at all.
    Malformed,
    /// It names something else of RAM, such as a user. STS answers that as a role which does not exist
    /// (spec/identity.md §2.1).
    NotARole,
}

impl RoleArn {
    /// Reads an ARN as `AssumeRole` gets it.
    pub fn parse(text: &str) -> Result<Self, BadArn> {
        let rest = text.strip_prefix("acs:ram::").ok_or(BadArn::Malformed)?;
        let (account, relative) = rest.split_once(':').ok_or(BadArn::Malformed)?;
        let digits = !account.is_empty() && account.bytes().all(|b| b.is_ascii_digit());
        let (kind, name) = relative.split_once('/').unwrap_or((relative, ""));
        if !digits || crate::names::ROLE.check(name).is_err() {
            return Err(BadArn::Malformed);
        }
        match kind {
            "role" => Ok(Self {
                account: account.to_owned(),
                name: name.to_owned(),
            }),
            "user" | "group" | "policy" => Err(BadArn::NotARole),
            _ => Err(BadArn::Malformed),
        }
    }
}

/// What a provider of OpenID Connect is called in its ARN.
pub const OIDC: &str = "oidc-provider";
/// What a provider of SAML is called in its ARN.
pub const SAML: &str = "saml-provider";

/// `acs:ram::<uid>:<kind>/<name>` of a provider, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderArn {
    /// The uid of the account that has the provider.
    pub account: String,
    /// The provider's name.
    pub name: String,
}

impl ProviderArn {
    /// Reads the ARN of a provider of one kind; `None` if it is none.
    pub fn parse(text: &str, kind: &str) -> Option<Self> {
        let (account, relative) = text.strip_prefix("acs:ram::")?.split_once(':')?;
        let name = relative.strip_prefix(kind)?.strip_prefix('/')?;
        let digits = !account.is_empty() && account.bytes().all(|b| b.is_ascii_digit());
        (digits && crate::names::PROVIDER.check(name).is_ok()).then(|| Self {
            account: account.to_owned(),
            name: name.to_owned(),
        })
    }
}

/// A role's own ARN, which carries the name in lower case (spec/identity.md §3.1).
impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&role(&self.account, &self.name))
    }
}

/// A role's ARN.
pub fn role(account: &str, name: &str) -> String {
    format!("acs:ram::{account}:role/{}", name.to_ascii_lowercase())
}

/// What `ram:` and `sts:` actions are asked for on: `acs:ram:*:<uid>:<kind>/<name>` (spec/identity.md §3.4).
pub fn resource(account: &str, kind: &str, name: &str) -> String {
    format!("acs:ram:*:{account}:{kind}/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_arns() {
        let arn = ProviderArn::parse("acs:ram::123:oidc-provider/My.Idp", OIDC).unwrap();
        assert_eq!((&*arn.account, &*arn.name), ("123", "My.Idp"));
        for wrong in [
            "",
            "acs:ram::123:oidc-provider/",
            "acs:ram::x:oidc-provider/a",
            "acs:ram::123:saml-provider/a",
            "acs:ram::123:oidc-provider/a/b",
        ] {
            assert_eq!(ProviderArn::parse(wrong, OIDC), None, "{wrong}");
        }
    }

    #[test]
    fn role_arns() {
        let arn = RoleArn::parse("acs:ram::123:role/Put.Only-1").unwrap();
        assert_eq!(
            (arn.account.as_str(), arn.name.as_str()),
            ("123", "Put.Only-1")
        );
        assert_eq!(arn.to_string(), "acs:ram::123:role/put.only-1");
        assert_eq!(
            RoleArn::parse("acs:ram::123:user/anna"),
            Err(BadArn::NotARole)
        );
        for wrong in [
            "",
            "role",
            "acs:ram::123:role/",
            "acs:ram::123:role",
            "acs:ram::abc:role/x",
            "acs:ram:::role/x",
            "acs:ram:*:123:role/x",
            "acs:oss::123:role/x",
            "acs:ram::123:role/a/b",
            "acs:ram::123:role/a b",
            "arn:aws:iam::123:role/x",
        ] {
            assert_eq!(RoleArn::parse(wrong), Err(BadArn::Malformed), "{wrong}");
        }
    }
}
