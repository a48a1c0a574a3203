//! SetDefaultDomain: gives the account another domain, which is to give it another alias.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-setdefaultdomain>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ims::{Ims, On};
use crate::rpc;

pub(super) const OP: Op<Ims> = Op {
    name: "SetDefaultDomain",
    route: On::Account,
    action: Action::One("ram:SetDefaultDomain"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let (identity, account) = (&call.service.identity, &call.target.account);
    let domain = rpc::need(&call.head, "DefaultDomainName")?;
    identity.set_default_domain(account, domain).await?;
    Ok(Reply::of(&json!({ "DefaultDomainName": domain })))
}
