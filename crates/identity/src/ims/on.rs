//! What an operation of IMS is aimed at, and the resource that policies see for it. The pages of the operations say
//! which: users and groups as in RAM, everything else on no resource in particular.

use gateway::{Caller, Fault, Guard, Head, Located};

use super::{Ims, params, principal, saml};
use crate::accounts::Account;
use crate::door::{self, Target};
use crate::ram::on::caller_of;
use crate::{Identity, arn, fault, names, ram, rpc};

/// How an operation names its resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The user of `UserPrincipalName`.
    User,
    /// The user of `UserPrincipalName`, `UserId` or, where that is said, `UserAccessKeyId`: of exactly one of them.
    AnyUser {
        /// Whether a key may name the user.
        by_key: bool,
    },
    /// All users: to make or list them.
    Users,
    /// The user of `UserPrincipalName`, else the caller.
    UserOrCaller,
    /// The group of `GroupName`.
    Group,
    /// All groups: to make or list them.
    Groups,
    /// The provider of `OIDCProviderName`.
    OidcProvider,
    /// The provider of `SAMLProviderName`.
    SamlProvider,
    /// The account: what is asked for on no resource in particular.
    Account,
}

impl On {
    /// Reads and checks the names. Users and groups of one account are all that a caller can name.
    pub(super) async fn locate(
        self,
        identity: &Identity,
        caller: &Caller,
        head: &Head,
    ) -> Result<Located<Ims>, Fault> {
        let account = door::account(caller);
        let resource = |kind, name: &str| arn::resource(&account, kind, name);
        let whole = format!("acs:ram:*:{account}:*");
        let (name, arn) = match self {
            Self::User => {
                let name = user(identity, &account, head).await?;
                let arn = resource("user", &name);
                (name, arn)
            }
            Self::AnyUser { by_key } => {
                let name = any_user(identity, &account, head, by_key).await?;
                let arn = resource("user", if name.is_empty() { "*" } else { &name });
                (name, arn)
            }
            Self::Users => (String::new(), resource("user", "*")),
            Self::UserOrCaller => {
                let name = match rpc::given(head, "UserPrincipalName") {
                    Some(_) => user(identity, &account, head).await?,
                    None => caller_of(caller, "UserPrincipalName")?.to_owned(),
                };
                let arn = if name.is_empty() {
                    whole
                } else {
                    resource("user", &name)
                };
                (name, arn)
            }
            Self::Group => {
                let name = ram::params::name(head, "GroupName", names::GROUP)?.to_owned();
                let arn = resource("group", &name);
                (name, arn)
            }
            Self::Groups => (String::new(), resource("group", "*")),
            Self::OidcProvider => (params::name(head)?.to_owned(), whole),
            Self::SamlProvider => (saml::name(head)?.to_owned(), whole),
            Self::Account => (String::new(), whole),
        };
        Ok(Located {
            guard: Guard::owned_by(account.clone()),
            target: Target { account, name },
            arn,
        })
    }
}

/// The name in `UserPrincipalName`, which is mandatory.
pub(super) async fn user(identity: &Identity, account: &str, head: &Head) -> Result<String, Fault> {
    let given = rpc::need(head, "UserPrincipalName")?;
    let account = identity.account_row(account).await?;
    existing(&account, given)
}

/// The name of a user of the account. Nobody of another domain exists here.
fn existing(account: &Account, given: &str) -> Result<String, Fault> {
    let name = principal::name(account, given, "UserPrincipalName", "UserName")?;
    name.map(str::to_owned).ok_or_else(fault::no_such_user)
}

/// Empty if the id or the key is nobody's, which is told once the caller may know.
async fn any_user(
    identity: &Identity,
    account: &str,
    head: &Head,
    by_key: bool,
) -> Result<String, Fault> {
    let [principal, id] = ["UserPrincipalName", "UserId"].map(|name| rpc::given(head, name));
    let key = rpc::given(head, "UserAccessKeyId").filter(|_| by_key);
    let found = match (principal, id, key) {
        (Some(given), None, None) => {
            return existing(&identity.account_row(account).await?, given);
        }
        (None, Some(id), None) => identity.user_by_id(account, id).await?,
        (None, None, Some(key)) => identity.user_by_key(account, key).await?,
        (None, None, None) => return Err(fault::missing_parameter("UserPrincipalName")),
        (None, ..) => return Err(fault::invalid_parameter("UserId")),
        (Some(_), ..) => return Err(fault::invalid_parameter("UserPrincipalName")),
    };
    Ok(found.map(|user| user.name).unwrap_or_default())
}
