//! ListGroupsForUser: lists the groups that a user is in.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-listgroupsforuser>

use gateway::rpc as envelope;
use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::{Value, json};

use crate::groups::Group;
use crate::ram::{On, Ram};

pub(super) const OP: Op<Ram> = Op {
    name: "ListGroupsForUser",
    route: On::User,
    action: Action::One("ram:ListGroupsForUser"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let groups = identity
        .groups_of_user(&target.account, &target.name)
        .await?;
    let rows: Vec<Value> = groups
        .iter()
        .map(|(group, since)| row(group, since))
        .collect();
    Ok(Reply::of(
        &json!({ "Groups": envelope::list("Group", &rows) }),
    ))
}

/// A group with the time since when the user is in it.
pub(crate) fn row(group: &Group, since: &str) -> Value {
    json!({
        "GroupId": group.id,
        "GroupName": group.name,
        "Comments": group.comments,
        "JoinDate": since,
    })
}
