//! DetachPolicyFromUser: takes a policy from a user. Asked for on the user and on the policy.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-detachpolicyfromuser>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::attachments::Entity;
use crate::door;
use crate::ram::{On, Ram, on, params};

pub(super) const OP: Op<Ram> = Op {
    name: "DetachPolicyFromUser",
    route: On::User,
    action: Action::One("ram:DetachPolicyFromUser"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (kind, policy) = params::policy(&call.head)?;
    params::refuse(&call.head, &["ResourceGroupId"])?;
    let target = &call.target;
    door::require(&call, &on::policy(&target.account, kind, policy)).await?;
    let holder = (Entity::User, target.name.as_str());
    call.service
        .identity
        .detach(&target.account, holder, (kind, policy))
        .await?;
    Ok(Reply::empty())
}
