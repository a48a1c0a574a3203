//! The platform itself: who owns what services keep for themselves. It has one role, of which nothing is stored, and which
//! nobody can assume by its name; services give away short sessions of it.

use std::sync::Arc;

use gateway::{Fault, Issued, Moment, PLATFORM, Policies};

use crate::roles::KnownRole;
use crate::sessions::NewSession;
use crate::{Identity, arn, system_policies, trust};

const ROLE: &str = "platform";
/// What sessions may do at most, before their session policy.
const POLICY: &str = "AliyunOSSFullAccess";

/// The role.
pub(crate) fn role() -> Result<KnownRole, Fault> {
    Ok(KnownRole {
        account: PLATFORM.into(),
        id: ROLE.into(),
        name: ROLE.into(),
        max_session: 3600,
        resource: arn::resource(PLATFORM, "role", ROLE),
        trust: trust::attached(ROLE, &trust::of_service("fc.aliyuncs.com"))?,
    })
}

/// The policies of the role.
pub(crate) fn policies() -> Arc<Policies> {
    let policy = system_policies::find(POLICY).and_then(|policy| policy.attached());
    Arc::new(Policies {
        account: policy.into_iter().collect(),
        resource_group: Vec::new(),
    })
}

impl Identity {
    /// See [`gateway::Directory::issue_own`].
    pub(crate) async fn open_own(
        &self,
        name: &str,
        policy: &str,
        seconds: u32,
        now: &Moment,
    ) -> Result<Issued, Fault> {
        self.take_session_policy(policy)?;
        let role = role()?;
        let session = NewSession {
            policy: Some(policy),
            seconds,
            ..NewSession::of(&role, name, "fc.aliyuncs.com")
        };
        self.open_session(session, now.virtual_).await
    }
}
