//! AddUserToGroup: puts a user into a group. Asked for on the group and on the user.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-addusertogroup>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::door::{self, Door, Named};
use crate::ram::{On, Ram, params};
use crate::{arn, names};

pub(super) const OP: Op<Ram> = Op {
    name: "AddUserToGroup",
    route: On::Group,
    action: Action::One("ram:AddUserToGroup"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let user = params::name(&call.head, "UserName", names::USER)?.to_owned();
    add(call, &user).await
}

/// The same for a user who was named in whatever way.
pub(crate) async fn add<A: Named>(call: Call<Door<A>>, user: &str) -> Result<Reply, Fault> {
    let target = &call.target;
    door::require(&call, &arn::resource(&target.account, "user", user)).await?;
    let identity = &call.service.identity;
    identity
        .add_member(&target.account, &target.name, user, call.now.virtual_)
        .await?;
    Ok(Reply::empty())
}
