//! DeleteAccessKey: deletes an access key.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-deleteaccesskey>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::door::{Door, Named};
use crate::ram::{On, Ram};
use crate::rpc;

pub(super) const OP: Op<Ram> = Op {
    name: "DeleteAccessKey",
    route: On::UserOrCaller,
    action: Action::One("ram:DeleteAccessKey"),
    run: |call| Box::pin(run(call)),
};

pub(crate) async fn run<A: Named>(call: Call<Door<A>>) -> Result<Reply, Fault> {
    let key = rpc::need(&call.head, "UserAccessKeyId")?;
    let (identity, target) = (&call.service.identity, &call.target);
    identity
        .delete_key(&target.account, &target.owner(), key)
        .await?;
    Ok(Reply::empty())
}
