//! GetAccessKeyLastUsed: when an access key was last used.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-getaccesskeylastused>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ram::{On, Ram};
use crate::{rpc, time};

pub(super) const OP: Op<Ram> = Op {
    name: "GetAccessKeyLastUsed",
    route: On::UserOrCaller,
    action: Action::One("ram:GetAccessKeyLastUsed"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let key = rpc::need(&call.head, "UserAccessKeyId")?;
    let (identity, target) = (&call.service.identity, &call.target);
    let last = identity
        .key_last_used(&target.account, &target.owner(), key)
        .await?;
    let mut fields = json!({});
    if let Some(last) = last {
        fields["LastUsedDate"] = json!(time::iso(last.at));
    }
    Ok(Reply::of(&json!({ "AccessKeyLastUsed": fields })))
}
