//! DeletePolicyVersion: deletes a version that is not the default.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-deletepolicyversion>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ram::{On, Ram, params};

pub(super) const OP: Op<Ram> = Op {
    name: "DeletePolicyVersion",
    route: On::CustomPolicy,
    action: Action::One("ram:DeletePolicyVersion"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let number = params::version(&call.head)?;
    let (identity, target) = (&call.service.identity, &call.target);
    identity
        .delete_policy_version(&target.account, &target.name, number, call.now.virtual_)
        .await?;
    Ok(Reply::empty())
}
