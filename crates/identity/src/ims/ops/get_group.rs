//! GetGroup: describes a group.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-getgroup>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ims::{Ims, On, show};

pub(super) const OP: Op<Ims> = Op {
    name: "GetGroup",
    route: On::Group,
    action: Action::One("ram:GetGroup"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let group = identity.group(&target.account, &target.name).await?;
    Ok(Reply::of(&json!({ "Group": show::group(&group) })))
}
