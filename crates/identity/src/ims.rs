//! Identity Management Service, version 2019-08-15: as much of it as AssumeRoleWithOIDC needs, the providers of OpenID
//! Connect. Its calls are authorized under `ram:` names, on no resource in particular.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-overview>

mod ops;
mod params;
mod provider_lists;
mod show;

use std::sync::Arc;

use gateway::{Caller, Fault, Guard, Head, Located, Op};
use policy::Context;

use crate::Identity;
use crate::accounts::DEFAULT_ACCOUNT;
use crate::door::{Api, Door};
use crate::fault::Voice;
use crate::rpc as wire;

/// The one version of the API.
pub const IMS_VERSION: &str = "2019-08-15";

/// What the real service has and this one has not.
const ELSEWHERE: &[&str] = &[
    "AddUserToGroup",
    "BindMFADevice",
    "ChangePassword",
    "CreateAccessKey",
    "CreateAppSecret",
    "CreateApplication",
    "CreateGroup",
    "CreateLoginProfile",
    "CreateSAMLProvider",
    "CreateServiceCredential",
    "CreateUser",
    "CreateVirtualMFADevice",
    "DeleteAccessKey",
    "DeleteAccessKeyInRecycleBin",
    "DeleteAppSecret",
    "DeleteApplication",
    "DeleteGroup",
    "DeleteLoginProfile",
    "DeletePasskey",
    "DeleteSAMLProvider",
    "DeleteServiceCredential",
    "DeleteUser",
    "DeleteUserInRecycleBin",
    "DeleteVirtualMFADevice",
    "DeprovisionApplication",
    "DeprovisionExternalApplication",
    "DisableVirtualMFA",
    "GenerateCredentialReport",
    "GenerateGovernanceReport",
    "GetAccessKeyInfoInRecycleBin",
    "GetAccessKeyLastUsed",
    "GetAccessKeyPolicy",
    "GetAccessKeyPolicyForAccount",
    "GetAccountMFAInfo",
    "GetAccountSecurityPracticeReport",
    "GetAccountSummary",
    "GetAppSecret",
    "GetApplication",
    "GetApplicationProvisionInfo",
    "GetCredentialReport",
    "GetDefaultDomain",
    "GetExternalApplication",
    "GetGovernanceItemReport",
    "GetGovernanceReportStatus",
    "GetGroup",
    "GetLoginProfile",
    "GetPasswordPolicy",
    "GetSAMLProvider",
    "GetSecurityPreference",
    "GetServiceCredential",
    "GetUser",
    "GetUserInRecycleBin",
    "GetUserMFAInfo",
    "GetUserSsoSettings",
    "GetVerificationInfo",
    "ListAccessKeys",
    "ListAccessKeysInRecycleBin",
    "ListAppSecretIds",
    "ListApplicationProvisionInfos",
    "ListApplications",
    "ListExternalApplications",
    "ListGroups",
    "ListGroupsForUser",
    "ListPasskeys",
    "ListPredefinedScopes",
    "ListRecentGovernanceMetrics",
    "ListSAMLProviders",
    "ListServiceCredentials",
    "ListTagResources",
    "ListUserBasicInfos",
    "ListUsers",
    "ListUsersForGroup",
    "ListUsersInRecycleBin",
    "ListVirtualMFADevices",
    "ProvisionApplication",
    "ProvisionExternalApplication",
    "RemoveUserFromGroup",
    "RestoreAccessKeyFromRecycleBin",
    "RestoreUserFromRecycleBin",
    "SetAccessKeyPolicy",
    "SetAccessKeyPolicyForAccount",
    "SetDefaultDomain",
    "SetPasswordPolicy",
    "SetSecurityPreference",
    "SetUserSsoSettings",
    "SetVerificationInfo",
    "TagResources",
    "UnbindMFADevice",
    "UnbindVerification",
    "UntagResources",
    "UpdateAccessKey",
    "UpdateApplication",
    "UpdateGroup",
    "UpdateLoginProfile",
    "UpdatePasskey",
    "UpdateSAMLProvider",
    "UpdateServiceCredential",
    "UpdateUser",
];

/// IMS over an identity plane.
pub type Ims = Door<ImsApi>;

/// What is IMS's own.
#[derive(Debug)]
pub struct ImsApi;

impl Ims {
    /// IMS for these accounts.
    pub fn new(identity: Arc<Identity>) -> Self {
        Self {
            identity,
            api: ImsApi,
        }
    }
}

/// How an operation names its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The provider of `OIDCProviderName`.
    Provider,
    /// All providers.
    Providers,
}

/// What a call is aimed at. Whether it exists is seen where it is used.
#[derive(Debug)]
pub struct Target {
    /// The account.
    pub account: Arc<str>,
    /// The provider's name; empty where all are meant.
    pub name: String,
}

impl Api for ImsApi {
    const PRODUCT: &'static str = "ims";
    const NAME: &'static str = "Ims";
    const VERSION: &'static str = IMS_VERSION;
    const VOICE: Voice = Voice::Ram;
    const ELSEWHERE: &'static [&'static str] = ELSEWHERE;
    const OPS: &'static [Op<Ims>] = ops::ALL;
    type On = On;
    type Target = Target;

    async fn locate(
        _door: &Ims,
        op: &'static Op<Ims>,
        caller: &Caller,
        head: &Head,
    ) -> Result<Located<Ims>, Fault> {
        // Only where signatures are not looked at is there a call without an account.
        let account: Arc<str> = caller.account().unwrap_or(DEFAULT_ACCOUNT).into();
        let name = match op.route {
            On::Provider => params::name(head)?.to_owned(),
            On::Providers => String::new(),
        };
        Ok(Located {
            arn: format!("acs:ram:*:{account}:*"),
            guard: Guard::owned_by(account.clone()),
            target: Target { account, name },
        })
    }

    /// <https://help.aliyun.com/document_detail/327135.html>
    fn conditions(op: &'static Op<Ims>, head: &Head, context: &mut Context) {
        let issuer = wire::given(head, "IssuerUrl");
        if let Some(issuer) = issuer.filter(|_| op.name == "CreateOIDCProvider") {
            context.insert("ram:OidcIssuerUrl", issuer);
        }
    }
}
