//! DeleteServiceLinkedRole: deletes the role of a service, and its policy with it.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-deleteservicelinkedrole>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ram::{On, Ram};

pub(super) const OP: Op<Ram> = Op {
    name: "DeleteServiceLinkedRole",
    route: On::Role,
    action: Action::One("ram:DeleteServiceLinkedRole"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let task = identity
        .delete_service_role(&target.account, &target.name)
        .await?;
    Ok(Reply::of(&json!({ "DeletionTaskId": task })))
}
