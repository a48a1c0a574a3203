//! User principal names: `<user>@<account's alias>.onaliyun.com` (spec/identity.md §3.1).

use gateway::Fault;

use crate::accounts::Account;
use crate::{fault, names};

/// The longest principal name, in characters.
const LONGEST: usize = 128;

/// The user's name in the principal name that a parameter holds; `None` if its domain is not the account's. What is
/// wrong with the user's own part is said of `user`, as the catalogue has it.
pub(super) fn name<'a>(
    account: &Account,
    given: &'a str,
    parameter: &str,
    user: &str,
) -> Result<Option<&'a str>, Fault> {
    if given.chars().count() > LONGEST {
        return Err(fault::beyond_length(parameter));
    }
    let parts = given.rsplit_once('@');
    let (name, domain) = parts.ok_or_else(|| fault::wrong_format(parameter))?;
    fault::check_name(user, names::USER, name)?;
    Ok(account.has_domain(domain).then_some(name))
}

/// The name that a user is to have. It must be in the account's domain.
pub(super) fn new_name<'a>(
    account: &Account,
    given: &'a str,
    parameter: &str,
    user: &str,
) -> Result<&'a str, Fault> {
    name(account, given, parameter, user)?.ok_or_else(|| fault::wrong_format(parameter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        Account {
            uid: "1234567890123456".into(),
            alias: "company".into(),
            created: String::new(),
        }
    }

    fn read(given: &str) -> Result<Option<&str>, &'static str> {
        name(&account(), given, "UserPrincipalName", "UserName").map_err(|fault| fault.code())
    }

    #[test]
    fn the_domain_is_the_alias_or_the_uid() {
        assert_eq!(read("anna@company.onaliyun.com"), Ok(Some("anna")));
        assert_eq!(read("anna@1234567890123456.onaliyun.com"), Ok(Some("anna")));
        assert_eq!(read("anna@Company.OnAliyun.com"), Ok(Some("anna")));
        for other in [
            "anna@other.onaliyun.com",
            "anna@company",
            "anna@",
            "anna@x.company.onaliyun.com",
        ] {
            assert_eq!(read(other), Ok(None), "{other}");
        }
    }

    #[test]
    fn what_is_no_principal_name() {
        assert_eq!(
            read("anna"),
            Err("InvalidParameter.UserPrincipalName.Format")
        );
        assert_eq!(
            read("@company.onaliyun.com"),
            Err("InvalidParameter.UserName.Length")
        );
        assert_eq!(
            read("a b@company.onaliyun.com"),
            Err("InvalidParameter.UserName.InvalidChars")
        );
        assert_eq!(
            read("a@b@company.onaliyun.com"),
            Err("InvalidParameter.UserName.InvalidChars")
        );
        let long = format!("{}@company.onaliyun.com", "a".repeat(65));
        assert_eq!(read(&long), Err("InvalidParameter.UserName.Length"));
        let longer = format!("a@{}", "b".repeat(127));
        assert_eq!(
            read(&longer),
            Err("InvalidParameter.UserPrincipalName.Length")
        );
    }
}
