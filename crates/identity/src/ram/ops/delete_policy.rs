//! DeletePolicy: deletes a custom policy that nobody has.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-deletepolicy>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ram::{On, Ram, params};

pub(super) const OP: Op<Ram> = Op {
    name: "DeletePolicy",
    route: On::CustomPolicy,
    action: Action::One("ram:DeletePolicy"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let cascading = params::flag(&call.head, "CascadingDelete")?.unwrap_or(false);
    let (identity, target) = (&call.service.identity, &call.target);
    identity
        .delete_policy(&target.account, &target.name, cascading)
        .await?;
    Ok(Reply::empty())
}
