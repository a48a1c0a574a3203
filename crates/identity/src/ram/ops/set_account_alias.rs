//! SetAccountAlias: gives the account an alias in place of the one it has.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-setaccountalias>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ram::{On, Ram};
use crate::rpc;

pub(super) const OP: Op<Ram> = Op {
    name: "SetAccountAlias",
    route: On::Account,
    action: Action::One("ram:SetAccountAlias"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let identity = &call.service.identity;
    let alias = rpc::need(&call.head, "AccountAlias")?;
    identity.set_alias(&call.target.account, alias).await?;
    Ok(Reply::empty())
}
