//! CreateVirtualMFADevice: makes an MFA device. The only time its seed is shown.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-createvirtualmfadevice>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ram::{On, Ram};
use crate::rpc;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub(super) const OP: Op<Ram> = Op {
    name: "CreateVirtualMFADevice",
    route: On::Devices,
    action: Action::One("ram:CreateVirtualMFADevice"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (identity, account) = (&call.service.identity, &call.target.account);
    let name = rpc::need(&call.head, "VirtualMFADeviceName")?;
    let device = identity.create_device(account, name).await?;
    Ok(Reply::of(&json!({ "VirtualMFADevice": {
        "SerialNumber": device.serial_number(account),
        "Base32StringSeed": device.seed().expose(),
        "QRCodePNG": STANDARD.encode(device.picture(account)?),
    } })))
}
