//! GetUserMFAInfo: whether a user has an MFA device, and which.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-getusermfainfo>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::fault;
use crate::ims::{Ims, On};
use crate::ram::show;

pub(super) const OP: Op<Ims> = Op {
    name: "GetUserMFAInfo",
    route: On::UserOrCaller,
    action: Action::One("ram:GetUserMFAInfo"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    if target.name.is_empty() {
        return Err(fault::missing_parameter("UserPrincipalName"));
    }
    let device = identity
        .find_device_of(&target.account, &target.name)
        .await?;
    let mut fields = json!({ "IsMFAEnable": device.is_some() });
    if let Some(device) = device {
        fields["MFADevice"] = show::device_of(&target.account, &device);
    }
    Ok(Reply::of(&fields))
}
