//! GetPasswordPolicy: what passwords must be like.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-getpasswordpolicy>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ram::{On, Ram, settings};

pub(super) const OP: Op<Ram> = Op {
    name: "GetPasswordPolicy",
    route: On::Account,
    action: Action::One("ram:GetPasswordPolicy"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let identity = &call.service.identity;
    let policy = identity.password_policy(&call.target.account).await?;
    let shown = settings::passwords(&policy, "HardExpiry");
    Ok(Reply::of(&json!({ "PasswordPolicy": shown })))
}
