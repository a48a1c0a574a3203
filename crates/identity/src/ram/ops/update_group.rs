//! UpdateGroup: changes a group, its name included.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-updategroup>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Head, Op};
use serde_json::json;

use crate::groups::GroupChanges;
use crate::ram::{On, Ram, params, show};
use crate::{names, rpc};

pub(super) const OP: Op<Ram> = Op {
    name: "UpdateGroup",
    route: On::Group,
    action: Action::One("ram:UpdateGroup"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let changes = changes(&call.head)?;
    let (identity, target) = (&call.service.identity, &call.target);
    let group = identity
        .update_group(&target.account, &target.name, &changes, call.now.virtual_)
        .await?;
    Ok(Reply::of(&json!({ "Group": show::group(&group) })))
}

/// What the parameters say is to be changed.
pub(crate) fn changes(head: &Head) -> Result<GroupChanges, Fault> {
    let new_name = match rpc::given(head, "NewGroupName") {
        Some(_) => Some(params::name(head, "NewGroupName", names::GROUP)?.to_owned()),
        None => None,
    };
    Ok(GroupChanges {
        name: new_name,
        display_name: None,
        comments: params::text(head, "NewComments", 128)?,
    })
}
