//! What an operation of RAM is aimed at, and the resource that policies see for it (spec/identity.md §3.4).

use gateway::{Caller, Fault, Guard, Head, Located};
use policy::Principal;

use crate::door::{self, Target};
use crate::policies::Kind;
use crate::ram::{Ram, params};
use crate::{arn, fault, mfa, names, rpc};

/// How an operation names its resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The user of `UserName`.
    User,
    /// All users: to make or list them.
    Users,
    /// The user of `UserName`, else the caller.
    UserOrCaller,
    /// The group of `GroupName`.
    Group,
    /// All groups: to make or list them.
    Groups,
    /// The role of `RoleName`.
    Role,
    /// All roles.
    Roles,
    /// The policy of `PolicyType` and `PolicyName`.
    Policy,
    /// The custom policy of `PolicyName`.
    CustomPolicy,
    /// All policies of the account.
    Policies,
    /// The virtual MFA device of `SerialNumber`.
    Device,
    /// All virtual MFA devices.
    Devices,
    /// The account: what is asked for on no resource in particular.
    Account,
}

impl On {
    /// The resource that stands for whatever in an account it can name.
    pub fn widest(self, account: &str) -> String {
        let all = |kind| arn::resource(account, kind, "*");
        match self {
            Self::User | Self::Users | Self::UserOrCaller => all("user"),
            Self::Group | Self::Groups => all("group"),
            Self::Role | Self::Roles => all("role"),
            Self::Policy | Self::CustomPolicy | Self::Policies => all("policy"),
            Self::Device | Self::Devices => all("mfa"),
            Self::Account => format!("acs:ram:*:{account}:*"),
        }
    }

    /// Reads and checks the names. Users, groups, roles and policies of one account are all that a caller can name.
    pub(crate) fn locate(self, caller: &Caller, head: &Head) -> Result<Located<Ram>, Fault> {
        let account = door::account(caller);
        let resource = |kind, name: &str| arn::resource(&account, kind, name);
        let (name, arn) = match self {
            Self::User => {
                let name = params::name(head, "UserName", names::USER)?;
                (name, resource("user", name))
            }
            Self::Users => ("", resource("user", "*")),
            Self::UserOrCaller => {
                let name = user_or_caller(caller, head)?;
                let place = match name {
                    "" => format!("acs:ram:*:{account}:*"),
                    name => resource("user", name),
                };
                (name, place)
            }
            Self::Group => {
                let name = params::name(head, "GroupName", names::GROUP)?;
                (name, resource("group", name))
            }
            Self::Groups => ("", resource("group", "*")),
            Self::Role => {
                let name = params::name(head, "RoleName", names::ROLE)?;
                (name, resource("role", name))
            }
            Self::Roles => ("", resource("role", "*")),
            Self::Policy => {
                let (kind, name) = params::policy(head)?;
                (name, policy(&account, kind, name))
            }
            Self::CustomPolicy => {
                let name = params::name(head, "PolicyName", names::POLICY)?;
                (name, policy(&account, Kind::Custom, name))
            }
            Self::Policies => ("", resource("policy", "*")),
            Self::Device => {
                let name = mfa::name_of(&account, rpc::need(head, "SerialNumber")?);
                let name = name.ok_or_else(fault::no_such_mfa_device)?;
                (name, resource("mfa", name))
            }
            Self::Devices => ("", resource("mfa", "*")),
            Self::Account => ("", format!("acs:ram:*:{account}:*")),
        };
        Ok(Located {
            guard: Guard::owned_by(account.clone()),
            target: Target {
                name: name.to_owned(),
                account,
            },
            arn,
        })
    }
}

/// The resource of a policy; those of the system belong to the account `system`.
pub(crate) fn policy(account: &str, kind: Kind, name: &str) -> String {
    match kind {
        Kind::System => arn::resource("system", "policy", name),
        Kind::Custom => arn::resource(account, "policy", name),
    }
}

fn user_or_caller<'a>(caller: &'a Caller, head: &'a Head) -> Result<&'a str, Fault> {
    match rpc::given(head, "UserName") {
        Some(_) => params::name(head, "UserName", names::USER),
        None => caller_of(caller, "UserName"),
    }
}

/// The user who calls; empty for the root. A session has no keys of its own to manage.
pub(crate) fn caller_of<'a>(caller: &'a Caller, parameter: &str) -> Result<&'a str, Fault> {
    match &caller.principal {
        Principal::User { name, .. } => Ok(name),
        Principal::Account { .. } | Principal::Anonymous => Ok(""),
        Principal::Session { .. } | Principal::Service { .. } | Principal::Federated { .. } => {
            Err(fault::missing_parameter(parameter))
        }
    }
}
