//! DeleteLoginProfile: no longer lets a user log on to the console.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-deleteloginprofile>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::door::{Door, Named};
use crate::ram::{On, Ram};

pub(super) const OP: Op<Ram> = Op {
    name: "DeleteLoginProfile",
    route: On::User,
    action: Action::One("ram:DeleteLoginProfile"),
    run: |call| Box::pin(run(call)),
};

pub(crate) async fn run<A: Named>(call: Call<Door<A>>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    identity
        .delete_login_profile(&target.account, &target.name)
        .await?;
    Ok(Reply::empty())
}
