//! UpdateLoginProfile: changes how a user may log on to the console.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-updateloginprofile>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ram::{On, Ram, settings};

pub(super) const OP: Op<Ram> = Op {
    name: "UpdateLoginProfile",
    route: On::User,
    action: Action::One("ram:UpdateLoginProfile"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let changes = settings::login_changes(&call.head)?;
    identity
        .update_login_profile(&target.account, &target.name, &changes, call.now.virtual_)
        .await?;
    Ok(Reply::empty())
}
