//! UpdateGroup: changes a group.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-updategroup>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::groups::GroupChanges;
use crate::ims::{Ims, On, params, show};
use crate::ram::ops::update_group;

pub(super) const OP: Op<Ims> = Op {
    name: "UpdateGroup",
    route: On::Group,
    action: Action::One("ram:UpdateGroup"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let head = &call.head;
    let changes = GroupChanges {
        display_name: params::display_name(head, "NewDisplayName")?,
        ..update_group::changes(head)?
    };
    let (identity, target) = (&call.service.identity, &call.target);
    let group = identity
        .update_group(&target.account, &target.name, &changes, call.now.virtual_)
        .await?;
    Ok(Reply::of(&json!({ "Group": show::group(&group) })))
}
