//! GetDefaultDomain: the domain of the account, which stands in the names of users.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-getdefaultdomain>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ims::{Ims, On};

pub(super) const OP: Op<Ims> = Op {
    name: "GetDefaultDomain",
    route: On::Account,
    action: Action::One("ram:GetDefaultDomain"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let (identity, account) = (&call.service.identity, &call.target.account);
    let domain = identity.account_row(account).await?.default_domain();
    Ok(Reply::of(&json!({ "DefaultDomainName": domain })))
}
