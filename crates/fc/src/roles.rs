//! The role of a function: who may give it one, and its credentials (spec/fc.md §4).

use gateway::directory::IssueRequest;
use gateway::{Call, Fault, Guard, Moment};
use serde_json::Value;

use crate::rows::TriggerRow;
use crate::settings::Fields;
use crate::{Credentials, Fc, fault, triggers};

/// Function Compute, as trust policies name it.
const PRINCIPAL: &str = "fc.aliyuncs.com";
/// How long a function's keys live, in seconds: 36 hours, fixed.
const KEY_LIFE: u32 = 36 * 3600;
/// How long those live that are asked for only to see whether that works, in seconds.
const TRIAL: u32 = 900;

/// Asks whether the caller may give this role away, and whether Function Compute may assume it. An empty ARN is no role.
///
/// # Errors
///
/// `AccessDenied`.
async fn check(call: &Call<Fc>, arn: &str) -> Result<(), Fault> {
    if arn.is_empty() {
        return Ok(());
    }
    pass(call, arn, PRINCIPAL).await?;
    let own = format!("acs:ram::{}:role/", call.target.account);
    if !arn.starts_with(&own) {
        return Err(fault::cannot_assume_role(arn));
    }
    try_out(call, arn, PRINCIPAL).await
}

/// Whether a service may assume a role.
///
/// # Errors
///
/// `AccessDenied`.
async fn try_out(call: &Call<Fc>, arn: &str, service: &str) -> Result<(), Fault> {
    let request = IssueRequest {
        service,
        role_arn: arn,
        session_name: "trial",
        seconds: TRIAL,
    };
    let issued = call.service.issue(request, &call.now).await;
    issued.map(drop)
}

/// Asks whether the caller may give this role to a service.
///
/// # Errors
///
/// `AccessDenied`.
pub(crate) async fn pass(call: &Call<Fc>, arn: &str, service: &str) -> Result<(), Fault> {
    let resource = arn.replacen("acs:ram::", "acs:ram:*:", 1);
    let mut guard = Guard::owned_by(call.target.account.clone());
    let service = ("acs:Service".to_owned(), service.to_owned());
    guard.conditions.push(service);
    call.require_on("ram:PassRole", &resource, &guard).await
}

/// Asks the same for the role of a trigger. OSS and logs are those whose events come with one.
///
/// # Errors
///
/// `AccessDenied`.
pub(crate) async fn pass_for(call: &Call<Fc>, trigger: &TriggerRow) -> Result<(), Fault> {
    let service = match trigger.kind.as_str() {
        triggers::OSS => "oss.aliyuncs.com",
        "log" | "sls" => "log.aliyuncs.com",
        _ => PRINCIPAL,
    };
    match trigger.invocation_role.as_str() {
        "" => {}
        role => pass(call, role, service).await?,
    }
    match trigger.kind.as_str() {
        triggers::OSS => try_out(call, &trigger.invocation_role, service).await,
        _ => Ok(()),
    }
}

/// The same for the role that settings name, if they name one.
///
/// # Errors
///
/// `AccessDenied`.
pub(crate) async fn check_in(call: &Call<Fc>, settings: &Fields) -> Result<(), Fault> {
    let role = settings.get("role").and_then(Value::as_str);
    check(call, role.unwrap_or_default()).await
}

impl Fc {
    /// Fresh credentials for one invocation. None without a role.
    ///
    /// # Errors
    ///
    /// `AccessDenied` if the role has gone or no longer trusts Function Compute.
    pub(crate) async fn credentials(
        &self,
        role: &str,
        function: &str,
        now: &Moment,
    ) -> Result<Option<Credentials>, Fault> {
        if role.is_empty() {
            return Ok(None);
        }
        let session = session_name(function);
        let request = IssueRequest {
            service: PRINCIPAL,
            role_arn: role,
            session_name: &session,
            seconds: KEY_LIFE,
        };
        self.issue(request, now).await.map(Some)
    }

    /// Credentials of a role.
    ///
    /// # Errors
    ///
    /// `AccessDenied` if the role is not there or does not trust the service.
    pub(crate) async fn issue(
        &self,
        request: IssueRequest<'_>,
        now: &Moment,
    ) -> Result<Credentials, Fault> {
        let role = request.role_arn;
        let issued = self.directory.issue(request, now).await;
        let issued = issued.map_err(|refused| match refused.status().is_server_error() {
            true => refused,
            false => fault::cannot_assume_role(role).because(refused),
        })?;
        Ok(Credentials {
            access_key_id: issued.access_key_id,
            access_key_secret: issued.access_key_secret.expose().to_owned(),
            security_token: issued.security_token.expose().to_owned(),
        })
    }
}

/// The function's name; session names have two characters at least (spec/fc.md §4: the real one is not documented).
fn session_name(function: &str) -> String {
    format!("{function:-<2}")
}
