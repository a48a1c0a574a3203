//! GetPolicy: describes a policy and the version of it that counts.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-getpolicy>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::fault;
use crate::ram::{On, Ram, params, show};

pub(super) const OP: Op<Ram> = Op {
    name: "GetPolicy",
    route: On::Policy,
    action: Action::One("ram:GetPolicy"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (kind, name) = params::policy(&call.head)?;
    let (identity, account) = (&call.service.identity, &call.target.account);
    let (policy, uses) = identity.policy(account, kind, name).await?;
    let default = policy
        .version(policy.default)
        .ok_or_else(fault::no_such_version)?;
    Ok(Reply::of(&json!({
        "Policy": show::policy_in_use(kind, &policy, uses),
        "DefaultPolicyVersion": show::version(default, true),
    })))
}
