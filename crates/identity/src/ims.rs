//! Identity Management Service, version 2019-08-15: users, groups and keys once more, under principal names, and the
//! providers of single sign-on. Its calls are authorized under `ram:` names.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-overview>

mod on;
mod ops;
mod params;
mod principal;
mod provider_lists;
mod repeated;
mod saml;
mod settings;
mod show;
mod tags;

use gateway::{Caller, Fault, Head, Located, Op};
use policy::Context;

use crate::door::{Api, Door, Target};
use crate::fault::Voice;
use crate::rpc as wire;

pub use on::On;

/// The one version of the API.
pub const IMS_VERSION: &str = "2019-08-15";

/// What the real service has and this one has not.
const ELSEWHERE: &[&str] = &[
    "BindMFADevice",
    "ChangePassword",
    "CreateAppSecret",
    "CreateApplication",
    "CreateServiceCredential",
    "CreateVirtualMFADevice",
    "DeleteAccessKeyInRecycleBin",
    "DeleteAppSecret",
    "DeleteApplication",
    "DeletePasskey",
    "DeleteServiceCredential",
    "DeleteUserInRecycleBin",
    "DeleteVirtualMFADevice",
    "DeprovisionApplication",
    "DeprovisionExternalApplication",
    "DisableVirtualMFA",
    "GenerateCredentialReport",
    "GenerateGovernanceReport",
    "GetAccessKeyInfoInRecycleBin",
    "GetAccessKeyPolicyForAccount",
    "GetAccountMFAInfo",
    "GetAccountSecurityPracticeReport",
    "GetAppSecret",
    "GetApplication",
    "GetApplicationProvisionInfo",
    "GetCredentialReport",
    "GetExternalApplication",
    "GetGovernanceItemReport",
    "GetGovernanceReportStatus",
    "GetServiceCredential",
    "GetUserInRecycleBin",
    "GetUserSsoSettings",
    "GetVerificationInfo",
    "ListAccessKeysInRecycleBin",
    "ListAppSecretIds",
    "ListApplicationProvisionInfos",
    "ListApplications",
    "ListExternalApplications",
    "ListPasskeys",
    "ListPredefinedScopes",
    "ListRecentGovernanceMetrics",
    "ListServiceCredentials",
    "ListUsersInRecycleBin",
    "ListVirtualMFADevices",
    "ProvisionApplication",
    "ProvisionExternalApplication",
    "RestoreAccessKeyFromRecycleBin",
    "RestoreUserFromRecycleBin",
    "SetAccessKeyPolicyForAccount",
    "SetUserSsoSettings",
    "SetVerificationInfo",
    "UnbindMFADevice",
    "UnbindVerification",
    "UpdateApplication",
    "UpdatePasskey",
    "UpdateServiceCredential",
];

/// IMS over an identity plane.
pub type Ims = Door<ImsApi>;

/// What is IMS's own.
#[derive(Debug, Default)]
pub struct ImsApi;

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
        door: &Ims,
        op: &'static Op<Ims>,
        caller: &Caller,
        head: &Head,
    ) -> Result<Located<Ims>, Fault> {
        op.route.locate(&door.identity, caller, head).await
    }

    /// <https://help.aliyun.com/document_detail/327135.html>
    fn conditions(op: &'static Op<Ims>, head: &Head, context: &mut Context) {
        let issuer = wire::given(head, "IssuerUrl");
        if let Some(issuer) = issuer.filter(|_| op.name == "CreateOIDCProvider") {
            context.insert("ram:OidcIssuerUrl", issuer);
        }
    }
}
