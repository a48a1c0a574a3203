//! GetRole: describes a role.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-getrole>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ram::{On, Ram, show};

pub(super) const OP: Op<Ram> = Op {
    name: "GetRole",
    route: On::Role,
    action: Action::One("ram:GetRole"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let role = identity.role(&target.account, &target.name).await?;
    let account = identity.account(&target.account).await?;
    let account = account.ok_or_else(|| Fault::internal("the caller's account is gone"))?;
    Ok(Reply::of(
        &json!({ "Role": show::role_in_full(&account, &role) }),
    ))
}
