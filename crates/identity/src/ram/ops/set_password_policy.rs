//! SetPasswordPolicy: says what passwords must be like.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-setpasswordpolicy>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ram::{On, Ram, settings};

pub(super) const OP: Op<Ram> = Op {
    name: "SetPasswordPolicy",
    route: On::Account,
    action: Action::One("ram:SetPasswordPolicy"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let read = |policy: &mut _| settings::read_passwords(&call.head, "HardExpiry", policy);
    let identity = &call.service.identity;
    let policy = identity
        .set_password_policy(&call.target.account, read)
        .await?;
    let shown = settings::passwords(&policy, "HardExpiry");
    Ok(Reply::of(&json!({ "PasswordPolicy": shown })))
}
