//! UpdateAccessKey: switches an access key on or off.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-updateaccesskey>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::door::{Door, Named};
use crate::ram::{On, Ram};
use crate::{fault, rpc};

pub(super) const OP: Op<Ram> = Op {
    name: "UpdateAccessKey",
    route: On::UserOrCaller,
    action: Action::One("ram:UpdateAccessKey"),
    run: |call| Box::pin(run(call)),
};

pub(crate) async fn run<A: Named>(call: Call<Door<A>>) -> Result<Reply, Fault> {
    let key = rpc::need(&call.head, "UserAccessKeyId")?;
    let active = match rpc::need(&call.head, "Status")? {
        "Active" => true,
        "Inactive" => false,
        _ => return Err(fault::incorrect("Status")),
    };
    let (identity, target) = (&call.service.identity, &call.target);
    identity
        .set_key_active(
            &target.account,
            &target.owner(),
            key,
            active,
            call.now.virtual_,
        )
        .await?;
    Ok(Reply::empty())
}
