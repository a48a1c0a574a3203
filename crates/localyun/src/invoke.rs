//! What an invocation needs from a cloud: buckets, a role that Function Compute may assume, and its credentials.

use std::net::SocketAddr;

use gateway::Moment;
use gateway::directory::IssueRequest;
use serde::{Deserialize, Serialize};

use crate::{BucketSpec, Cloud};

/// The principal of Function Compute in trust policies (spec/fc.md §4).
const FC: &str = "fc.aliyuncs.com";
/// How long the keys of a function live, in seconds: 36 hours, fixed (spec/fc.md §4).
const KEY_LIFE: u32 = 36 * 3600;
/// The role that `localyun invoke --role-policy` makes.
pub(crate) const ROLE: &str = "localyun-invoke";

/// What to make ready.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Prepare {
    /// Buckets, as `NAME@REGION`; those that exist are left as they are.
    pub buckets: Vec<String>,
    /// The name of a role that exists.
    pub role: Option<String>,
    /// The text of a policy: a role is made, or changed, to have it alone.
    pub role_policy: Option<String>,
    /// How that role is called; [`ROLE`] if absent.
    #[serde(default)]
    pub role_name: Option<String>,
    /// The name of the role session: the function's, reduced to what a session name may have.
    pub session_name: String,
}

/// What is ready.
#[derive(Serialize, Deserialize)]
pub(crate) struct Prepared {
    /// The uid of the account.
    pub account: String,
    /// The role's credentials; none without a role.
    pub credentials: Option<Keys>,
    /// Where functions on the server's machine reach it.
    pub functions: Option<SocketAddr>,
}

/// Credentials of a role session. They are sent over the admin API only.
#[derive(Serialize, Deserialize)]
pub(crate) struct Keys {
    /// Begins with `STS.`.
    pub access_key_id: String,
    /// The secret.
    pub access_key_secret: String,
    /// The token.
    pub security_token: String,
}

impl Prepare {
    /// Makes it ready in `cloud`. An error is a sentence that names what to mend.
    pub(crate) async fn run(&self, cloud: &Cloud) -> Result<Prepared, String> {
        for spec in &self.buckets {
            let bucket: BucketSpec = spec.parse()?;
            let made = cloud.make_bucket(&bucket.name, &bucket.region).await;
            made.map_err(|e| format!("cannot make the bucket `{}`: {e}", bucket.name))?;
        }
        let now = cloud.gateway.clock.now();
        let role = match (&self.role, &self.role_policy) {
            (Some(role), None) => role,
            (None, Some(policy)) => {
                let role = self.role_name.as_deref().unwrap_or(ROLE);
                let made = cloud
                    .identity
                    .make_role(role, FC, policy, now.virtual_)
                    .await;
                made.map_err(|e| {
                    format!("cannot make a role with the policy of --role-policy: {e}")
                })?;
                role
            }
            (None, None) => return Ok(Prepared::without_role(cloud)),
            (Some(_), Some(_)) => {
                return Err("a function has one role: give --role or --role-policy".to_owned());
            }
        };
        let credentials = self.issue(cloud, role, &now).await?;
        Ok(Prepared {
            credentials: Some(credentials),
            ..Prepared::without_role(cloud)
        })
    }

    async fn issue(&self, cloud: &Cloud, role: &str, now: &Moment) -> Result<Keys, String> {
        let role_arn = format!("acs:ram::{}:role/{role}", identity::DEFAULT_ACCOUNT);
        let request = IssueRequest {
            service: FC,
            role_arn: &role_arn,
            session_name: &self.session_name,
            seconds: KEY_LIFE,
        };
        let issued = cloud.gateway.directory().issue(request, now).await;
        let issued = issued.map_err(|e| {
            format!(
                "no credentials for the role `{role}`: {e}; make a role that trusts {FC} with CreateRole, or give \
                 --role-policy FILE to have one made"
            )
        })?;
        Ok(Keys {
            access_key_id: issued.access_key_id,
            access_key_secret: issued.access_key_secret.expose().to_owned(),
            security_token: issued.security_token.expose().to_owned(),
        })
    }
}

impl Prepared {
    fn without_role(cloud: &Cloud) -> Self {
        Self {
            account: identity::DEFAULT_ACCOUNT.to_owned(),
            credentials: None,
            functions: cloud.network().map(|network| network.emulator),
        }
    }
}
