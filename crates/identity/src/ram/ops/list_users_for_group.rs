//! ListUsersForGroup: lists the members of a group, in pages.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-listusersforgroup>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ram::page::Page;
use crate::ram::{On, Ram};
use crate::users::User;

pub(super) const OP: Op<Ram> = Op {
    name: "ListUsersForGroup",
    route: On::Group,
    action: Action::One("ram:ListUsersForGroup"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let page = Page::read(&call.head)?;
    let (identity, target) = (&call.service.identity, &call.target);
    let members = identity
        .members(&target.account, &target.name, &page.after, page.limit())
        .await?;
    let show = |(user, since): &(User, String)| {
        json!({
            "UserName": user.name,
            "DisplayName": user.profile.display_name,
            "JoinDate": since,
        })
    };
    Ok(page.reply(
        ("Users", "User"),
        members,
        |(user, _)| user.id.clone(),
        show,
    ))
}
