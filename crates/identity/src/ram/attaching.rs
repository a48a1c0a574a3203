//! Giving a policy to a user, group or role, and taking it away. Asked for on the entity and on the policy.

use gateway::rpc::Reply;
use gateway::{Call, Fault};

use super::{Ram, on, params};
use crate::attachments::Entity;
use crate::door;
use crate::policies::Kind;

pub(super) async fn attach(call: Call<Ram>, entity: Entity) -> Result<Reply, Fault> {
    let policy = asked_for(&call).await?;
    let (identity, target) = (&call.service.identity, &call.target);
    let holder = (entity, target.name.as_str());
    identity
        .attach(&target.account, holder, policy, call.now.virtual_)
        .await?;
    Ok(Reply::empty())
}

pub(super) async fn detach(call: Call<Ram>, entity: Entity) -> Result<Reply, Fault> {
    let policy = asked_for(&call).await?;
    let (identity, target) = (&call.service.identity, &call.target);
    let holder = (entity, target.name.as_str());
    identity.detach(&target.account, holder, policy).await?;
    Ok(Reply::empty())
}

/// The policy that a call names, once the caller may.
async fn asked_for(call: &Call<Ram>) -> Result<(Kind, &str), Fault> {
    let (kind, policy) = params::policy(&call.head)?;
    params::refuse(&call.head, &["ResourceGroupId"])?;
    door::require(call, &on::policy(&call.target.account, kind, policy)).await?;
    Ok((kind, policy))
}
