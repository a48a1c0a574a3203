//! UpdateRole: changes a role: trust policy, description, longest session.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-updaterole>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ram::{On, Ram, params, show};
use crate::roles::RoleChanges;
use crate::rpc;

pub(super) const OP: Op<Ram> = Op {
    name: "UpdateRole",
    route: On::Role,
    action: Action::One("ram:UpdateRole"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let head = &call.head;
    let changes = RoleChanges {
        trust: rpc::given(head, "NewAssumeRolePolicyDocument").map(str::to_owned),
        description: params::text(head, "NewDescription", 1024)?,
        max_session: params::max_session(head, "NewMaxSessionDuration")?,
        console: params::flag(head, "NewAllowConsoleLogin")?,
    };
    let (identity, target) = (&call.service.identity, &call.target);
    let role = identity
        .update_role(&target.account, &target.name, &changes, call.now.virtual_)
        .await?;
    Ok(Reply::of(
        &json!({ "Role": show::role(&target.account, &role) }),
    ))
}
