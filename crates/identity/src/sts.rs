//! The Security Token Service, version 2015-04-01 (spec/identity.md §2).
//! <https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-overview>

mod federated;
mod ops;
mod session;

use std::sync::Arc;

use gateway::{Caller, Denial, Fault, Guard, Head, Located, Op};
use policy::{Context, Principal};

use crate::accounts::DEFAULT_ACCOUNT;
use crate::door::{Api, Door};
use crate::fault::{self, Voice};
use crate::oidc::{Issuers, Unreachable};
use crate::rpc as wire;
use crate::{Identity, directory};

use ops::assume_role::Assumption;
use ops::{assume_role_with_oidc, assume_role_with_saml};

/// The one version of the API.
pub const STS_VERSION: &str = "2015-04-01";

/// What the real service has and this one has not.
const ELSEWHERE: &[&str] = &["GenerateSessionAccessKey"];

/// STS over an identity plane.
pub type Sts = Door<StsApi>;

/// What is STS's own.
#[derive(Debug)]
pub struct StsApi {
    issuers: Arc<dyn Issuers>,
}

/// Without a way to issuers of tokens: it knows the keys that it was told.
impl Default for StsApi {
    fn default() -> Self {
        Self {
            issuers: Arc::new(Unreachable),
        }
    }
}

impl Sts {
    /// STS with a way to the issuers that run on this machine.
    pub fn with_issuers(identity: Arc<Identity>, issuers: Arc<dyn Issuers>) -> Self {
        Self {
            identity,
            api: StsApi { issuers },
        }
    }
}

/// What a call is aimed at.
#[derive(Debug)]
pub enum Target {
    /// The caller, or whoever a token that is yet to be read speaks for.
    Caller,
    /// A role, with the parameters of AssumeRole.
    #[expect(
        private_interfaces,
        reason = "what an operation gathers is its own affair"
    )]
    Role(Box<Assumption>),
}

/// How an operation finds what it is aimed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The caller.
    Caller,
    /// The role of `RoleArn`.
    Role,
    /// The role of `RoleArn`, for the bearer of `OIDCToken`.
    Token,
    /// The role of `RoleArn`, for the bearer of `SAMLAssertion`.
    Assertion,
}

impl Api for StsApi {
    const PRODUCT: &'static str = "sts";
    const NAME: &'static str = "Sts";
    const VERSION: &'static str = STS_VERSION;
    const VOICE: Voice = Voice::Sts;
    const ELSEWHERE: &'static [&'static str] = ELSEWHERE;
    const OPS: &'static [Op<Sts>] = ops::ALL;
    type On = On;
    type Target = Target;

    fn is_unsigned(op: &'static Op<Sts>) -> bool {
        matches!(op.route, On::Token | On::Assertion)
    }

    async fn locate(
        door: &Sts,
        op: &'static Op<Sts>,
        caller: &Caller,
        head: &Head,
    ) -> Result<Located<Sts>, Fault> {
        if op.route != On::Role {
            let account = caller.account().unwrap_or(DEFAULT_ACCOUNT);
            return Ok(Located {
                target: Target::Caller,
                arn: caller.principal.arn(),
                guard: Guard::owned_by(account),
            });
        }
        let assumption = Assumption::read(&door.identity, caller, head).await?;
        let role = assumption.role();
        Ok(Located {
            arn: role.resource.clone(),
            guard: directory::guard(role),
            target: Target::Role(Box::new(assumption)),
        })
    }

    fn conditions(op: &'static Op<Sts>, head: &Head, context: &mut Context) {
        match op.route {
            On::Caller => {}
            On::Role => {
                if let Some(id) = wire::given(head, "ExternalId") {
                    context.insert("sts:ExternalId", id);
                }
            }
            On::Token => assume_role_with_oidc::conditions(head, context),
            On::Assertion => assume_role_with_saml::conditions(head, context),
        }
    }

    fn denied(denial: &Denial<'_, Sts>) -> Fault {
        match denial.caller.principal {
            Principal::Account { .. } => fault::root_may_not_assume(),
            Principal::Federated { .. } => fault::provider_not_trusted(),
            _ => wire::denied(Voice::Sts, denial),
        }
    }
}
