//! UnbindMFADevice: takes the MFA device from a user.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-unbindmfadevice>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ram::{On, Ram};

pub(super) const OP: Op<Ram> = Op {
    name: "UnbindMFADevice",
    route: On::User,
    action: Action::One("ram:UnbindMFADevice"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let device = identity
        .unbind_device(&target.account, &target.name)
        .await?;
    let serial_number = device.serial_number(&target.account);
    Ok(Reply::of(
        &json!({ "MFADevice": { "SerialNumber": serial_number } }),
    ))
}
