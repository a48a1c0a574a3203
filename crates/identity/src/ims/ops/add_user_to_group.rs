//! AddUserToGroup: puts a user into a group. Asked for on both.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-addusertogroup>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ims::{Ims, On, on};
use crate::ram::ops::add_user_to_group;

pub(super) const OP: Op<Ims> = Op {
    name: "AddUserToGroup",
    route: On::Group,
    action: Action::One("ram:AddUserToGroup"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let user = on::user(&call.service.identity, &call.target.account, &call.head).await?;
    add_user_to_group::add(call, &user).await
}
