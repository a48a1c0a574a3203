//! CreateAccessKey: makes an access key. The only time its secret is shown.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-createaccesskey>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::door::{Door, Named};
use crate::ram::{On, Ram, show};

pub(super) const OP: Op<Ram> = Op {
    name: "CreateAccessKey",
    route: On::UserOrCaller,
    action: Action::One("ram:CreateAccessKey"),
    run: |call| Box::pin(run(call)),
};

pub(crate) async fn run<A: Named>(call: Call<Door<A>>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let key = identity
        .create_key(&target.account, &target.owner(), call.now.virtual_)
        .await?;
    let mut fields = show::key(&key);
    fields["AccessKeySecret"] = json!(key.secret().expose());
    Ok(Reply::of(&json!({ "AccessKey": fields })))
}
