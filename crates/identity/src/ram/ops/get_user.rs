//! GetUser: describes a RAM user.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-getuser>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ram::{On, Ram, show};

pub(super) const OP: Op<Ram> = Op {
    name: "GetUser",
    route: On::User,
    action: Action::One("ram:GetUser"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let target = &call.target;
    let user = call
        .service
        .identity
        .user(&target.account, &target.name)
        .await?;
    Ok(Reply::of(&json!({ "User": show::user(&user) })))
}
