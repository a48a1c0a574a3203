//! UpdatePolicyDescription: gives a custom policy another description.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-updatepolicydescription>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::fault;
use crate::policies::Kind;
use crate::ram::{On, Ram, params, show};

pub(super) const OP: Op<Ram> = Op {
    name: "UpdatePolicyDescription",
    route: On::CustomPolicy,
    action: Action::One("ram:UpdatePolicyDescription"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let description = params::text(&call.head, "NewDescription", 1024)?
        .ok_or_else(|| fault::missing_parameter("NewDescription"))?;
    let (identity, target) = (&call.service.identity, &call.target);
    let policy = identity
        .describe_policy(
            &target.account,
            &target.name,
            &description,
            call.now.virtual_,
        )
        .await?;
    Ok(Reply::of(
        &json!({ "Policy": show::policy(Kind::Custom, &policy) }),
    ))
}
