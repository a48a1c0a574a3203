//! CreatePolicyVersion: adds a version to a custom policy.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-createpolicyversion>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ram::{On, Ram, params, show};
use crate::{fault, rpc};

pub(super) const OP: Op<Ram> = Op {
    name: "CreatePolicyVersion",
    route: On::CustomPolicy,
    action: Action::One("ram:CreatePolicyVersion"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let head = &call.head;
    let document = rpc::need(head, "PolicyDocument")?;
    let default = params::flag(head, "SetAsDefault")?.unwrap_or(false);
    let rotate = match rpc::given(head, "RotateStrategy") {
        None | Some("None") => false,
        Some("DeleteOldestNonDefaultVersionWhenLimitExceeded") => true,
        Some(_) => return Err(fault::incorrect("RotateStrategy")),
    };
    let (identity, target) = (&call.service.identity, &call.target);
    let (account, name) = (&target.account, &target.name);
    let (version, default) = identity
        .create_policy_version(
            account,
            name,
            document,
            (default, rotate),
            call.now.virtual_,
        )
        .await?;
    Ok(Reply::of(
        &json!({ "PolicyVersion": show::version(&version, default) }),
    ))
}
