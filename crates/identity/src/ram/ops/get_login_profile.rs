//! GetLoginProfile: how a user may log on to the console.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-getloginprofile>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ram::{On, Ram, show};

pub(super) const OP: Op<Ram> = Op {
    name: "GetLoginProfile",
    route: On::User,
    action: Action::One("ram:GetLoginProfile"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let profile = identity
        .login_profile(&target.account, &target.name)
        .await?;
    let shown = show::login_profile(&target.name, &profile);
    Ok(Reply::of(&json!({ "LoginProfile": shown })))
}
