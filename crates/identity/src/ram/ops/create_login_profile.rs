//! CreateLoginProfile: lets a user log on to the console.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-createloginprofile>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ram::{On, Ram, settings, show};
use crate::rpc;

pub(super) const OP: Op<Ram> = Op {
    name: "CreateLoginProfile",
    route: On::User,
    action: Action::One("ram:CreateLoginProfile"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    rpc::need(&call.head, "Password")?;
    let mut new = settings::login_changes(&call.head)?;
    new.active = Some(true);
    let profile = identity
        .create_login_profile(&target.account, &target.name, &new, call.now.virtual_)
        .await?;
    let shown = show::login_profile(&target.name, &profile);
    Ok(Reply::of(&json!({ "LoginProfile": shown })))
}
