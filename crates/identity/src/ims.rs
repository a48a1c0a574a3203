//! Identity Management Service, version 2019-08-15: as much of it as AssumeRoleWithOIDC needs, the providers of OpenID
//! Connect. Its calls are authorized under `ram:` names, on no resource in particular.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-overview>

mod ops;
mod params;
mod show;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use gateway::id::Ids;
use gateway::rpc::{self, Reply};
use gateway::{
    AuthFailure, Caller, Denial, Fault, Guard, Head, Located, Op, RequestId, Response, Service,
};
use policy::Context;
use signature::{Resource, Scheme};

use crate::Identity;
use crate::accounts::DEFAULT_ACCOUNT;
use crate::fault::{self, Voice};
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
#[derive(Debug)]
pub struct Ims {
    identity: Arc<Identity>,
}

impl Ims {
    /// IMS for these accounts.
    pub fn new(identity: Arc<Identity>) -> Self {
        Self { identity }
    }

    /// Its operations.
    pub const OPS: &'static [Op<Self>] = ops::ALL;
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

impl Service for Ims {
    const PRODUCT: &'static str = "ims";
    const SCHEMES: &'static [Scheme] = &[Scheme::RpcV1, Scheme::Acs3];
    type Route = On;
    type Name = ();
    type Target = Target;
    type Reply = Reply;

    fn ops(&self) -> &'static [Op<Self>] {
        Self::OPS
    }

    fn request_id(&self, ids: &Ids, _wall: DateTime<Utc>) -> RequestId {
        ids.uuid()
    }

    fn route(&self, head: &Head) -> Result<(&'static Op<Self>, ()), Fault> {
        Ok((wire::route(Self::OPS, IMS_VERSION, ELSEWHERE, head)?, ()))
    }

    fn signed_resource<'a>(&self, (): &'a ()) -> Option<Resource<'a>> {
        None
    }

    fn unauthenticated(&self, failure: AuthFailure, _head: &Head) -> Fault {
        fault::unauthenticated(failure)
    }

    fn admit_anonymous(&self, _op: &'static Op<Self>, _head: &Head) -> Result<(), Fault> {
        Err(fault::missing_parameter("AccessKeyId"))
    }

    async fn locate(
        &self,
        op: &'static Op<Self>,
        (): (),
        caller: &Caller,
        head: &Head,
    ) -> Result<Located<Self>, Fault> {
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
    fn conditions(&self, op: &'static Op<Self>, head: &Head, context: &mut Context) {
        let issuer = wire::given(head, "IssuerUrl");
        if let Some(issuer) = issuer.filter(|_| op.name == "CreateOIDCProvider") {
            context.insert("ram:OidcIssuerUrl", issuer);
        }
    }

    fn denied(&self, denial: &Denial<'_, Self>) -> Fault {
        wire::denied(Voice::Ram, denial)
    }

    fn render(
        &self,
        outcome: Result<Reply, Fault>,
        head: &Head,
        id: &RequestId,
        _wall: DateTime<Utc>,
    ) -> Response {
        let outcome = outcome.map_err(|fault| Voice::Ram.internal(fault));
        rpc::render(outcome, "Ims", head, id)
    }
}
