//! DeleteVirtualMFADevice: deletes an MFA device that nobody has.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-deletevirtualmfadevice>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ram::{On, Ram};

pub(super) const OP: Op<Ram> = Op {
    name: "DeleteVirtualMFADevice",
    route: On::Device,
    action: Action::One("ram:DeleteVirtualMFADevice"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    identity
        .delete_device(&target.account, &target.name)
        .await?;
    Ok(Reply::empty())
}
