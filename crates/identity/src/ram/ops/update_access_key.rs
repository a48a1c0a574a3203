//! UpdateAccessKey: switches an access key on or off.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-updateaccesskey>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ram::{On, Ram};
use crate::{fault, rpc};

pub(super) const OP: Op<Ram> = Op {
    name: "UpdateAccessKey",
    route: On::UserOrCaller,
    action: Action::One("ram:UpdateAccessKey"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let key = rpc::need(&call.head, "UserAccessKeyId")?;
    let active = match rpc::need(&call.head, "Status")? {
        "Active" => true,
        "Inactive" => false,
        _ => return Err(fault::incorrect("Status")),
    };
    let (identity, target) = (&call.service.identity, &call.target);
    identity
        .set_key_active(&target.account, &target.owner(), key, active)
        .await?;
    Ok(Reply::empty())
}
