//! BindMFADevice: gives an MFA device to a user who knows two codes that it shows one after the other.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-bindmfadevice>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ram::{On, Ram};
use crate::{fault, mfa, rpc};

pub(super) const OP: Op<Ram> = Op {
    name: "BindMFADevice",
    route: On::User,
    action: Action::One("ram:BindMFADevice"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let serial_number = rpc::need(&call.head, "SerialNumber")?;
    let device = mfa::name_of(&target.account, serial_number);
    let device = device.ok_or_else(fault::no_such_mfa_device)?;
    let code = |name| match rpc::need(&call.head, name)? {
        code if code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()) => Ok(code),
        _ => Err(fault::code_format()),
    };
    let codes = (code("AuthenticationCode1")?, code("AuthenticationCode2")?);
    let pair = (target.name.as_str(), device);
    identity
        .bind_device(&target.account, pair, codes, call.now.virtual_)
        .await?;
    Ok(Reply::empty())
}
