//! GetPolicyVersion: describes a version of a policy.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-getpolicyversion>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::fault;
use crate::ram::{On, Ram, params, show};

pub(super) const OP: Op<Ram> = Op {
    name: "GetPolicyVersion",
    route: On::Policy,
    action: Action::One("ram:GetPolicyVersion"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (kind, name) = params::policy(&call.head)?;
    let number = params::version(&call.head)?;
    let (identity, account) = (&call.service.identity, &call.target.account);
    let (policy, _) = identity.policy(account, kind, name).await?;
    let version = policy.version(number).ok_or_else(fault::no_such_version)?;
    let default = number == policy.default;
    Ok(Reply::of(
        &json!({ "PolicyVersion": show::version(version, default) }),
    ))
}
