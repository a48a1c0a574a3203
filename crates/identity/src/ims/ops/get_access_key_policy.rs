//! GetAccessKeyPolicy: from where an access key may be used.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-getaccesskeypolicy>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ims::{Ims, On};
use crate::rpc;

pub(super) const OP: Op<Ims> = Op {
    name: "GetAccessKeyPolicy",
    route: On::UserOrCaller,
    action: Action::One("ram:GetAccessKeyPolicy"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let key = rpc::need(&call.head, "UserAccessKeyId")?;
    let (identity, target) = (&call.service.identity, &call.target);
    let policy = identity
        .key_policy(&target.account, &target.owner(), key)
        .await?;
    Ok(Reply::of(
        &json!({ "AccessKeyId": key, "AccessKeyPolicy": policy }),
    ))
}
