//! The credentials of the instance's role: the same for everybody who asks, until they are about to end.

use chrono::TimeDelta;
use gateway::{Directory, Fault, Issued, Moment};
use serde_json::json;

use super::{ECS, INSTANCE_ID, Metadata, Refusal};
use crate::arn::RoleArn;
use crate::roles::KnownRole;
use crate::sessions::NewSession;
use crate::{directory, fault, time};

/// How long credentials live, in seconds: the documents' sample ends 6 hours after it was made.
const LIFE: u32 = 6 * 3600;
/// New ones are made when the old ones have less left than this, in seconds. oss2 asks for new ones when 15 % of the
/// life is left, the credentials SDKs when 15 minutes are.
const LEFT: i64 = 3600;

/// Credentials that were given, and of which role they are.
#[derive(Debug, Clone)]
pub(super) struct Held {
    role_id: String,
    issued: Issued,
}

impl Metadata {
    /// What the page of the role says.
    pub(super) async fn credentials(
        &self,
        role: &RoleArn,
        now: &Moment,
    ) -> Result<String, Refusal> {
        match self.current(role, now).await {
            Ok(issued) => Ok(document(&issued)),
            Err(fault) if fault.status().is_server_error() => Err(Refusal::Failed(fault)),
            Err(fault) => {
                let role = role.to_string();
                tracing::warn!(
                    role,
                    why = %fault,
                    "the ECS instance gets no credentials: make its role, and let its trust policy allow sts:AssumeRole \
                     to the Service principal {ECS}; or give the instance another role, with --ecs-role or `localyun \
                     ecs-role set`"
                );
                Err(Refusal::NotFound)
            }
        }
    }

    /// The role is looked at every time: a deleted one, or one that no longer trusts ECS, gives nothing.
    async fn current(&self, role: &RoleArn, now: &Moment) -> Result<Issued, Fault> {
        let role = self.identity.assumable(Ok(role.clone())).await?;
        if !directory::trusts_service(&role, ECS, now) {
            return Err(fault::service_not_trusted(ECS, &role.arn()));
        }
        if let Some(held) = self.still_good(&role, now).await {
            return Ok(held);
        }
        // What the names of such sessions look like in the real cloud.
        let name = format!("vm-ram-{INSTANCE_ID}");
        let session = NewSession {
            seconds: LIFE,
            ..NewSession::of(&role, &name, ECS)
        };
        let issued = self.identity.open_session(session, now.virtual_).await?;
        *self.held() = Some(Held {
            role_id: role.id.to_string(),
            issued: issued.clone(),
        });
        Ok(issued)
    }

    /// A reset or a snapshot may have voided what is held, and the clock may have been moved either way.
    async fn still_good(&self, role: &KnownRole, now: &Moment) -> Option<Issued> {
        let held = self
            .held()
            .clone()
            .filter(|held| *held.role_id == *role.id)?;
        let left = (held.issued.expiration - now.virtual_).num_seconds();
        if !(LEFT..=i64::from(LIFE)).contains(&left) {
            return None;
        }
        let (id, token) = (
            &held.issued.access_key_id,
            held.issued.security_token.expose(),
        );
        let opened = self.identity.credential(id, Some(token), now).await;
        opened.ok().map(|_| held.issued)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// In the order of the documents' sample.
fn document(issued: &Issued) -> String {
    let made = issued.expiration - TimeDelta::seconds(i64::from(LIFE));
    let document = json!({
        "AccessKeyId": issued.access_key_id,
        "AccessKeySecret": issued.access_key_secret.expose(),
        "Expiration": time::iso(issued.expiration),
        "SecurityToken": issued.security_token.expose(),
        "LastUpdated": time::iso(made),
        "Code": "Success",
    });
    format!("{document:#}")
}
