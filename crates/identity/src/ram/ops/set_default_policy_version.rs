//! SetDefaultPolicyVersion: makes a version the one that counts.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-setdefaultpolicyversion>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ram::{On, Ram, params};

pub(super) const OP: Op<Ram> = Op {
    name: "SetDefaultPolicyVersion",
    route: On::CustomPolicy,
    action: Action::One("ram:SetDefaultPolicyVersion"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let number = params::version(&call.head)?;
    let (identity, target) = (&call.service.identity, &call.target);
    identity
        .set_default_policy_version(&target.account, &target.name, number, call.now.virtual_)
        .await?;
    Ok(Reply::empty())
}
