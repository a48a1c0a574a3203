//! CreateGroup: makes a group of users.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-creategroup>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::names;
use crate::ram::{On, Ram, params, show};

pub(super) const OP: Op<Ram> = Op {
    name: "CreateGroup",
    route: On::Groups,
    action: Action::One("ram:CreateGroup"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let name = params::name(&call.head, "GroupName", names::GROUP)?;
    let comments = params::text(&call.head, "Comments", 128)?.unwrap_or_default();
    let (identity, account) = (&call.service.identity, &call.target.account);
    let group = identity
        .create_group(account, name, String::new(), comments, call.now.virtual_)
        .await?;
    Ok(Reply::of(
        &json!({ "Group": show::made(show::group(&group)) }),
    ))
}
