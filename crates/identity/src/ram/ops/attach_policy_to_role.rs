//! AttachPolicyToRole: gives a policy to a role. Asked for on the role and on the policy.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-attachpolicytorole>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::attachments::Entity;
use crate::door;
use crate::ram::{On, Ram, on, params};

pub(super) const OP: Op<Ram> = Op {
    name: "AttachPolicyToRole",
    route: On::Role,
    action: Action::One("ram:AttachPolicyToRole"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (kind, policy) = params::policy(&call.head)?;
    params::refuse(&call.head, &["ResourceGroupId"])?;
    let target = &call.target;
    door::require(&call, &on::policy(&target.account, kind, policy)).await?;
    let holder = (Entity::Role, target.name.as_str());
    let identity = &call.service.identity;
    identity
        .attach(&target.account, holder, (kind, policy), call.now.virtual_)
        .await?;
    Ok(Reply::empty())
}
