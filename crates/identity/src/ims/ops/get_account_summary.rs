//! GetAccountSummary: how many users, groups and so on there are, and how many there may be.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-getaccountsummary>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ims::{Ims, On};

pub(super) const OP: Op<Ims> = Op {
    name: "GetAccountSummary",
    route: On::Account,
    action: Action::One("ram:GetAccountSummary"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let (identity, account) = (&call.service.identity, &call.target.account);
    let summary = identity.summary(account).await?;
    Ok(Reply::of(&json!({ "SummaryMap": summary })))
}
