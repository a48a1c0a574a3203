//! ClearAccountAlias: takes the alias from the account.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-clearaccountalias>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ram::{On, Ram};

pub(super) const OP: Op<Ram> = Op {
    name: "ClearAccountAlias",
    route: On::Account,
    action: Action::One("ram:ClearAccountAlias"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let identity = &call.service.identity;
    identity.clear_alias(&call.target.account).await?;
    Ok(Reply::empty())
}
