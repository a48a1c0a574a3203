//! GetAccountAlias: the alias of the account, which is its uid until it is given one.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-getaccountalias>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ram::{On, Ram};

pub(super) const OP: Op<Ram> = Op {
    name: "GetAccountAlias",
    route: On::Account,
    action: Action::One("ram:GetAccountAlias"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let identity = &call.service.identity;
    let account = identity.account_row(&call.target.account).await?;
    Ok(Reply::of(&json!({ "AccountAlias": account.alias })))
}
