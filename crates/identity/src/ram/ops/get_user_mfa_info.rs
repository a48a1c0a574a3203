//! GetUserMFAInfo: the MFA device of a user.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-getusermfainfo>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ram::{On, Ram, show};

pub(super) const OP: Op<Ram> = Op {
    name: "GetUserMFAInfo",
    route: On::User,
    action: Action::One("ram:GetUserMFAInfo"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let device = identity.device_of(&target.account, &target.name).await?;
    let shown = show::device_of(&target.account, &device);
    Ok(Reply::of(&json!({ "MFADevice": shown })))
}
