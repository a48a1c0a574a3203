//! UpdateLoginProfile: changes how a user may log on to the console.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-updateloginprofile>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ims::{Ims, On, settings};

pub(super) const OP: Op<Ims> = Op {
    name: "UpdateLoginProfile",
    route: On::User,
    action: Action::One("ram:UpdateLoginProfile"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let changes = settings::login_changes(&call.head)?;
    let profile = identity
        .update_login_profile(&target.account, &target.name, &changes, call.now.virtual_)
        .await?;
    settings::login_profile_in_full(&call, &profile).await
}
