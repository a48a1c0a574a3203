//! CreateGroup: makes a group with nobody in it.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-creategroup>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ims::{Ims, On, params, show};
use crate::{names, ram};

pub(super) const OP: Op<Ims> = Op {
    name: "CreateGroup",
    route: On::Groups,
    action: Action::One("ram:CreateGroup"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let head = &call.head;
    let name = ram::params::name(head, "GroupName", names::GROUP)?;
    let display_name = params::display_name(head, "DisplayName")?.unwrap_or_default();
    let comments = params::comments(head, "Comments")?.unwrap_or_default();
    let (identity, account) = (&call.service.identity, &call.target.account);
    let group = identity
        .create_group(account, name, display_name, comments, call.now.virtual_)
        .await?;
    Ok(Reply::of(&json!({ "Group": show::group(&group) })))
}
