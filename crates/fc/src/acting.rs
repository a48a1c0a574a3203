//! Services that invoke a function with a role of its account: OSS for a trigger, Function Compute for a destination.

use chrono::SecondsFormat;
use gateway::directory::IssueRequest;
use gateway::{AuthMode, Fault, Guard, Layers, Moment};
use policy::{Context, Verdict};

use crate::{Fc, Target, fault};

/// What they do with the role.
const INVOKE: &str = "fc:InvokeFunction";
/// How long the credentials live with which the role is looked at, in seconds.
const MOMENT: u32 = 900;

/// A service with a role.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Acting<'a> {
    /// As trust policies name it.
    service: &'static str,
    session_name: &'static str,
    /// The ARN.
    role: &'a str,
}

impl<'a> Acting<'a> {
    /// OSS, with the role of a trigger.
    pub(crate) fn oss(role: &'a str) -> Self {
        Self {
            service: "oss.aliyuncs.com",
            session_name: "oss-event",
            role,
        }
    }

    /// Function Compute, with the role of the function whose result goes to another one.
    pub(crate) fn function(role: &'a str) -> Self {
        Self {
            service: "fc.aliyuncs.com",
            session_name: "fc-destination",
            role,
        }
    }
}

impl Fc {
    /// Whether a service may invoke a function with this role: it has to trust the service, and its policies have to allow
    /// it.
    ///
    /// # Errors
    ///
    /// `AccessDenied`.
    pub(crate) async fn expect_may_invoke(
        &self,
        mode: AuthMode,
        acting: Acting<'_>,
        target: &Target,
        now: &Moment,
    ) -> Result<(), Fault> {
        if mode == AuthMode::Off {
            return Ok(());
        }
        let role = acting.role;
        let request = IssueRequest {
            service: acting.service,
            role_arn: role,
            session_name: acting.session_name,
            seconds: MOMENT,
        };
        let issued = self.issue(request, now).await?;
        let (key, token) = (&issued.access_key_id, issued.security_token.as_str());
        let credential = self.directory.credential(key, Some(token), now).await;
        let caller = credential
            .map_err(|_| fault::cannot_assume_role(role))?
            .caller;
        let layers = Layers {
            identity: self.directory.policies(&caller).await?,
            session: None,
            guard: Guard::owned_by(target.account.clone()),
        };
        let arn = target.arn(&target.function_resource());
        let mut context = Context::new();
        context.insert(
            "acs:CurrentTime",
            now.virtual_.to_rfc3339_opts(SecondsFormat::Secs, true),
        );
        context.insert("acs:PrincipalARN", caller.principal.arn());
        let request = policy::Request {
            principal: &caller.principal,
            action: INVOKE,
            resource: &arn,
            context: &context,
        };
        let allowed = layers.decide(&request, &mut ()).verdict == Verdict::Allow;
        match allowed || mode == AuthMode::Audit {
            true => Ok(()),
            false => Err(fault::role_may_not(role, INVOKE, &arn)),
        }
    }
}
