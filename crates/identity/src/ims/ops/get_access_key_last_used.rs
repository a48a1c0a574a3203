//! GetAccessKeyLastUsed: when and for which service an access key was last used.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-getaccesskeylastused>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ims::{Ims, On};
use crate::{rpc, time};

pub(super) const OP: Op<Ims> = Op {
    name: "GetAccessKeyLastUsed",
    route: On::UserOrCaller,
    action: Action::One("ram:GetAccessKeyLastUsed"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let key = rpc::need(&call.head, "UserAccessKeyId")?;
    let (identity, target) = (&call.service.identity, &call.target);
    let last = identity
        .key_last_used(&target.account, &target.owner(), key)
        .await?;
    let mut fields = json!({});
    if let Some(last) = last {
        fields["LastUsedDate"] = json!(time::iso(last.at));
        fields["ServiceName"] = json!(capital(last.service));
    }
    Ok(Reply::of(&json!({ "AccessKeyLastUsed": fields })))
}

/// `Ram`, as the page of the operation has it.
fn capital(service: &str) -> String {
    let mut letters = service.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
