//! CreateLoginProfile: lets a user log on to the console.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-createloginprofile>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ims::{Ims, On, settings};

pub(super) const OP: Op<Ims> = Op {
    name: "CreateLoginProfile",
    route: On::User,
    action: Action::One("ram:CreateLoginProfile"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let mut new = settings::login_changes(&call.head)?;
    new.active = Some(new.active.unwrap_or(true));
    let profile = identity
        .create_login_profile(&target.account, &target.name, &new, call.now.virtual_)
        .await?;
    let shown = settings::login_profile(&call, &profile).await?;
    Ok(Reply::of(&json!({ "LoginProfile": shown })))
}
