//! GetSecurityPreference: what users may do by themselves, and how they log on.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-getsecuritypreference>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ims::{Ims, On, settings};

pub(super) const OP: Op<Ims> = Op {
    name: "GetSecurityPreference",
    route: On::Account,
    action: Action::One("ram:GetSecurityPreference"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let (identity, account) = (&call.service.identity, &call.target.account);
    let preference = identity.preference(account).await?;
    Ok(settings::preference(&preference))
}
