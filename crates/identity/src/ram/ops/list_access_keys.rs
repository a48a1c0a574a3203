//! ListAccessKeys: lists access keys without their secrets.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-listaccesskeys>

use gateway::rpc::{self, Reply};
use gateway::{Action, Call, Fault, Op};
use serde_json::{Value, json};

use crate::ram::{On, Ram, show};

pub(super) const OP: Op<Ram> = Op {
    name: "ListAccessKeys",
    route: On::UserOrCaller,
    action: Action::One("ram:ListAccessKeys"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let keys = identity.keys(&target.account, &target.owner()).await?;
    let keys: Vec<Value> = keys.iter().map(show::key).collect();
    Ok(Reply::of(
        &json!({ "AccessKeys": rpc::list("AccessKey", &keys) }),
    ))
}
