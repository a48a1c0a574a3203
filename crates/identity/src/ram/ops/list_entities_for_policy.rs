//! ListEntitiesForPolicy: lists who has a policy.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-listentitiesforpolicy>

use gateway::rpc::{self, Reply};
use gateway::{Action, Call, Fault, Op};
use serde_json::{Value, json};

use crate::arn;
use crate::groups::Group;
use crate::ram::{On, Ram, params};
use crate::roles::Role;
use crate::users::User;

pub(super) const OP: Op<Ram> = Op {
    name: "ListEntitiesForPolicy",
    route: On::Policy,
    action: Action::One("ram:ListEntitiesForPolicy"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (kind, name) = params::policy(&call.head)?;
    let (identity, account) = (&call.service.identity, &call.target.account);
    let holders = identity.holders(account, kind, name).await?;
    let users: Vec<Value> = holders.users.iter().map(user).collect();
    let roles: Vec<Value> = holders.roles.iter().map(|row| role(account, row)).collect();
    let groups: Vec<Value> = holders.groups.iter().map(group).collect();
    Ok(Reply::of(&json!({
        "Groups": rpc::list("Group", &groups),
        "Users": rpc::list("User", &users),
        "Roles": rpc::list("Role", &roles),
    })))
}

fn user((user, since): &(User, String)) -> Value {
    json!({
        "UserId": user.id,
        "UserName": user.name,
        "DisplayName": user.profile.display_name,
        "AttachDate": since,
    })
}

fn group((group, since): &(Group, String)) -> Value {
    json!({
        "GroupName": group.name,
        "Comments": group.comments,
        "AttachDate": since,
    })
}

fn role(account: &str, (role, since): &(Role, String)) -> Value {
    json!({
        "RoleId": role.id,
        "RoleName": role.name,
        "Arn": arn::role(account, &role.name),
        "Description": role.description,
        "AttachDate": since,
    })
}
