//! DeleteRole: deletes a role without policies, and with it its sessions.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-deleterole>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ram::{On, Ram};

pub(super) const OP: Op<Ram> = Op {
    name: "DeleteRole",
    route: On::Role,
    action: Action::One("ram:DeleteRole"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let target = &call.target;
    call.service
        .identity
        .delete_role(&target.account, &target.name)
        .await?;
    Ok(Reply::empty())
}
