//! GetLoginProfile: how a user may log on to the console.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-getloginprofile>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ims::{Ims, On, settings};

pub(super) const OP: Op<Ims> = Op {
    name: "GetLoginProfile",
    route: On::User,
    action: Action::One("ram:GetLoginProfile"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let profile = identity
        .login_profile(&target.account, &target.name)
        .await?;
    settings::login_profile_in_full(&call, &profile).await
}
