//! DeleteUser: deletes a RAM user without keys and policies.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-deleteuser>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::door::{Door, Named};
use crate::ram::{On, Ram};

pub(super) const OP: Op<Ram> = Op {
    name: "DeleteUser",
    route: On::User,
    action: Action::One("ram:DeleteUser"),
    run: |call| Box::pin(run(call)),
};

pub(crate) async fn run<A: Named>(call: Call<Door<A>>) -> Result<Reply, Fault> {
    let target = &call.target;
    call.service
        .identity
        .delete_user(&target.account, &target.name)
        .await?;
    Ok(Reply::empty())
}
