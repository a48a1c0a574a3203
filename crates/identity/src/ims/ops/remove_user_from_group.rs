//! RemoveUserFromGroup: takes a user out of a group. Asked for on both.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-removeuserfromgroup>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ims::{Ims, On, on};
use crate::ram::ops::remove_user_from_group;

pub(super) const OP: Op<Ims> = Op {
    name: "RemoveUserFromGroup",
    route: On::Group,
    action: Action::One("ram:RemoveUserFromGroup"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let user = on::user(&call.service.identity, &call.target.account, &call.head).await?;
    remove_user_from_group::remove(call, &user).await
}
