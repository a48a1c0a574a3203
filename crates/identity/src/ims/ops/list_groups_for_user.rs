//! ListGroupsForUser: lists the groups that a user is in.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-listgroupsforuser>

use gateway::rpc::{self, Reply};
use gateway::{Action, Call, Fault, Op};
use serde_json::{Value, json};

use crate::groups::Group;
use crate::ims::{Ims, On};
use crate::ram::ops::list_groups_for_user;

pub(super) const OP: Op<Ims> = Op {
    name: "ListGroupsForUser",
    route: On::User,
    action: Action::One("ram:ListGroupsForUser"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let groups = identity
        .groups_of_user(&target.account, &target.name)
        .await?;
    let row = |(group, since): &(Group, String)| {
        let mut fields = list_groups_for_user::row(group, since);
        fields["DisplayName"] = json!(group.display_name);
        fields
    };
    let rows: Vec<Value> = groups.iter().map(row).collect();
    Ok(Reply::of(&json!({ "Groups": rpc::list("Group", &rows) })))
}
