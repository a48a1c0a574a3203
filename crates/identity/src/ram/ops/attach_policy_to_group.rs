//! AttachPolicyToGroup: gives a policy to a group. Asked for on the group and on the policy.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-attachpolicytogroup>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::attachments::Entity;
use crate::door;
use crate::ram::{On, Ram, on, params};

pub(super) const OP: Op<Ram> = Op {
    name: "AttachPolicyToGroup",
    route: On::Group,
    action: Action::One("ram:AttachPolicyToGroup"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (kind, policy) = params::policy(&call.head)?;
    params::refuse(&call.head, &["ResourceGroupId"])?;
    let target = &call.target;
    door::require(&call, &on::policy(&target.account, kind, policy)).await?;
    let holder = (Entity::Group, target.name.as_str());
    let identity = &call.service.identity;
    identity
        .attach(&target.account, holder, (kind, policy), call.now.virtual_)
        .await?;
    Ok(Reply::empty())
}
