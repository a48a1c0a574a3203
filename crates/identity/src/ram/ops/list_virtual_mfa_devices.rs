//! ListVirtualMFADevices: lists the MFA devices by name.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-listvirtualmfadevices>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::Value;
use serde_json::json;

use crate::ram::{On, Ram, show};
use gateway::rpc;

pub(super) const OP: Op<Ram> = Op {
    name: "ListVirtualMFADevices",
    route: On::Devices,
    action: Action::One("ram:ListVirtualMFADevices"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (identity, account) = (&call.service.identity, &call.target.account);
    let devices = identity.devices(account).await?;
    let rows: Vec<Value> = devices
        .iter()
        .map(|(device, user)| show::device(account, device, user.as_ref()))
        .collect();
    let rows = rpc::list("VirtualMFADevice", &rows);
    Ok(Reply::of(&json!({ "VirtualMFADevices": rows })))
}
