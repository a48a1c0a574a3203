//! DeleteGroup: deletes a group that has no member and no policy.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-deletegroup>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::door::{Door, Named};
use crate::ram::{On, Ram};

pub(super) const OP: Op<Ram> = Op {
    name: "DeleteGroup",
    route: On::Group,
    action: Action::One("ram:DeleteGroup"),
    run: |call| Box::pin(run(call)),
};

pub(crate) async fn run<A: Named>(call: Call<Door<A>>) -> Result<Reply, Fault> {
    let target = &call.target;
    call.service
        .identity
        .delete_group(&target.account, &target.name)
        .await?;
    Ok(Reply::empty())
}
