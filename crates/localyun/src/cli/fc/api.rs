//! The API 2023-03-30, and what a person can do about its refusals.

use std::time::Duration;

use clap::Args;
use serde_json::Value;
use signature::Secret;
use signature::encode::component;

use crate::KeyPair;
use crate::cli::{Failure, Remote};
use crate::client::Client;
use crate::client::signed::{Answer, Signed};

const VERSION: &str = "2023-03-30";
/// Longer than any function may run, which is a day.
const PATIENCE: Duration = Duration::from_secs(25 * 3600);

/// Which server, where in it, and who asks.
#[derive(Debug, Args)]
pub(super) struct Access {
    #[command(flatten)]
    pub(super) remote: Remote,
    /// The access key that requests are signed with; by default that of the user `localyun`
    #[arg(long, value_name = "ID:SECRET")]
    key: Option<KeyPair>,
    /// The region that the function is in
    #[arg(long, value_name = "REGION", default_value = gateway::region::DEFAULT, value_parser = crate::cli::invoke::region)]
    pub(super) region: String,
}

/// A client of one region's functions.
#[derive(Debug)]
pub(super) struct Api {
    client: Client,
    key: KeyPair,
    host: String,
}

/// What the service refused.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: String,
    message: String,
    request_id: String,
}

impl Access {
    pub(super) fn api(&self) -> Api {
        let default = || KeyPair {
            id: identity::bootstrap::DEFAULT_USER.to_owned(),
            secret: Secret::new(identity::bootstrap::DEFAULT_USER),
        };
        Api {
            client: self.remote.patient_client(PATIENCE),
            key: self.key.clone().unwrap_or_else(default),
            host: format!("fcv3.{}.aliyuncs.com", self.region),
        }
    }
}

impl Api {
    /// One operation. `path` is what follows the version, `body` is JSON unless `headers` say otherwise.
    ///
    /// # Errors
    ///
    /// No server answers. What the service refuses is the inner error.
    pub(super) fn call(
        &self,
        (method, action): (&str, &str),
        path: &str,
        more: Signed<'_>,
    ) -> Result<Result<Answer, Refusal>, Failure> {
        let path = format!("/{VERSION}/{path}");
        let request = Signed {
            host: &self.host,
            method,
            action,
            path: &path,
            version: VERSION,
            ..more
        };
        let answer = self.client.signed(&request, &self.key)?;
        Ok(match answer.status.is_success() {
            true => Ok(answer),
            false => Err(Refusal::of(&answer)),
        })
    }

    /// One operation on a function, with a JSON body.
    ///
    /// # Errors
    ///
    /// As [`Self::call`].
    pub(super) fn put(
        &self,
        operation: (&str, &str),
        path: &str,
        body: &Value,
    ) -> Result<Result<Answer, Refusal>, Failure> {
        let body = serde_json::to_vec(body)?;
        let more = Signed {
            headers: &[("content-type", "application/json")],
            body: &body,
            ..Signed::default()
        };
        self.call(operation, path, more)
    }
}

/// The path of a function.
pub(super) fn path_of(name: &str) -> String {
    format!("functions/{}", component(name))
}

impl Refusal {
    fn of(answer: &Answer) -> Self {
        let body = answer.json();
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let (code, message) = (text("Code"), text("Message"));
        match code.is_empty() {
            false => Self {
                code,
                message,
                request_id: text("RequestId"),
            },
            true => Self {
                code: answer.status.to_string(),
                message: String::from_utf8_lossy(&answer.body).trim().to_owned(),
                request_id: String::new(),
            },
        }
    }

    /// What was refused, why, and what mends it.
    pub(super) fn about(&self, what: &str) -> Failure {
        let hint = match self.hint() {
            hint if hint.is_empty() => hint,
            hint => format!("; {hint}"),
        };
        Failure::Said(format!("{what}: {}: {}{hint}", self.code, self.message))
    }

    fn hint(&self) -> String {
        let about_role = self.message.contains("to assume the role");
        match self.code.as_str() {
            "AccessDenied" if about_role => {
                "the role is not there or does not trust fc.aliyuncs.com: make it with CreateRole of RAM and a trust policy \
                 that lets the service fc.aliyuncs.com do sts:AssumeRole, or let `localyun fc deploy --role-policy FILE` \
                 make one that has just the policy in FILE"
                    .to_owned()
            }
            "AccessDenied" => format!("`localyun explain {}` tells why", self.request_id),
            "FunctionNotFound" => {
                "`localyun fc deploy DIR --name NAME` makes it, `localyun fc list` tells which there are, and --region \
                 names another region"
                    .to_owned()
            }
            "InvalidAccessKeyID" | "SignatureNotMatch" => {
                "name a key of the server with --key ID:SECRET".to_owned()
            }
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str, message: &str) -> Refusal {
        Refusal {
            code: code.to_owned(),
            message: message.to_owned(),
            request_id: "1-2-3".to_owned(),
        }
    }

    fn said(refusal: &Refusal) -> String {
        match refusal.about("cannot do it") {
            Failure::Said(text) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn refusals_name_what_mends_them() {
        let role = refusal(
            "AccessDenied",
            "No permission to assume the role 'x' for you",
        );
        assert!(said(&role).contains("--role-policy FILE"));
        assert!(said(&refusal("AccessDenied", "no")).contains("localyun explain 1-2-3"));
        assert!(said(&refusal("SignatureNotMatch", "no")).contains("--key"));
        assert_eq!(
            said(&refusal("InvalidArgument", "'timeout' is wrong")),
            "cannot do it: InvalidArgument: 'timeout' is wrong"
        );
    }
}
