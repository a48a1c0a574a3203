//! ListUsers: lists the RAM users by name, in pages.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-listusers>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ram::page::Page;
use crate::ram::{On, Ram, show};

pub(super) const OP: Op<Ram> = Op {
    name: "ListUsers",
    route: On::Users,
    action: Action::One("ram:ListUsers"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let page = Page::read(&call.head)?;
    let identity = &call.service.identity;
    let users = identity
        .list_users(&call.target.account, &page.after, page.limit(), &[])
        .await?;
    Ok(page.reply(
        ("Users", "User"),
        users,
        |user| user.name.clone(),
        show::user,
    ))
}
