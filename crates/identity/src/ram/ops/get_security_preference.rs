//! GetSecurityPreference: what users may do by themselves, and how they log on.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-getsecuritypreference>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ram::show;
use crate::ram::{On, Ram};

pub(super) const OP: Op<Ram> = Op {
    name: "GetSecurityPreference",
    route: On::Account,
    action: Action::One("ram:GetSecurityPreference"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let identity = &call.service.identity;
    let preference = identity.preference(&call.target.account).await?;
    Ok(show::preference(&preference))
}
