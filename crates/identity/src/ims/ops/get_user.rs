//! GetUser: describes a user.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-getuser>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ims::{Ims, On, show};

pub(super) const OP: Op<Ims> = Op {
    name: "GetUser",
    route: On::AnyUser { by_key: true },
    action: Action::One("ram:GetUser"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let user = identity.user(&target.account, &target.name).await?;
    let account = identity.account_row(&target.account).await?;
    let mut fields = show::tagged_user(&account, &user);
    fields["UserName"] = json!(user.name);
    Ok(Reply::of(&json!({ "User": fields })))
}
