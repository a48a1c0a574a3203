//! SetAccessKeyPolicy: says from where an access key may be used.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-setaccesskeypolicy>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ims::{Ims, On};
use crate::rpc;

pub(super) const OP: Op<Ims> = Op {
    name: "SetAccessKeyPolicy",
    route: On::UserOrCaller,
    action: Action::One("ram:SetAccessKeyPolicy"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let key = rpc::need(&call.head, "UserAccessKeyId")?;
    let policy = rpc::need(&call.head, "AccessKeyPolicy")?;
    let (identity, target) = (&call.service.identity, &call.target);
    identity
        .set_key_policy(&target.account, &target.owner(), key, policy)
        .await?;
    Ok(Reply::of(
        &json!({ "AccessKeyId": key, "AccessKeyPolicy": policy }),
    ))
}
